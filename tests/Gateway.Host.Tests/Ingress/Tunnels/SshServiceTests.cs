using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Gateway.Host.Ingress.Tunnels.Programs;
using Gateway.Host.Tests.Reachability;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>Services that bring visitors by ssh: what their tables may say, what is made of their words, and a real sshd in their place.</summary>
public sealed class SshServiceTests : IDisposable
{
    private const string Own = "pycon.duckdns.org";

    private readonly string _folder = Directory.CreateTempSubdirectory("ssh-service-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Settings Of(params (string Key, object Value)[] values)
    {
        var set = values.ToDictionary(v => $"ingress.ssh.free.{v.Key}", v => new SettingValue(v.Value, SettingSource.ConfigurationFile, ""), StringComparer.Ordinal);
        set["data.path"] = new("/data", SettingSource.ConfigurationFile, "");
        set["name.domain"] = new("pycon", SettingSource.ConfigurationFile, "");
        set["name.provider"] = new("duckdns", SettingSource.ConfigurationFile, "");
        return new Settings(GatewayApp.Schema.WithDefaults(set), false);
    }

    private static SshService Service(string service, string proto, string? name = null, SshServer? server = null, string token = "") =>
        new(service, server ?? new SshServer("ssh.free", "service.example", 22, "nobody", "/key", "/known") { TrustsFirstKey = true }, proto, name, token, n => n == Own, TimeProvider.System);

    [Theory]
    [InlineData("localhost.run", "localhost.run")]
    [InlineData("serveo", "serveo.net")]
    [InlineData("pinggy", "a.pinggy.io")]
    public void A_service_that_reads_needs_the_owner_s_consent_and_is_no_vantage(string service, string host)
    {
        var none = Of(("service", service));
        var problem = Assert.Single(SshServices.Check(none));
        Assert.Equal("ingress.ssh.free.consent", problem.Key);
        Assert.Contains("the provider can read everything", problem.Message, StringComparison.Ordinal);
        Assert.Empty(SshServices.Of(none));
        Assert.DoesNotContain(TunnelsFeature.Doors(none), d => d.Tunnel == "ssh.free");

        var agreed = Of(("service", service), ("consent", TunnelKinds.Consent));
        Assert.Empty(SshServices.Check(agreed));
        var tunnel = Assert.Single(SshServices.Of(agreed))(TimeProvider.System);
        Assert.Equal(("ssh.free", host, true), (tunnel.Way, tunnel.Server, tunnel.IsReadable));
        Assert.True(Assert.Single(TunnelsFeature.Doors(agreed), d => d.Tunnel == "ssh.free") is { IsReadable: true, SaysWhoComes: false });
        foreach (var settings in new[] { none, agreed })
        {
            Assert.Empty(SshServer.Of(settings));
            Assert.Empty(SshServer.Check(settings));
        }
    }

    [Fact]
    public void What_does_not_fit_together_is_named()
    {
        (string, object) sish = ("service", "sish"), host = ("host", "tuns.sh"), known = ("known-hosts", "/known"), agreed = ("consent", TunnelKinds.Consent);
        string[] Wrong(params (string, object)[] values) => [.. SshServices.Check(Of(values)).Select(p => p.Key["ingress.ssh.free.".Length..])];
        Assert.Equal(["host", "known-hosts"], Wrong(sish));
        Assert.Equal([], Wrong(sish, host, known));
        Assert.Equal(["known-hosts"], Wrong(sish, host, ("proto", "tcp")));
        Assert.Equal([], Wrong(sish, host, agreed, ("proto", "http")));
        Assert.Equal(["consent"], Wrong(sish, host, ("proto", "http")));
        Assert.Equal(["proto", "known-hosts"], Wrong(("service", "serveo"), ("proto", "https")));
        Assert.Equal(["token"], Wrong(("service", "serveo"), ("token", "x"), agreed));
        Assert.Equal(["name"], Wrong(("service", "pinggy"), ("name", "a.example"), agreed));
        Assert.Equal(["user"], Wrong(("service", "pinggy"), ("token", "x"), ("user", "y"), agreed));
        Assert.Equal(["user"], Wrong(("service", "serveo"), ("user", "a\nProxyCommand evil"), agreed));
        Assert.Equal(["name", "consent"], Wrong(("name", "a.example"), agreed, host, ("user", "x"), known));
        Assert.Equal([], Wrong(host, ("user", "x"), known));
    }

    [Theory]
    [InlineData("ingress.ssh.service", "ngrok", false)]
    [InlineData("ingress.ssh.free.service", "localhost.run", true)]
    [InlineData("ingress.ssh.free.token", "a b", false)]
    [InlineData("ingress.ssh.free.token", "x%h", false)]
    [InlineData("ingress.ssh.free.token", "Abc123", true)]
    [InlineData("ingress.ssh.free.consent", "yes", false)]
    public void Values_are_checked(string key, string value, bool isRight) => Assert.Equal(isRight, GatewayApp.Schema.Find(key)!.Check!(value) is null);

    [Fact]
    public void Localhost_run_s_address_is_taken_from_either_form_of_its_JSON_and_follows_when_it_changes()
    {
        var run = Service("localhost.run", "http");
        var one = run.Read("""{"connection_id":"1.2.3.4:5","event":"tcpip-forward","authz_code":"OK","address":"abc.lhr.life","message":"abc.lhr.life tunneled with tls termination, https://abc.lhr.life\n..."}""", null);
        Assert.Equal("https://abc.lhr.life/", one!.Link);
        Assert.Same(one, run.Read("""{"event":"authn","message":"authenticated as anonymous user, see https://admin.localhost.run/"}""", one));
        Assert.Equal("https://def.lhr.life/", run.Read("""{"specversion":"1.0","id":"localhost/def.lhr.life","type":"v1.tcpip_forward.register.accepted","source":"ssh://localhost.run/","data":"..."}""", one)!.Link);
        foreach (var refusal in new[] { """{"id":"x","type":"v1.tcpip_forward.register.rejected","data":"no"}""", """{"event":"tcpip-forward","authz_code":"DENIED","address":null}""" })
            Assert.Equal(IngressProblem.NameTaken, Assert.Throws<TunnelException>(() => run.Read(refusal, one)).Problem);
        foreach (var hostile in new[] { "", "{", "{}", "[1]", "https://evil.example/", """{"event":"tcpip-forward","address":"a b"}""", """{"event":"tcpip-forward","address":"user@evil.example"}""", """{"event":"tcpip-forward","address":7}""", new string('{', 100) })
            Assert.Same(one, run.Read(hostile, one));
    }

    [Fact]
    public void Serveo_s_line_tells_through_its_colours()
    {
        var serveo = Service("serveo", "http");
        Assert.Equal("https://abc.serveo.net/", serveo.Read("\u001b[32mForwarding HTTP traffic from https://abc.serveo.net\u001b[0m\r", null)!.Link);
        Assert.Null(serveo.Read("Press g to start a GUI session and ctrl-c to quit.", null));
        Assert.Null(serveo.Read("Forwarding HTTP traffic from http://abc.serveo.net", null));
        Assert.Null(serveo.Read("Forwarding HTTP traffic from https://user:x@abc.serveo.net", null));
    }

    [Fact]
    public void Pinggy_s_list_gives_the_end_of_the_kind_that_was_asked_for()
    {
        static TunnelEnd? Read(string proto, string body) => Service("pinggy", proto).Read([new Answer(200, Encoding.UTF8.GetBytes(body))]);
        const string Http = """{"urls":["http://a.free.pinggy.link","https://a.free.pinggy.link"]}""";
        Assert.Equal("https://a.free.pinggy.link/", Read("http", Http)!.Link);
        Assert.Equal("https://b.pinggy.link/", Read("https", """{"urls":["tls://b.pinggy.link:443"]}""")!.Link);
        Assert.Equal(("c.pinggy.link", 40123, (string?)null), Read("tcp", """{"urls":["tcp://c.pinggy.link:40123"]}""") is { } end ? (end.Host, end.Port, end.Link) : default);
        Assert.Null(Read("tcp", Http));
        foreach (var hostile in new[] { "", "[]", """{"urls":[7,null,"x","https://a b/"]}""", """{"urls":{}}""", $$"""{"urls":["https://{{new string('a', 400)}}.example/"]}""" }) Assert.Null(Read("http", hostile));
    }

    [Fact]
    public void Sish_s_prose_gives_the_end_and_the_house_s_name_leads_to_the_server_that_was_named()
    {
        var own = Service("sish", "https", Own);
        Assert.Equal(("service.example", 443, (string?)null), own.Read($"\u001b[44mTLS\u001b[0m: {Own}:443", null) is { } tls ? (tls.Host, tls.Port, tls.Link) : default);
        Assert.False(own.IsReadable);
        Assert.Equal(IngressProblem.NameTaken, Assert.Throws<TunnelException>(() => own.Read("TLS: x7k.tuns.sh:443", null)).Problem);
        Assert.Equal("https://me.tuns.sh:8443/", Service("sish", "https", "me").Read("TLS: me.tuns.sh:8443", null)!.Link);
        Assert.Equal(("service.example", 40001, (string?)null), Service("sish", "tcp").Read("\u001b[44mTCP\u001b[0m: evil.example:40001", null) is { } tcp ? (tcp.Host, tcp.Port, tcp.Link) : default);
        Assert.Equal("https://abc.tuns.sh/", Service("sish", "http").Read("\u001b[44mHTTPS\u001b[0m: https://abc.tuns.sh\r", null)!.Link);
        // One that reads is never taken for one that does not, nor what goes in the clear for either.
        Assert.Null(own.Read("HTTPS: https://abc.tuns.sh", null));
        Assert.Null(Service("sish", "http").Read("HTTP: http://abc.tuns.sh", null));
        foreach (var hostile in new[] { "TCP: x:0", "TCP: x:70000", "TCP: :1", "TCP: x", "TLS: a:443 b", "Service console can be accessed here: https://x/" }) Assert.Null(Service("sish", "tcp").Read(hostile, null));
    }

    [Fact]
    public void Whatever_a_service_says_nothing_breaks() => Gen.String.Sample(line =>
    {
        foreach (var service in new[] { Service("localhost.run", "http"), Service("serveo", "http"), Service("pinggy", "http"), Service("sish", "tcp"), Service("sish", "http") })
        {
            service.Read(line, null);
            service.Reason(line);
            service.Read([new Answer(200, Encoding.UTF8.GetBytes(line))]);
        }
    }, iter: 300);

    [Fact]
    public void A_token_is_in_a_file_for_this_user_alone_and_in_nobody_s_words()
    {
        var server = new SshServer("ssh.free", "a.pinggy.io", 443, "s3cret+tls", "/key", "/known");
        var service = Service("pinggy", "https", server: server, token: "s3cret");
        var command = service.Command(_folder, 4430, 4300);
        Assert.DoesNotContain(command, a => a.Contains("s3cret", StringComparison.Ordinal));
        var config = Path.Combine(_folder, "config");
        Assert.Equal(("User s3cret+tls\n", UnixFileMode.UserRead | UnixFileMode.UserWrite), (File.ReadAllText(config), File.GetUnixFileMode(config)));
        var refused = service.Reason("s3cret+tls@a.pinggy.io: Permission denied (publickey).")!;
        Assert.Equal((IngressProblem.NotAuthorised, true), (refused.Problem, refused.IsPermanent));
        Assert.DoesNotContain("s3cret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_real_sshd_in_the_place_of_pinggy_is_asked_through_the_tunnel_and_its_first_key_is_kept()
    {
        using var api = new TcpListener(IPAddress.Loopback, 4300); // where pinggy answers
        api.Start();
        using var sshd = await SshServerOnLoopback.StartAsync("ForceCommand sleep 600");
        var server = sshd.Server with { KnownHostsFile = Path.Combine(_folder, "known"), TrustsFirstKey = true };
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var up = new TaskCompletionSource<TunnelEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Service("pinggy", "http", server: server).RunAsync(1, e => up.TrySetResult(e), end.Token);
        var answering = AnswerAsync(api, """{"urls":["http://a.free.pinggy.link","https://a.free.pinggy.link"]}""", end.Token);
        if (await Task.WhenAny(up.Task, running) == running) await running;
        Assert.Equal("https://a.free.pinggy.link/", (await up.Task).Link);
        var kept = await File.ReadAllTextAsync(server.KnownHostsFile, end.Token);
        Assert.Contains($"[127.0.0.1]:{sshd.Port} ssh-ed25519 ", kept, StringComparison.Ordinal);

        sshd.Stop();
        Assert.Equal(IngressProblem.Lost, (await Assert.ThrowsAsync<TunnelException>(() => running)).Problem);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    [Fact]
    public async Task A_real_sshd_in_the_place_of_sish_brings_visitors_and_one_with_another_key_is_refused_and_named()
    {
        using var sshd = await SshServerOnLoopback.StartAsync("ForceCommand printf '\\033[44mTCP\\033[0m: tuns.example:40001\\r\\n'; exec sleep 600");
        var server = sshd.Server with { KnownHostsFile = Path.Combine(_folder, "known"), TrustsFirstKey = true, RemotePort = Free() };
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var up = new TaskCompletionSource<TunnelEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Service("sish", "tcp", server: server).RunAsync(((IPEndPoint)door.LocalEndpoint).Port, e => up.TrySetResult(e), end.Token);
        if (await Task.WhenAny(up.Task, running) == running) await running;
        Assert.Equal(("127.0.0.1", 40001), ((await up.Task).Host, (await up.Task).Port));
        using var visitor = new TcpClient();
        await visitor.ConnectAsync(IPAddress.Loopback, server.RemotePort.Value, end.Token);
        using var arrived = await door.AcceptTcpClientAsync(end.Token);
        await visitor.GetStream().WriteAsync("hello"u8.ToArray(), end.Token);
        var heard = new byte[5];
        await arrived.GetStream().ReadExactlyAsync(heard, end.Token);

        using var second = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var taken = await Assert.ThrowsAsync<TunnelException>(() => Service("sish", "tcp", server: server).RunAsync(1, _ => { }, second.Token)); // the port is held
        Assert.Equal(IngressProblem.NameTaken, taken.Problem);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        var known = await File.ReadAllTextAsync(server.KnownHostsFile, CancellationToken.None);
        await sshd.ForgeKnownHostAsync();
        File.Copy(sshd.KnownHosts, server.KnownHostsFile, overwrite: true);
        var stranger = await Assert.ThrowsAsync<TunnelException>(() => Service("sish", "tcp", server: server).RunAsync(1, _ => Assert.Fail("it stands"), second.Token));
        Assert.Equal((IngressProblem.WrongServer, true), (stranger.Problem, stranger.IsPermanent));
        Assert.Contains(server.KnownHostsFile, stranger.Message, StringComparison.Ordinal);
        Assert.NotEqual(known, await File.ReadAllTextAsync(server.KnownHostsFile, CancellationToken.None)); // still the forged one: nothing was put in its place
    }

    private static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task AnswerAsync(TcpListener listener, string body, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(cancellationToken);
            _ = await client.GetStream().ReadAsync(new byte[2048], cancellationToken);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), cancellationToken);
        }
    }
}
