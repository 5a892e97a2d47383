using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Network;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Network;

/// <summary>A home whose routers speak every ten seconds.</summary>
public sealed class PrefixMemoryTests
{
    private const string First = "2001:db8:1:1::10", Second = "2001:db8:2:1::10", Third = "2001:db8:3:1::10";

    private readonly FakeTimeProvider _time = new();
    private readonly PrefixMemory _memory;
    private readonly Dictionary<string, AddressEntry> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Heard, int Lifetime)> _routers = new(StringComparer.Ordinal);
    private bool _isOfKernel = true;

    public PrefixMemoryTests() => _memory = new PrefixMemory(_time);

    private uint Stamp => (uint)(ulong)(_time.GetElapsedTime(0, _time.GetTimestamp()).TotalMilliseconds / 10);

    /// <summary>An advertisement arrives: of a default router, or of another device on the link; the kernel sets addresses and route.</summary>
    private void Speaks(string router, bool isDefault, params string[] prefixes)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        if (isDefault) _routers[router] = (Stamp, 60);
        foreach (var address in prefixes) _addresses[address] = new AddressEntry(2, IPAddress.Parse(address), 64, AddressFlags.None, _isOfKernel, 7200, Stamp);
    }

    private string[] Superseded(bool routesExpire = true)
    {
        var dump = new NetworkDump();
        _time.Advance(TimeSpan.FromMilliseconds(150));
        var now = Stamp;
        dump.Addresses.AddRange(_addresses.Values.Select(a => a with { Valid = a.Valid - (now - a.Refreshed) / 100 }));
        dump.Routes.AddRange(_routers.Select(r => new RouteEntry(IpFamily.V6, IPAddress.Parse(r.Key), 2, 1024, 1, routesExpire ? (int)(r.Value.Heard + r.Value.Lifetime * 100 - now) : 0)));
        var isSuperseded = _memory.Look(dump);
        return [.. dump.Addresses.Where(isSuperseded).Select(a => a.Address.ToString()).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_prefix_that_vanishes_without_a_word_is_superseded_by_the_new_one_and_again_when_it_comes_back(bool isOfKernel)
    {
        _isOfKernel = isOfKernel;
        for (var i = 0; i < 3; i++)
        {
            Speaks("fe80::1", true, First);
            Assert.Empty(Superseded(isOfKernel));
        }
        for (var i = 0; i < 3; i++)
        {
            Speaks("fe80::1", true, Second);
            Assert.Equal([First], Superseded(isOfKernel));
        }
        for (var i = 0; i < 3; i++)
        {
            Speaks("fe80::1", true, First);
            Assert.Equal([Second], Superseded(isOfKernel));
        }
        Speaks("fe80::1", true, Third);
        Assert.Equal([First, Second], Superseded(isOfKernel));
    }

    [Fact]
    public void Two_prefixes_of_one_router_live_side_by_side_until_it_drops_one()
    {
        for (var i = 0; i < 3; i++)
        {
            Speaks("fe80::1", true, First, Second);
            Assert.Empty(Superseded());
        }
        Speaks("fe80::1", true, Second);
        Assert.Equal([First], Superseded());
    }

    [Fact]
    public void A_look_between_two_advertisements_changes_nothing()
    {
        Speaks("fe80::1", true, First);
        Assert.Empty(Superseded());
        Speaks("fe80::1", true, Second);
        for (var i = 0; i < 20; i++) Assert.Equal([First], Superseded());
    }

    [Fact]
    public void At_the_first_look_what_was_not_in_the_last_advertisement_counts_as_gone_until_it_is_heard()
    {
        Speaks("fe80::1", true, First);
        Speaks("fe80::2", true, Second);
        Assert.Equal([First], Superseded());
        Speaks("fe80::1", true, First);
        Assert.Empty(Superseded());
    }

    [Fact]
    public void Two_routers_that_speak_in_turn_do_not_push_each_other_aside()
    {
        Speaks("fe80::1", true, First);
        Assert.Empty(Superseded());
        Speaks("fe80::2", true, Second);
        Assert.Equal([First], Superseded()); // so it would look if the first had vanished
        for (var i = 0; i < 5; i++)
        {
            Speaks("fe80::1", true, First);
            Assert.Empty(Superseded());
            Speaks("fe80::2", true, Second);
            Assert.Empty(Superseded());
        }
        Speaks("fe80::2", true, Third);
        Assert.Equal([First, Second], Superseded());
    }

    [Fact]
    public void A_device_that_advertises_a_prefix_without_being_the_way_out_does_not_push_the_router_s_aside()
    {
        Speaks("fe80::1", true, First);
        Assert.Empty(Superseded());
        for (var i = 0; i < 5; i++)
        {
            Speaks("fe80::9", false, Second);
            Assert.Empty(Superseded());
            Speaks("fe80::1", true, First);
            Assert.Empty(Superseded());
        }
    }

    [Fact]
    public void Addresses_for_the_home_alone_and_those_set_by_hand_have_no_part_in_it()
    {
        Speaks("fe80::1", true, First);
        Assert.Empty(Superseded());
        Speaks("fe80::9", false, "fd00::10");
        _addresses[Third] = new AddressEntry(2, IPAddress.Parse(Third), 64, AddressFlags.Permanent, true, NetworkDump.ForEver, Stamp);
        Assert.Empty(Superseded());
    }

    [Fact]
    public void Two_addresses_of_one_prefix_share_its_fate_also_where_one_is_of_DHCP()
    {
        Speaks("fe80::1", true, First);
        _addresses["2001:db8:1:1::abcd"] = new AddressEntry(2, IPAddress.Parse("2001:db8:1:1::abcd"), 128, AddressFlags.None, false, 86400, Stamp);
        Assert.Empty(Superseded());
        Speaks("fe80::1", true, First);
        Assert.Empty(Superseded());
        Speaks("fe80::1", true, Second);
        Assert.Equal([First, "2001:db8:1:1::abcd"], Superseded());
    }
}
