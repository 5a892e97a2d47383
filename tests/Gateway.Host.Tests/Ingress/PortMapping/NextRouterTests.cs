using System.Net;
using System.Net.Sockets;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>Who drops a packet on the way; that somebody does needs a way with routers on it, which the lab has.</summary>
public sealed class NextRouterTests
{
    private static Task<IPAddress?> FindAsync(IPAddress from, int port) => new NextRouter(TimeProvider.System).FindAsync(from, new IPEndPoint(IPAddress.Loopback, port), 2, TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_packet_that_arrives_tells_of_no_router_whether_somebody_is_there_or_not()
    {
        using var there = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        there.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)there.LocalEndPoint!).Port;
        Assert.Null(await FindAsync(IPAddress.Loopback, port));
        there.Dispose();
        Assert.Null(await FindAsync(IPAddress.Loopback, port)); // port unreachable
    }

    [Fact]
    public async Task An_address_that_is_not_ours_finds_nobody() => Assert.Null(await FindAsync(IPAddress.Parse("192.0.2.77"), 33434));
}
