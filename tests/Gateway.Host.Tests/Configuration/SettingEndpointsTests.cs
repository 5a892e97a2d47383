using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Configuration;

public sealed class SettingEndpointsTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<GatewayUnderTest> StartAsync(string toml = "", params (string, string)[] environment)
    {
        _folder.Write("http.listen = [\"http://127.0.0.1:0\"]\n" + toml);
        return GatewayUnderTest.StartAsync(_folder.Loader([("GATEWAY__MQTT__LISTEN", "127.0.0.1:0"), .. environment]));
    }

    [Fact]
    public async Task A_stranger_neither_sees_nor_changes_settings()
    {
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Http.GetAsync("/api/settings")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Http.PatchAsJsonAsync("/api/settings", new { })).StatusCode);
    }

    [Fact]
    public async Task Every_known_key_is_shown_with_the_layer_that_holds_it()
    {
        await using var gateway = await StartAsync("[acme]\nemail = \"me@example.org\"", ("GATEWAY__LED__OUTPUT", "none"));
        var settings = (await gateway.Local.GetFromJsonAsync<JsonElement>("/api/settings")).GetProperty("settings");
        foreach (var definition in GatewayApp.Schema.Definitions.Where(d => !d.Key.Contains('*')))
            Assert.Contains(settings.EnumerateArray(), s => s.GetProperty("key").GetString() == definition.Key);
        Assert.Equal("gateway.toml", Find(settings, "acme.email").GetProperty("source").GetString());
        Assert.Equal(_folder.File + ":5", Find(settings, "acme.email").GetProperty("place").GetString());
        Assert.Equal("environment", Find(settings, "led.output").GetProperty("source").GetString());
        Assert.Equal("default", Find(settings, "ingress.external-port").GetProperty("source").GetString());
        Assert.Equal(443, Find(settings, "ingress.external-port").GetProperty("value").GetInt32());
        Assert.True(Find(settings, "ingress.external-port").GetProperty("on_page").GetBoolean());
        Assert.False(Find(settings, "data.path").GetProperty("on_page").GetBoolean());
    }

    [Fact]
    public async Task A_change_is_in_force_on_the_disk_and_in_the_audit_log()
    {
        await using var gateway = await StartAsync();
        var reply = await ChangeAsync(gateway, ("acme.email", "me@example.org"), ("http.hosts", new[] { "a.example" }));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        var settings = (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("settings");
        Assert.Equal("settings.toml", Find(settings, "acme.email").GetProperty("source").GetString());
        Assert.Equal("me@example.org", gateway.Get<SettingsStore>().Current.Text("acme.email"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.SettingsFile));
        Assert.Equal(["a.example"], _folder.Load().Settings.List("http.hosts"));
        Assert.Contains(gateway.Get<AuditLog>().Newest(10), e => e is { What: "setting.changed", Subject: "acme.email" });

        await ChangeAsync(gateway, ("acme.email", null));
        Assert.Equal("", gateway.Get<SettingsStore>().Current.Text("acme.email"));
        Assert.DoesNotContain("acme.email", await File.ReadAllTextAsync(_folder.SettingsFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_can_be_set_and_is_never_shown()
    {
        await using var gateway = await StartAsync("[name.other]\ntoken = \"hunter2\"");
        var reply = await ChangeAsync(gateway, ("name.token", "hunter2"));
        var text = await reply.Content.ReadAsStringAsync() + await gateway.Local.GetStringAsync("/api/settings") + await gateway.Local.GetStringAsync("/api/audit");
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        var secret = Find((await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("settings"), "name.token");
        Assert.True(secret.GetProperty("set").GetBoolean());
        Assert.Equal("secret", secret.GetProperty("kind").GetString());
        Assert.Equal("hunter2", gateway.Get<SettingsStore>().Current.Text("name.token"));
    }

    [Fact]
    public async Task All_mistakes_of_a_change_are_told_and_nothing_changes()
    {
        await using var gateway = await StartAsync("[led]\noutput = \"none\"", ("GATEWAY__ACME__CA", "/ca.pem"));
        var reply = await ChangeAsync(gateway, ("acme.email", "me@example.org"), ("acme.emial", "x"), ("ingress.external-port", 70000), ("vantage.ssh", "hunter2"), ("led.output", "none"), ("acme.ca", "/other.pem"), ("data.path", "/elsewhere"));
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
        var errors = (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().ToDictionary(e => e.GetProperty("field").GetString()!, e => e.GetProperty("detail").GetString(), StringComparer.Ordinal);
        Assert.Equal(6, errors.Count);
        Assert.Equal("there is no such key; did you mean \"acme.email\"?", errors["acme.emial"]);
        Assert.Equal("must be from 1 to 65535", errors["ingress.external-port"]);
        Assert.Equal($"is set in {_folder.File}:5, which wins over the page; change it there", errors["led.output"]);
        Assert.Equal("is set by the environment variable GATEWAY__ACME__CA, which wins over the page; change it there", errors["acme.ca"]);
        Assert.False(File.Exists(_folder.SettingsFile));
        Assert.Equal("", gateway.Get<SettingsStore>().Current.Text("acme.email"));
    }

    [Fact]
    public async Task What_only_another_version_knows_is_kept_and_what_is_damaged_lies_beside()
    {
        _folder.WriteSettings("from.the-future = { a = 1 }\nled.output = 5\nacme.ca = \"/ca.pem\"\n");
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(gateway, ("acme.email", "me@example.org"))).StatusCode);
        var text = await File.ReadAllTextAsync(_folder.SettingsFile);
        Assert.EndsWith("acme.ca = \"/ca.pem\"\nacme.email = \"me@example.org\"\nfrom.the-future = { a = 1 }\n", text, StringComparison.Ordinal);
        Assert.StartsWith("# Settings that were changed on the gateway's page", text, StringComparison.Ordinal);
        Assert.Contains("led.output = 5", await File.ReadAllTextAsync(_folder.SettingsFile + ".damaged"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_leaves_the_old_one_and_the_settings_as_they_were()
    {
        _folder.WriteSettings("acme.email = \"old@example.org\"\n");
        await using var gateway = await StartAsync();
        Directory.CreateDirectory(_folder.SettingsFile + ".new"); // where the new file would be prepared
        var reply = await ChangeAsync(gateway, ("acme.email", "new@example.org"));
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal("acme.email = \"old@example.org\"\n", await File.ReadAllTextAsync(_folder.SettingsFile));
        Assert.Equal("old@example.org", gateway.Get<SettingsStore>().Current.Text("acme.email"));
    }

    [Fact]
    public async Task What_a_crash_left_half_written_is_not_read_and_does_not_stand_in_the_way()
    {
        _folder.WriteSettings("acme.email = \"old@example.org\"\n");
        await File.WriteAllTextAsync(_folder.SettingsFile + ".new", "acme.email = \"ne");
        await using var gateway = await StartAsync();
        Assert.Equal("old@example.org", gateway.Get<SettingsStore>().Current.Text("acme.email"));
        await ChangeAsync(gateway, ("acme.email", "new@example.org"));
        Assert.Equal("new@example.org", _folder.Load().Settings.Text("acme.email"));
        Assert.False(File.Exists(_folder.SettingsFile + ".new"));
    }

    [Fact]
    public async Task A_saved_file_is_taken_up_by_itself_and_a_bad_one_leaves_the_last_good_in_force_and_says_so()
    {
        await using var gateway = await StartAsync();
        var store = gateway.Get<SettingsStore>();
        var changed = Next(store, s => s.Text("acme.email") == "me@example.org");
        _folder.Write("http.listen = [\"http://127.0.0.1:0\"]\nacme.email = \"me@example.org\"");
        await changed;

        _folder.Write("http.listen = 5\nacme.emial = \"x\"");
        JsonElement[] problems;
        do problems = [.. (await gateway.Local.GetFromJsonAsync<JsonElement>("/api/settings")).GetProperty("problems").EnumerateArray()];
        while (!problems.Any(p => p.GetProperty("key").GetString() == "http.listen"));
        Assert.Equal("me@example.org", store.Current.Text("acme.email"));
        Assert.Contains(problems, p => p.GetProperty("key").GetString() == "acme.emial" && p.GetProperty("place").GetString() == _folder.File + ":4");

        // The page still works, on top of the last good file.
        Assert.Equal(HttpStatusCode.OK, (await ChangeAsync(gateway, ("http.hosts", new[] { "a.example" }))).StatusCode);

        var mended = Next(store, s => s.Text("acme.email") == "you@example.org");
        _folder.Write("http.listen = [\"http://127.0.0.1:0\"]\nacme.email = \"you@example.org\"");
        await mended;
        Assert.Equal(["a.example"], store.Current.List("http.hosts"));
        Assert.DoesNotContain((await gateway.Local.GetFromJsonAsync<JsonElement>("/api/settings")).GetProperty("problems").EnumerateArray(), p => p.GetProperty("message").GetString()!.Contains("last good", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_that_waits_for_the_next_start_says_so()
    {
        await using var gateway = await StartAsync();
        _folder.Write("http.listen = [\"http://127.0.0.1:1\"]");
        gateway.Get<LiveConfiguration>().Reload();
        Assert.Contains(gateway.Get<LiveConfiguration>().Problems, p => p.ToString() == $"{_folder.File}:3: http.listen: was changed; it takes effect at the next start");
    }

    private static Task<HttpResponseMessage> ChangeAsync(GatewayUnderTest gateway, params (string Key, object? Value)[] changes) =>
        gateway.Local.PatchAsJsonAsync("/api/settings", new Dictionary<string, object?>(changes.Select(c => KeyValuePair.Create(c.Key, c.Value)), StringComparer.Ordinal));

    private static Task Next(SettingsStore store, Func<Settings, bool> wanted)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.OnChange(s => { if (wanted(s)) found.TrySetResult(); });
        return found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static JsonElement Find(JsonElement settings, string key) => settings.EnumerateArray().Single(s => s.GetProperty("key").GetString() == key);
}
