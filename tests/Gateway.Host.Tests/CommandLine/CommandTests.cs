using System.Text.Json;

namespace Gateway.Host.Tests.CommandLine;

public sealed class CommandTests : IDisposable
{
    private readonly GatewayProcess _gateway = new();

    public void Dispose() => _gateway.Dispose();

    [Theory]
    [InlineData("frobnicate", "gateway: Unrecognized command or argument 'frobnicate'; see: gateway --help\n")]
    [InlineData("token", "gateway: Required command was not provided; see: gateway token --help\n")]
    [InlineData("token create x", "gateway: Option '--scope' is required; see: gateway token create --help\n")]
    [InlineData("token create x --scope mqtt --expires soon", "gateway: --expires must be a time such as 90d, 12h or 30m; see: gateway token create --help\n")]
    [InlineData("run --port 80", "gateway: Unrecognized command or argument '--port'; see: gateway run --help\n")]
    public async Task A_wrong_command_line_ends_with_64_and_one_sentence(string line, string error) =>
        Assert.Equal((64, "", error), await _gateway.RunBareAsync(line.Split(' ')));

    [Fact]
    public async Task Help_and_version_go_to_standard_output()
    {
        var help = await _gateway.RunBareAsync("--help");
        Assert.Equal((0, ""), (help.Code, help.Error));
        foreach (var command in new[] { "run", "doctor", "claim-code", "owner", "token", "tunnel", "share", "backup", "restore", "reset", "beacon", "update" })
            Assert.Contains("\n  " + command + " ", help.Output, StringComparison.Ordinal);
        var version = await _gateway.RunBareAsync("--version");
        Assert.Equal((0, ""), (version.Code, version.Error));
        Assert.Matches(@"\A\d+\.\d+\.\d+", version.Output);
        Assert.Contains("lights:read, lights:write, status:read, mqtt, admin", (await _gateway.RunBareAsync("token", "create", "--help")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("share /srv --public")]
    [InlineData("backup file")]
    [InlineData("restore file")]
    [InlineData("reset")]
    [InlineData("update --check")]
    public async Task A_command_of_later_says_so_and_fails(string line)
    {
        var (code, output, error) = await _gateway.RunAsync(line.Split(' '));
        Assert.Equal((4, "", $"gateway: \"gateway {line.Split(' ')[0]}\" is not built yet; it comes with a later version\n"), (code, output, error));
    }

    [Theory]
    [InlineData("claim-code")]
    [InlineData("doctor")]
    [InlineData("doctor --json")]
    [InlineData("doctor --watch")]
    [InlineData("owner reset")]
    [InlineData("token list")]
    public async Task Without_a_running_gateway_a_command_ends_with_3(string line)
    {
        var (code, output, error) = await _gateway.RunAsync(line.Split(' '));
        Assert.Equal((3, ""), (code, output));
        Assert.Equal($"gateway: no gateway is running with its data in {_gateway.Data}; start it with \"gateway run\", or name its configuration with --config\n", error);
    }

    [Fact]
    public async Task A_bad_configuration_ends_with_78_and_nothing_is_half_started()
    {
        await File.AppendAllTextAsync(_gateway.Configuration, "log.levle = 'debug'\nname.token = hunter2\n");
        var (code, output, error) = await _gateway.RunAsync("run");
        Assert.Equal((78, ""), (code, output));
        Assert.Equal($"""
            gateway: the configuration has 2 mistakes:
              {_gateway.Configuration}:4: log.levle: there is no such key; did you mean "log.level"?
              {_gateway.Configuration}:5: name.token: after "=" a value is missing or misspelt; text stands in double quotes

            """, error);
        Assert.False(Directory.Exists(_gateway.Data));
        var missing = await _gateway.RunBareAsync("run", "--config", "/nowhere/gateway.toml");
        Assert.Equal((78, "gateway: the configuration has a mistake:\n  /nowhere/gateway.toml: there is no such file\n"), (missing.Code, missing.Error));
    }

    [Fact]
    public async Task A_running_gateway_gives_its_code_and_makes_lists_and_revokes_tokens()
    {
        var running = await _gateway.StartAsync();
        var code = await _gateway.RunAsync("claim-code");
        Assert.Equal((0, ""), (code.Code, code.Error));
        Assert.Matches(@"\A[A-Z0-9-]{8,}\z", LastLine(code.Output));

        var created = await _gateway.RunAsync("token", "create", "curl", "--scope", "lights:read", "--scope", "mqtt", "--topic", "a/#", "--expires", "90d");
        Assert.Equal((0, ""), (created.Code, created.Error));
        var token = LastLine(created.Output);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(JsonValueKind.Array, JsonElement.Parse(await http.GetStringAsync($"http://127.0.0.1:{_gateway.Port}/api/lights")).ValueKind);

        Assert.Matches(@"\ncurl +lights:read,mqtt +a/# +20\d\d-", (await _gateway.RunAsync("token", "list")).Output);
        var twice = await _gateway.RunAsync("token", "create", "curl", "--scope", "mqtt");
        Assert.Equal(1, twice.Code);
        Assert.Single(twice.Error.TrimEnd('\n').Split('\n'));

        Assert.Equal((0, "The token \"curl\" is revoked.\n", ""), await _gateway.RunAsync("token", "revoke", "curl"));
        Assert.Equal("There are no tokens.\n", (await _gateway.RunAsync("token", "list")).Output);
        Assert.Equal(1, (await _gateway.RunAsync("token", "revoke", "curl")).Code);
        Assert.Equal(0, await GatewayProcess.EndAsync(running, "TERM"));
    }

    [Fact]
    public async Task The_tunnel_s_key_is_the_same_before_and_while_the_gateway_runs_and_has_a_line_for_each_server()
    {
        var (code, first, error) = await _gateway.RunAsync("tunnel", "key");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches("\\Arestrict,port-forwarding,permitlisten=\"443\",permitlisten=\"8443\" ssh-ed25519 [A-Za-z0-9+/=]+ gateway\n\\z", first);
        var key = Path.Combine(_gateway.Data, "ssh-key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        var running = await _gateway.StartAsync();
        Assert.Equal((0, first, ""), await _gateway.RunAsync("tunnel", "key"));
        Assert.Equal(0, await GatewayProcess.EndAsync(running, "TERM"));

        var own = first.Trim().Split("\" ")[^1];
        await File.AppendAllTextAsync(_gateway.Configuration, $"[ingress.ssh.a]\nhost = 'a.example'\nuser = 'ada'\nknown-hosts = '/known'\n[ingress.ssh.b]\nhost = 'b.example'\nuser = 'bob'\nknown-hosts = '/known'\nremote-port = 444\nkey = '{_gateway.Folder}/none'\n");
        var (failed, lines, why) = await _gateway.RunAsync("tunnel", "key");
        Assert.Equal((1, $"# a.example, for the user ada\nrestrict,port-forwarding,permitlisten=\"443\",permitlisten=\"8443\" {own}\n"), (failed, lines));
        Assert.Contains("ingress.ssh.b.key", why, StringComparison.Ordinal);
        File.Copy(key, Path.Combine(_gateway.Folder, "none"));
        Assert.Equal((0, $"{lines}# b.example, for the user bob\nrestrict,port-forwarding,permitlisten=\"444\" {own}\n", ""), await _gateway.RunAsync("tunnel", "key"));
    }

    private static string LastLine(string output) => output.TrimEnd('\n').Split('\n')[^1];
}
