using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gateway.Host.Core;
using Gateway.Host.Network;

namespace Gateway.Host.Tests.Network;

public sealed class NetworkWatchTests
{
    [Fact]
    public void The_kernel_tells_the_same_as_the_system_s_own_library()
    {
        var facts = NetworkTables.Facts(RouteSocket.Dump(), _ => false, TimeProvider.System.GetUtcNow());
        var expected = NetworkInterface.GetAllNetworkInterfaces().Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses.Select(a => (i.Name, a.Address.ToString()))).Order();
        Assert.Equal(expected, facts.Interfaces.SelectMany(i => i.Addresses.Select(a => (i.Name, a.Address.ToString()))).Order());
        var routers = NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().GatewayAddresses).Select(g => g.Address).Where(a => a.AddressFamily == AddressFamily.InterNetwork && !a.Equals(IPAddress.Any));
        Assert.Equal(routers.Order(Comparer<IPAddress>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))), facts.Routes.Where(r => r.Family == IpFamily.V4).Select(r => r.Gateway));
    }

    [Fact]
    public void Where_the_kernel_refuses_asking_finds_the_same_interfaces()
    {
        var told = NetworkTables.Facts(RouteSocket.Dump(), _ => false, TimeProvider.System.GetUtcNow());
        var asked = InterfacePolling.Read();
        Assert.Equal(told.Routes, asked.Routes);
        Assert.Equal(told.Interfaces.Select(i => (i.Name, i.Index, i.IsTunnel)), asked.Interfaces.Select(i => (i.Name, i.Index, i.IsTunnel)));
        Assert.Equal(told.Interfaces.SelectMany(i => i.Addresses).Select(a => a.Address.ToString()).Order(), asked.Interfaces.SelectMany(i => i.Addresses).Select(a => a.Address.ToString()).Order());
    }

    [Fact]
    public async Task A_gateway_knows_its_network_as_soon_as_it_runs()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var known = gateway.Get<StatusStore>().Current.Network;
        Assert.NotSame(NetworkFacts.Unknown, known);
        Assert.Equal(RouteSocket.Dump().Links.Count - 1, known.Interfaces.Count);
    }

    [Fact]
    public void Proc_tells_addresses_of_IPv6_with_their_flags_and_nonsense_is_passed_over()
    {
        var found = InterfacePolling.Addresses(
        [
            "fe800000000000003c23fbfffea39be4 02 40 20 80     eth0",
            "20010db800010001000000fffe007710 02 40 00 21     eth0",
            "20010db8 02 40 00 00 eth0", "zz010db800010001000000fffe007710 02 40 00 00 eth0", "20010db800010001000000fffe007710 02 ff 00 00 eth0", "", "a b c d e f",
        ]).ToArray();
        Assert.Equal(
        [
            ("eth0", new InterfaceAddress(IPAddress.Parse("fe80::3c23:fbff:fea3:9be4%2"), 64, AddressFlags.Permanent)),
            ("eth0", new InterfaceAddress(IPAddress.Parse("2001:db8:1:1:0:ff:fe00:7710"), 64, AddressFlags.Temporary | AddressFlags.Deprecated)),
        ], found);
    }

    [Fact]
    public void Proc_tells_default_routes_and_nothing_that_leads_nowhere()
    {
        var found = InterfacePolling.Routes(
        [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
            "eth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
            "eth0\t004DA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "nonsense",
        ],
        [
            "20010db8000100010000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 004c0001     eth0",
            "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0",
            "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo",
            "00000000000000000000000000000000 00 x",
        ], _ => 2).ToArray();
        Assert.Equal(
        [
            new DefaultRoute(IpFamily.V4, IPAddress.Parse("192.168.77.1"), "eth0", 100),
            new DefaultRoute(IpFamily.V6, IPAddress.Parse("fe80::1%2"), "eth0", 1024),
        ], found);
    }
}
