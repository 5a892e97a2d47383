using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MQTTnet;

namespace Gateway.Native.Tests;

/// <summary>What only shows in the published binary: serialization, OpenAPI, logging and signals without reflection; and the whole first minute of an owner.</summary>
public sealed class NativeGatewayTests
{
    private const string Password = "correct horse battery";

    [Fact]
    public async Task From_the_claim_code_to_a_switched_light()
    {
        await using var gateway = await StartClaimedAsync();

        Assert.Equal("owner", (await gateway.Http.GetFromJsonAsync<JsonElement>("/api/session")).GetProperty("role").GetString());
        using var events = new StreamReader(await gateway.Http.GetStreamAsync("/api/events"));
        var reply = await gateway.Http.PatchAsJsonAsync("/api/lights/desk", new JsonObject { ["state"] = "ON" });
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);

        Assert.Contains("\"lights\":[", await LineAsync(events, "data: {\"lights\""), StringComparison.Ordinal);
        await LineAsync(events, "\"confirmed\":true");
        var light = await gateway.Http.GetFromJsonAsync<JsonElement>("/api/lights/desk");
        Assert.Equal("ON", light.GetProperty("reported").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_token_from_the_command_line_commands_over_http_and_mqtt()
    {
        await using var gateway = await StartClaimedAsync();
        var (code, output, error) = await gateway.CommandAsync("token", "create", "phone", "--scope", "lights:write", "--scope", "lights:read", "--scope", "mqtt");
        Assert.True(code == 0, error);
        var token = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

        using var curl = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
        curl.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal(HttpStatusCode.Accepted, (await curl.PatchAsJsonAsync("/api/lights/desk", new JsonObject { ["state"] = "ON" })).StatusCode);

        using var mqtt = new MqttClientFactory().CreateMqttClient();
        var states = System.Threading.Channels.Channel.CreateUnbounded<string>();
        mqtt.ApplicationMessageReceivedAsync += m =>
        {
            states.Writer.TryWrite(m.ApplicationMessage.ConvertPayloadToString());
            return Task.CompletedTask;
        };
        await mqtt.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", gateway.MqttPort).WithCredentials("phone", token).Build());
        await mqtt.SubscribeAsync("gateway/lights/desk");
        await UntilAsync(states.Reader, "\"ON\"");
        await mqtt.PublishStringAsync("gateway/lights/desk/set", "{\"state\":\"OFF\"}");
        await UntilAsync(states.Reader, "\"OFF\"");

        var light = await curl.GetFromJsonAsync<JsonElement>("/api/lights/desk");
        Assert.Equal("OFF", light.GetProperty("reported").GetProperty("state").GetString());
    }

    [Fact]
    public async Task After_kill_9_people_tokens_and_lights_are_back()
    {
        await using var gateway = await StartClaimedAsync();
        var created = await gateway.Http.PostAsJsonAsync("/api/tokens", new JsonObject { ["name"] = "curl", ["scopes"] = new JsonArray("lights:read") });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var token = (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();

        await gateway.KillAsync();
        await gateway.StartAsync();

        Assert.Equal("owner", (await gateway.Http.GetFromJsonAsync<JsonElement>("/api/session")).GetProperty("role").GetString());
        using var curl = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
        curl.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal(1, (await curl.GetFromJsonAsync<JsonElement>("/api/lights")).GetArrayLength());
        using var stranger = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
        Assert.Equal(HttpStatusCode.OK, (await stranger.PostAsJsonAsync("/api/session", new JsonObject { ["name"] = "Ada", ["password"] = Password })).StatusCode);
    }

    [Fact]
    public async Task The_binary_describes_its_api_and_serves_its_page()
    {
        await using var gateway = new NativeGateway();
        await gateway.StartAsync();
        var description = await gateway.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        foreach (var path in new[] { "/api/lights", "/api/lights/{id}", "/api/events", "/api/session", "/api/claim", "/api/tokens", "/api/people", "/api/settings", "/healthz" })
            Assert.True(description.GetProperty("paths").TryGetProperty(path, out _), path);
        Assert.Contains("<html", await gateway.Http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_body_is_refused_naming_the_field()
    {
        await using var gateway = await StartClaimedAsync();
        foreach (var (body, field) in new[] { ("{\"brightness\":999}", "brightness"), ("{\"state\":\"on\"}", "state"), ("{\"colour\":1}", "colour"), ("[]", ""), ("{", "") })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            var reply = await gateway.Http.PatchAsync("/api/lights/desk", content);
            Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
            var problem = await reply.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
            if (field.Length > 0) Assert.Equal(field, problem.GetProperty("field").GetString());
        }
    }

    [Fact]
    public async Task It_ends_cleanly_and_soon_when_it_is_told_to()
    {
        await using var gateway = await StartClaimedAsync();
        using var events = new StreamReader(await gateway.Http.GetStreamAsync("/api/events"));
        await LineAsync(events, "data: ");
        var started = TimeProvider.System.GetTimestamp();

        Assert.Equal(0, await gateway.TerminateAsync());

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10), "an open event stream held up the end");
    }

    [Fact]
    public async Task A_bad_configuration_ends_with_78_and_names_every_mistake()
    {
        await using var gateway = new NativeGateway("pin = 17000000000\n[ligths.lamp]\ndriver = \"gpio\"\n");
        var (code, _, error) = await gateway.CommandAsync("run");
        Assert.Equal(78, code);
        Assert.Contains("ligths", error, StringComparison.Ordinal);
        Assert.Contains("lights", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debians_mosquitto_clients_command_a_light_and_hear_of_it()
    {
        await using var gateway = await StartClaimedAsync();
        var (_, output, _) = await gateway.CommandAsync("token", "create", "mosquitto", "--scope", "mqtt");
        var token = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        // A light that has never spoken has no state to retain: the first one is heard once somebody has asked.
        await gateway.Http.PatchAsJsonAsync("/api/lights/desk", new JsonObject { ["state"] = "OFF" });
        foreach (var version in new[] { "mqttv311", "mqttv5" })
        {
            using var listen = Mosquitto("mosquitto_sub", gateway, token, version, "-t", "gateway/lights/desk", "-W", "30");
            await UntilAsync(listen.StandardOutput, "{");
            foreach (var state in new[] { "ON", "OFF" })
            {
                using var publish = Mosquitto("mosquitto_pub", gateway, token, version, "-t", "gateway/lights/desk/set", "-m", $"{{\"state\":\"{state}\"}}");
                await publish.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
                Assert.Equal(0, publish.ExitCode);
                await UntilAsync(listen.StandardOutput, $"\"{state}\"");
            }
            listen.Kill();
        }
    }

    [Fact]
    public async Task The_led_blinks_and_is_dark_once_the_gateway_is_killed()
    {
        var led = Directory.CreateTempSubdirectory("gw-led-").FullName;
        var brightness = Path.Combine(led, "brightness");
        await File.WriteAllTextAsync(brightness, "0");
        await using (var gateway = new NativeGateway($"[led]\noutput = \"sysfs:{led}\""))
        {
            await gateway.StartAsync();
            await UntilAsync("1");
            await gateway.KillAsync();
            await UntilAsync("0"); // the keeper's last word: between two flashes it would not stay
            Assert.Empty(Keepers());
            Assert.Equal("0", await File.ReadAllTextAsync(brightness));
        }
        Directory.Delete(led, recursive: true);

        string[] Keepers() => [.. Directory.GetDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)).Where(p => Arguments(p).Contains("sysfs:" + led, StringComparison.Ordinal))];

        static string Arguments(string process)
        {
            try { return File.ReadAllText(Path.Combine(process, "cmdline")); }
            catch (IOException) { return ""; }
        }

        async Task UntilAsync(string value)
        {
            var start = TimeProvider.System.GetTimestamp();
            while (await File.ReadAllTextAsync(brightness) != value || value == "0" && Keepers().Length > 0)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task No_secret_is_printed()
    {
        await using var gateway = await StartClaimedAsync();
        var (_, output, _) = await gateway.CommandAsync("token", "create", "phone", "--scope", "lights:read");
        var token = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        await gateway.Http.GetAsync($"/api/lights?token={token}");
        await gateway.Http.PostAsJsonAsync("/api/session", new JsonObject { ["name"] = "Ada", ["password"] = "wrong" + Password });
        await gateway.TerminateAsync();
        Assert.DoesNotContain(token, gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, gateway.Log, StringComparison.Ordinal);
    }

    private static async Task<NativeGateway> StartClaimedAsync()
    {
        var gateway = new NativeGateway();
        await gateway.StartAsync();
        var (_, output, error) = await gateway.CommandAsync("claim-code");
        var code = output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : throw new InvalidOperationException(error);
        var claimed = await gateway.Http.PostAsJsonAsync("/api/claim", new JsonObject { ["code"] = code, ["name"] = "Ada", ["password"] = Password });
        Assert.True(claimed.StatusCode == HttpStatusCode.Created, await claimed.Content.ReadAsStringAsync());
        return gateway;
    }

    private static Process Mosquitto(string program, NativeGateway gateway, string token, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, ["-h", "127.0.0.1", "-p", gateway.MqttPort.ToString(), "-u", "any", "-P", token, "-V", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true })!;

    private static async Task<string> LineAsync(StreamReader reader, string part)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var line = await reader.ReadLineAsync(patience.Token) ?? throw new EndOfStreamException($"ended before \"{part}\"");
            if (line.Contains(part, StringComparison.Ordinal)) return line;
        }
    }

    private static Task UntilAsync(StreamReader reader, string part) => LineAsync(reader, part);

    private static async Task UntilAsync(System.Threading.Channels.ChannelReader<string> messages, string part)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await messages.ReadAsync(patience.Token)).Contains(part, StringComparison.Ordinal)) { }
    }
}
