using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Gateway.Host.Tests.Reachability;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>The tunnel by ssh -R against a real sshd.</summary>
public sealed class SshTunnelTests
{
    [Fact]
    public async Task What_comes_to_the_server_s_port_comes_out_here_until_the_server_goes_and_nothing_is_left_running()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        var local = ((IPEndPoint)door.LocalEndpoint).Port;
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var up = new TaskCompletionSource<TunnelEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Tunnel(server.Server with { RemotePort = 0 }).RunAsync(local, up.SetResult, end.Token);
        if (await Task.WhenAny(up.Task, running) == running) await running;
        var (host, port, method) = await up.Task;
        Assert.Equal(("127.0.0.1", "ssh -R to 127.0.0.1"), (host, method));

        using var visitor = new TcpClient();
        await visitor.ConnectAsync(IPAddress.Loopback, port, end.Token);
        using var arrived = await door.AcceptTcpClientAsync(end.Token);
        await visitor.GetStream().WriteAsync("hello"u8.ToArray(), end.Token);
        var heard = new byte[5];
        await arrived.GetStream().ReadExactlyAsync(heard, end.Token);
        Assert.Equal("hello", Encoding.ASCII.GetString(heard));

        server.Stop();
        Assert.Equal(IngressProblem.Lost, (await Assert.ThrowsAsync<TunnelException>(() => running)).Problem);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        using var other = new TcpListener(IPAddress.IPv6Any, 0);
        other.Server.DualMode = true;
        other.Start();
        var failed = await FailsAsync(server.Server with { RemotePort = ((IPEndPoint)other.LocalEndpoint).Port });
        Assert.Equal((IngressProblem.PortTaken, false), (failed.Problem, failed.IsPermanent));
    }

    [Fact]
    public async Task A_server_that_is_another_is_not_talked_to_and_one_that_does_not_take_the_key_is_told_how_to()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        var other = Path.Combine(Path.GetDirectoryName(server.KeyFile)!, "host"); // a key that it does not take
        var refused = await FailsAsync(server.Server with { KeyFile = other, RemotePort = 8443 });
        Assert.Equal((IngressProblem.NotAuthorised, true), (refused.Problem, refused.IsPermanent));
        Assert.Contains($"restrict,port-forwarding,permitlisten=\"8443\" {(await File.ReadAllTextAsync(other + ".pub")).Trim()}", refused.Message, StringComparison.Ordinal);
        await server.ForgeKnownHostAsync();
        var stranger = await FailsAsync(server.Server);
        Assert.Equal((IngressProblem.WrongServer, true), (stranger.Problem, stranger.IsPermanent));
    }

    [Fact]
    public async Task Without_a_key_named_the_gateway_s_own_is_made_and_its_line_opens_the_ports_that_are_usual_and_no_other()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        var folder = Directory.CreateTempSubdirectory("own-key-");
        try
        {
            var own = server.Server with { KeyFile = OwnSshKey.FileIn(folder.FullName), HasOwnKey = true };
            var refused = await FailsAsync(own);
            Assert.Equal(IngressProblem.NotAuthorised, refused.Problem);
            var line = AuthorizedKey.Line(own, FreePort);
            Assert.StartsWith($"restrict,port-forwarding,permitlisten=\"{FreePort}\",permitlisten=\"8443\" ssh-ed25519 ", line, StringComparison.Ordinal);
            Assert.EndsWith(AuthorizedKey.Line(own, 443).Split("\" ")[1], refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE", line, StringComparison.Ordinal);

            await File.WriteAllTextAsync(server.KeyFile + ".pub", line + "\n");
            using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var up = new TaskCompletionSource<TunnelEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
            var running = new SshTunnel(own, FreePort, new StatusStore(), TimeProvider.System).RunAsync(1, up.SetResult, end.Token);
            if (await Task.WhenAny(up.Task, running) == running) await running;
            Assert.Equal(FreePort, (await up.Task).Port);
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            Assert.Equal(IngressProblem.PortTaken, (await FailsAsync(own with { RemotePort = 0 })).Problem);
        }
        finally { folder.Delete(recursive: true); }
    }

    [Fact]
    public async Task A_key_of_the_owner_s_that_is_not_there_is_named_and_nothing_is_made_in_its_place()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        var failed = await FailsAsync(server.Server with { KeyFile = "/nowhere/key" });
        Assert.Equal((IngressProblem.TunnelFailed, true), (failed.Problem, failed.IsPermanent));
        Assert.Contains("/nowhere/key for 127.0.0.1 cannot be read", failed.Message, StringComparison.Ordinal);
        Assert.Contains("ingress.ssh.key", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_tried_again()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        server.Stop();
        var failed = await FailsAsync(server.Server);
        Assert.Equal((IngressProblem.NoServer, false), (failed.Problem, failed.IsPermanent));
    }

    private static readonly int FreePort = Free();

    private static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static SshTunnel Tunnel(SshServer server) => new(server, 443, new StatusStore(), TimeProvider.System);

    private static async Task<TunnelException> FailsAsync(SshServer server)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await Assert.ThrowsAsync<TunnelException>(() => Tunnel(server).RunAsync(1, e => Assert.Fail($"{e} stands"), end.Token));
    }
}
