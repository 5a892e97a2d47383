using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Reachability;

/// <summary>One signed-in ssh, at a real server.</summary>
public sealed class SshSessionTests
{
    [Fact]
    public async Task A_dial_that_is_given_up_at_any_moment_does_not_keep_the_next_ones_out()
    {
        using var server = await SshServerOnLoopback.StartAsync();
        using var there = new TcpListener(IPAddress.Loopback, 0);
        there.Start();
        await using var session = await SshSession.OpenAsync(server.Server, TimeProvider.System, TestContext.Current.CancellationToken);
        for (var patience = 0; patience < 40; patience += 2)
        {
            using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(patience));
            try { await (await session.DialAsync("127.0.0.1", 1024 + patience, end.Token)).DisposeAsync(); }
            catch (OperationCanceledException) { }
        }
        await using var stream = await session.DialAsync("127.0.0.1", ((IPEndPoint)there.LocalEndpoint).Port, TestContext.Current.CancellationToken);
        using var visitor = await there.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Assert.True(visitor.Connected);
    }
}
