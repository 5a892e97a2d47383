using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Gateway.Host.Ingress.Tunnels.Programs;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>Programs that cannot run here, by stand-ins on the PATH that speak what their makers have written down.</summary>
public sealed class StandInTests : IAsyncDisposable
{
    /// <summary>Reads where it has to listen from its configuration or arguments, answers there, and notes what it was started with.</summary>
    private const string Program = """
        #!/usr/bin/env python3
        import http.server, json, os, re, sys
        name = os.path.basename(sys.argv[0])
        files = [a.split("=", 1)[-1] for a in sys.argv[1:] if os.path.isfile(a.split("=", 1)[-1])]
        config = open(files[0]).read() if files else ""
        with open(sys.argv[0] + ".seen", "w") as seen:
            seen.write(json.dumps({"argv": sys.argv[1:], "config": config, "mode": oct(os.stat(files[0]).st_mode & 0o777), "pid": os.getpid()}))
        os.rename(sys.argv[0] + ".seen", sys.argv[0] + ".json")
        if "wrong" in config:
            print("lvl=eror msg=failed err=\"The authtoken wrong-t0ken is invalid. ERR_NGROK_107\"", file=sys.stderr); sys.exit(1)
        port = int(re.search(r"(?:web_addr: 127.0.0.1:|webServer.port = |metrics 127.0.0.1:)(\d+)", config + " ".join(sys.argv)).group(1))
        answers = {
            "ngrok": {"/api/endpoints": {"endpoints": [{"name": "gateway", "url": "tcp://0.tcp.example:12345"}]}},
            "cloudflared": {"/ready": {"status": 200, "readyConnections": 1}, "/quicktunnel": {"hostname": "made-up.trycloudflare.com"}},
            "frpc": {"/api/status": {"https": [{"name": "gateway", "type": "https", "status": "running", "err": ""}]}},
        }[name]
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                ok = self.path in answers and (name != "frpc" or self.headers.get("Authorization", "").startswith("Basic "))
                self.send_response(200 if ok else 404); self.end_headers()
                self.wfile.write(json.dumps(answers.get(self.path, {})).encode())
            def log_message(self, *a): pass
        http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("stand-ins-").FullName;
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public StandInTests()
    {
        foreach (var name in new[] { "ngrok", "cloudflared", "frpc" })
        {
            File.WriteAllText(Path.Combine(_folder, name), Program);
            File.SetUnixFileMode(Path.Combine(_folder, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Environment.SetEnvironmentVariable("PATH", $"{_folder}:{_path}");
    }

    public ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<(TunnelEnd? End, TunnelException? Why)> RunAsync(ProgramTunnel tunnel)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var up = new TaskCompletionSource<TunnelEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = tunnel.RunAsync(40001, e => up.TrySetResult(e), end.Token);
        await Task.WhenAny(run, up.Task);
        await end.CancelAsync();
        try { await run; }
        catch (OperationCanceledException) { }
        catch (TunnelException e) { return (null, e); }
        return (await up.Task, null);
    }

    private string Seen(string program) => File.ReadAllText(Path.Combine(_folder, program + ".json"));

    [Theory]
    [InlineData("ngrok", "0.tcp.example")]
    [InlineData("cloudflared", "made-up.trycloudflare.com")]
    [InlineData("frpc", "frps.example")]
    public async Task A_program_is_started_asked_and_ended_and_its_secret_is_in_a_file_of_its_own(string program, string host)
    {
        ProgramTunnel tunnel = program switch
        {
            "ngrok" => new Ngrok("t0ken", "tcp://", null, _ => false, TimeProvider.System),
            "cloudflared" => new Cloudflared(null, TimeProvider.System),
            _ => new Frp(("frps.example", 7000), "t0ken", "pycon.duckdns.org", 443, true, TimeProvider.System),
        };
        var (end, why) = await RunAsync(tunnel);
        Assert.True(end is not null, why?.Message);
        Assert.Equal(host, end.Host);
        var seen = System.Text.Json.JsonDocument.Parse(Seen(program)).RootElement;
        Assert.DoesNotContain("t0ken", seen.GetProperty("argv").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("0o600", seen.GetProperty("mode").GetString());
        if (program != "cloudflared") Assert.Contains("t0ken", seen.GetProperty("config").GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{seen.GetProperty("pid").GetInt32()}"), "the program is still there");
    }

    [Fact]
    public async Task A_secret_that_is_wrong_is_permanent_and_not_repeated()
    {
        var (_, why) = await RunAsync(new Ngrok("wrong-t0ken", "tcp://", null, _ => false, TimeProvider.System));
        Assert.Equal((IngressProblem.NotAuthorised, true), (why!.Problem, why.IsPermanent));
        Assert.DoesNotContain("wrong-t0ken", why.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named_with_its_cure()
    {
        var (_, why) = await RunAsync(new CommandTunnel(["no-such-program-at-all"], ("relay.example", 443), TunnelKinds.Compiled("(?<port>[0-9]+)"), false, TimeProvider.System));
        Assert.Equal((IngressProblem.NoProgram, true), (why!.Problem, why.IsPermanent));
        Assert.Contains("no-such-program-at-all is not installed", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_gets_the_port_and_says_where_it_ends()
    {
        var (end, why) = await RunAsync(new CommandTunnel(["/bin/sh", "-c", "echo up at relay.example:$0; sleep 600; true", "{port}"], null, TunnelKinds.Compiled("up at (?<host>[^:]+):(?<port>[0-9]+)"), false, TimeProvider.System));
        Assert.True(end is not null, why?.Message);
        Assert.Equal(("relay.example", 40001), (end.Host, end.Port));
        var (ended, reason) = await RunAsync(new CommandTunnel(["/bin/sh", "-c", "echo something broke"], null, TunnelKinds.Compiled("(?<port>[0-9]+)"), false, TimeProvider.System));
        Assert.Null(ended);
        Assert.Contains("something broke", reason!.Message, StringComparison.Ordinal);
    }
}
