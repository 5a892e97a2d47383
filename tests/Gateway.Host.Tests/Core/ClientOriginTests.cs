using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class ClientOriginTests
{
    private static readonly ListenerRole Tunnel = new("ssh.vps");

    private static ClientOrigin From(string address, ListenerRole? role, bool onLink = false) => ClientOrigin.Of(new IPEndPoint(IPAddress.Parse(address), 40000), role, _ => onLink);

    [Theory]
    [InlineData("127.0.0.1", OriginKind.ThisMachine)]
    [InlineData("127.8.9.10", OriginKind.ThisMachine)]
    [InlineData("::1", OriginKind.ThisMachine)]
    [InlineData("::ffff:127.0.0.1", OriginKind.ThisMachine)]
    [InlineData("192.168.1.7", OriginKind.HomeNetwork)]
    [InlineData("::ffff:192.168.1.7", OriginKind.HomeNetwork)]
    [InlineData("10.255.255.255", OriginKind.HomeNetwork)]
    [InlineData("172.31.0.1", OriginKind.HomeNetwork)]
    [InlineData("172.32.0.1", OriginKind.OutsideDirect)]
    [InlineData("169.254.3.4", OriginKind.HomeNetwork)]
    [InlineData("fe80::1%2", OriginKind.HomeNetwork)]
    [InlineData("fd12:3456::1", OriginKind.HomeNetwork)]
    [InlineData("fec0::1", OriginKind.OutsideDirect)]
    [InlineData("100.64.0.1", OriginKind.OutsideDirect)] // the provider's network, RFC 6598
    [InlineData("203.0.113.9", OriginKind.OutsideDirect)]
    [InlineData("::ffff:203.0.113.9", OriginKind.OutsideDirect)]
    [InlineData("2001:db8::1", OriginKind.OutsideDirect)]
    [InlineData("64:ff9b::c0a8:107", OriginKind.OutsideDirect)] // NAT64 of 192.168.1.7
    [InlineData("2002:c0a8:0107::1", OriginKind.OutsideDirect)] // 6to4 of 192.168.1.7
    public void An_address_tells_how_near_a_client_is(string address, OriginKind kind) => Assert.Equal(kind, From(address, ListenerRole.Network).Kind);

    [Fact]
    public void A_public_address_of_ones_own_prefix_is_at_home() => Assert.Equal(OriginKind.HomeNetwork, From("2001:db8::1", ListenerRole.Network, onLink: true).Kind);

    [Theory]
    [InlineData("127.0.0.1", "ssh.vps")]
    [InlineData("::ffff:127.0.0.1", "ssh.vps")]
    [InlineData("192.168.1.7", "192.168.1.7")]
    [InlineData("2001:db8::1", "2001:db8::/64")]
    public void Whatever_comes_through_a_tunnel_is_outside(string address, string source)
    {
        var origin = From(address, Tunnel, onLink: true);
        Assert.Equal((OriginKind.OutsideTunnel, true, source), (origin.Kind, origin.IsOutside, origin.Source));
    }

    [Fact]
    public void What_cannot_be_told_is_outside_and_never_the_local_socket()
    {
        foreach (var remote in new EndPoint?[] { null, new UnixDomainSocketEndPoint("/tmp/x") })
        {
            Assert.Equal((OriginKind.Unknown, true), (ClientOrigin.Of(remote, ListenerRole.Network, _ => true).Kind, ClientOrigin.Of(remote, ListenerRole.Network, _ => true).IsOutside));
            Assert.Equal(OriginKind.OutsideTunnel, ClientOrigin.Of(remote, Tunnel, _ => true).Kind);
        }
        Assert.True(From("192.168.1.7", null).IsOutside);
    }

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64")]
    [InlineData("fe80::1%2", "fe80::/64")]
    public void A_source_is_an_address_or_one_subscribers_share_of_them(string address, string source) => Assert.Equal(source, From(address, ListenerRole.Network).Source);

    [Theory]
    [InlineData("2001:db8:1:2::77", true)]
    [InlineData("fe80::5%3", true)]
    [InlineData("2001:db8:1:3::77", false)]
    [InlineData("2001:db8:2::77", false)] // a cable that is not plugged in
    [InlineData("2001:db8:3::77", false)] // the provider's end of the line
    [InlineData("2001:db9::77", false)] // nobody's home is as wide as that
    [InlineData("192.168.1.7", false)]
    public void A_neighbour_has_an_address_of_a_network_of_ours(string address, bool isOnLink)
    {
        static NetworkInterfaceFacts With(string address, int prefix, bool isUp = true, bool isTunnel = false) => new("eth0", 2, isUp, isTunnel, [new(IPAddress.Parse(address), prefix, AddressFlags.None)]);
        var network = new NetworkFacts([With("2001:db8:1:2::10", 64), With("fe80::10%3", 64), With("2001:db8:2::10", 64, isUp: false), With("2001:db8:3::10", 64, isTunnel: true), With("2001:db9::10", 32), With("192.168.1.10", 24)], []);
        Assert.Equal(isOnLink, network.IsOnLink(IPAddress.Parse(address)));
    }
}
