using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Network;
using static Gateway.Host.Tests.Network.KernelTables;

namespace Gateway.Host.Tests.Network;

public sealed class NetworkDumpTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private static NetworkFacts Facts(params IEnumerable<byte[]> datagrams) => NetworkTables.Facts(Read(datagrams), _ => false, Now);

    [Fact]
    public void What_a_kernel_told_becomes_interfaces_addresses_and_routes()
    {
        var facts = Facts(Captured);

        var eth0 = Assert.Single(facts.Interfaces);
        Assert.Equal(("eth0", 2, true, false), (eth0.Name, eth0.Index, eth0.IsUp, eth0.IsTunnel));
        Assert.Equal(
        [
            new InterfaceAddress(IPAddress.Parse("192.168.77.10"), 24, AddressFlags.Permanent),
            new InterfaceAddress(IPAddress.Parse("2001:db8:1:1:0:ff:fe00:7710"), 64, AddressFlags.None, Now.AddSeconds(7199)),
            new InterfaceAddress(IPAddress.Parse("fe80::3c23:fbff:fea3:9be4%2"), 64, AddressFlags.Permanent),
        ], eth0.Addresses);
        Assert.Equal(
        [
            new DefaultRoute(IpFamily.V4, IPAddress.Parse("192.168.77.1"), "eth0", 0),
            new DefaultRoute(IpFamily.V6, IPAddress.Parse("fe80::1%2"), "eth0", 1024),
        ], facts.Routes);
        Assert.Equal(IPAddress.Parse("192.168.77.10"), facts.LocalAddress(IpFamily.V4));
    }

    [Theory]
    [InlineData(0x01u, AddressFlags.Temporary)]
    [InlineData(0x08u, AddressFlags.DadFailed)]
    [InlineData(0x20u, AddressFlags.Deprecated)]
    [InlineData(0x40u, AddressFlags.Tentative)]
    [InlineData(0x80u, AddressFlags.Permanent)]
    [InlineData(0x300u, AddressFlags.None)]
    public void An_address_has_the_flags_of_the_kernel(uint flags, AddressFlags expected) =>
        Assert.Equal(expected, Assert.Single(Read(Address(2, "2001:db8::1", flags)).Addresses).Flags);

    [Fact]
    public void A_second_IPv4_address_is_no_temporary_one() =>
        Assert.Equal(AddressFlags.Permanent, Assert.Single(Read(Address(2, "192.0.2.1", 0x81, 24)).Addresses).Flags);

    [Fact]
    public void On_a_point_to_point_link_the_address_is_this_end_s() =>
        Assert.Equal(IPAddress.Parse("198.51.100.7"), Assert.Single(Read(Address(3, "198.51.100.1", 0, 32, Attribute(2, Bytes("198.51.100.7")))).Addresses).Address);

    [Theory]
    [InlineData(0x11043u, (ushort)1, true, false)]
    [InlineData(0x1003u, (ushort)1, false, false)] // up, no cable
    [InlineData(0x10000u, (ushort)1, false, false)] // a cable, but shut down
    [InlineData(0x110C1u, (ushort)65534, true, true)] // WireGuard
    [InlineData(0x110D1u, (ushort)512, true, true)] // ppp
    [InlineData(0x110C1u, (ushort)776, true, true)] // sit
    public void An_interface_is_up_when_it_has_a_carrier_and_a_tunnel_by_its_kind(uint flags, ushort type, bool isUp, bool isTunnel)
    {
        var found = Assert.Single(Facts(Link(4, "if4", flags, type)).Interfaces);
        Assert.Equal((isUp, isTunnel), (found.IsUp, found.IsTunnel));
    }

    [Fact]
    public void The_route_with_the_lowest_metric_comes_first_and_among_equals_the_router_s_own_preference_counts()
    {
        byte[] Via(string router, uint metric, byte preference) => Route(true, [.. Attribute(5, Bytes(router)), .. Attribute(4, Number(2)), .. Attribute(6, Number(metric)), .. Attribute(20, preference)]);
        var facts = Facts(Link(2, "eth0"), Via("fe80::1", 1024, 3), Via("fe80::2", 1024, 0), Via("fe80::3", 1024, 1), Via("fe80::4", 100, 3));
        Assert.Equal(["fe80::4%2", "fe80::3%2", "fe80::2%2", "fe80::1%2"], facts.Routes.Select(r => r.Gateway!.ToString()));
        Assert.Equal(100, facts.Route(IpFamily.V6)!.Metric);
    }

    [Fact]
    public void Each_hop_of_a_route_with_several_is_a_route_and_a_dead_one_is_none()
    {
        byte[] Hop(int link, byte flags, string router) => [16, 0, flags, 0, .. BitConverter.GetBytes(link), .. Attribute(5, Bytes(router))];
        var facts = Facts(Link(2, "eth0"), Link(3, "wlan0"), Route(false, Attribute(9, [.. Hop(2, 0, "192.0.2.1"), .. Hop(3, 0, "192.0.2.2"), .. Hop(3, 1, "192.0.2.3")])));
        Assert.Equal([("eth0", "192.0.2.1"), ("wlan0", "192.0.2.2")], facts.Routes.Select(r => (r.Interface, r.Gateway!.ToString())));
    }

    [Fact]
    public void An_IPv4_route_may_lead_over_an_IPv6_router()
    {
        var route = Assert.Single(Read(Route(false, [.. Attribute(18, [10, 0, .. Bytes("fe80::1")]), .. Attribute(4, Number(2))])).Routes);
        Assert.Equal((IpFamily.V4, IPAddress.Parse("fe80::1%2")), (route.Family, route.Router));
    }

    public static TheoryData<string, byte[]> NoDefaultRoutes => new()
    {
        { "another destination", Route(true, Attribute(4, Number(2)), destination: 64) },
        { "another table", Route(true, [.. Attribute(4, Number(2)), .. Attribute(15, Number(1000))]) },
        { "the local table", Route(true, Attribute(4, Number(2)), table: 255) },
        { "unreachable", Route(true, Attribute(4, Number(1)), type: 7) },
        { "the cable is out", Route(true, Attribute(4, Number(2)), flags: 0x10) },
        { "a copy in the cache", Route(true, Attribute(4, Number(2)), flags: 0x200) },
        { "expired", Route(true, [.. Attribute(4, Number(2)), .. Attribute(12, [.. new byte[8], .. BitConverter.GetBytes(-100), .. new byte[20]])]) },
        { "no interface", Route(true, Attribute(5, Bytes("fe80::1"))) },
    };

    [Theory]
    [MemberData(nameof(NoDefaultRoutes))]
    public void What_leads_nowhere_is_no_default_route(string why, byte[] message) => Assert.True(Read(message).Routes.Count == 0, why);

    [Fact]
    public void The_end_of_an_answer_is_told_from_its_parts_and_from_answers_to_other_questions()
    {
        var dump = new NetworkDump();
        Assert.Equal(DumpProgress.More, dump.Read(Link(2, "eth0"), Sequence));
        Assert.Equal(DumpProgress.More, dump.Read(Message(NetworkDump.Done, [0, 0, 0, 0], sequence: Sequence - 1), Sequence));
        Assert.Equal(DumpProgress.Refused, dump.Read(Message(NetworkDump.Error, [0xA1, 0xFF, 0xFF, 0xFF]), Sequence));
        Assert.Equal(DumpProgress.More, dump.Read(Message(NetworkDump.NewLink, [], flags: 0x12), Sequence));
        Assert.Equal(DumpProgress.Interrupted, dump.Read(Message(NetworkDump.Done, [0, 0, 0, 0]), Sequence));
        Assert.Equal(DumpProgress.Done, dump.Read(Message(NetworkDump.Done, [0, 0, 0, 0]), Sequence));
    }

    [Fact]
    public void What_is_cut_short_is_passed_over()
    {
        foreach (var datagram in Captured)
            for (var length = 0; length < datagram.Length; length++) _ = Facts(Captured.Append(datagram[..length]));
    }

    [Fact]
    public void No_mutation_of_a_message_is_fatal_nor_keeps_more_than_it_may()
    {
        var random = new Random(2);
        var memory = new PrefixMemory(TimeProvider.System);
        for (var round = 0; round < 20_000; round++)
        {
            var datagrams = Captured.Select(d => (byte[])d.Clone()).ToArray();
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                var datagram = datagrams[random.Next(datagrams.Length)];
                datagram[random.Next(datagram.Length)] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
            }
            var dump = Read(datagrams);
            _ = NetworkTables.Facts(dump, memory.Look(dump), Now);
        }
    }

    [Fact]
    public void A_table_without_end_is_not_kept_whole()
    {
        var dump = new NetworkDump();
        for (var i = 0; i < 3 * NetworkDump.Most; i++)
        {
            dump.Read(Link(i + 1, "x"), Sequence);
            dump.Read(Address(2, "2001:db8::1", 0), Sequence);
            dump.Read(Route(true, Attribute(4, Number(2))), Sequence);
        }
        Assert.Equal([NetworkDump.Most, NetworkDump.Most, NetworkDump.Most], [dump.Links.Count, dump.Addresses.Count, dump.Routes.Count]);
    }

    [Fact]
    public void A_name_is_no_longer_than_a_name_can_be() =>
        Assert.Equal(new string('x', 15), Assert.Single(Read(Link(2, new string('x', 4000))).Links).Name);

    [Fact]
    public void A_lifetime_that_slides_is_no_news_until_it_has_slid_far()
    {
        NetworkFacts At(int seconds) => NetworkTables.Facts(Read(Captured), _ => false, Now.AddSeconds(seconds));
        Assert.True(NetworkTables.IsSame(At(0), At(0)));
        Assert.True(NetworkTables.IsSame(At(0), At(200)));
        Assert.False(NetworkTables.IsSame(At(0), At(400)));
        Assert.False(NetworkTables.IsSame(At(0), NetworkTables.Facts(Read(Captured), _ => true, Now)));
        Assert.False(NetworkTables.IsSame(At(0), Facts(Captured.Take(3))));
        Assert.False(NetworkTables.IsSame(At(0), Facts([.. Captured.Take(1), .. Captured.Skip(2)])));
    }
}
