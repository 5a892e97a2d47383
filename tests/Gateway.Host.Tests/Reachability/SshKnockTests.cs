using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Reachability;

/// <summary>Knocks through a real OpenSSH server.</summary>
public sealed class SshKnockTests
{
    [Fact]
    public async Task Open_closed_and_silent_doors_are_told_apart()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(settings: sshd.Settings);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        IPEndPoint closed;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            closed = (IPEndPoint)probe.LocalEndpoint;
        }
        var seen = await gateway.Get<KnockFromOutside>()([new IPEndPoint(IPAddress.Loopback, gateway.Address.Port), closed, (IPEndPoint)silent.LocalEndpoint], TestContext.Current.CancellationToken);
        Assert.Equal([true, false, false], seen.Select(d => d.IsOpen!.Value));
        Assert.Equal("the connection was refused", seen[1].Words);
        Assert.Equal("nothing answers", seen[2].Words);
    }

    [Fact]
    public async Task A_server_that_lets_nobody_knock_tells_nothing()
    {
        using var sshd = await SshServerOnLoopback.StartAsync("AllowTcpForwarding no");
        await using var gateway = await GatewayUnderTest.StartAsync(settings: sshd.Settings);
        var seen = Assert.Single(await gateway.Get<KnockFromOutside>()([new IPEndPoint(IPAddress.Loopback, gateway.Address.Port)], TestContext.Current.CancellationToken));
        Assert.Null(seen.IsOpen);
        Assert.Contains("does not let this key open connections", seen.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_of_ones_own_nobody_knocks()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Empty(await gateway.Get<KnockFromOutside>()([new IPEndPoint(IPAddress.Loopback, 1)], TestContext.Current.CancellationToken));
    }
}
