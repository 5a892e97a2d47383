using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.AtHome;
using Gateway.Host.Tests.Dns;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability.AtHome;

/// <summary>A home on loopback: its resolver says what the test wants, and its router leads back in or nowhere.</summary>
public sealed class HomeWatchTests : IAsyncLifetime
{
    private static readonly IPAddress Six = IPAddress.Parse("2001:db8:1:1::10");

    private readonly FakeTimeProvider _time = new();
    private readonly DnsStandIn _resolver = new();
    private readonly StatusStore _status = new();
    private HouseWithDoors _house = null!;
    private HomeWatch _watch = null!;

    public async ValueTask InitializeAsync()
    {
        _house = await HouseWithDoors.OpenAsync();
        _resolver.Serves((HouseWithDoors.Name, DnsType.A, "127.0.0.1"), (HouseWithDoors.Name, DnsType.Aaaa, Six.ToString()));
        _watch = new HomeWatch(new SystemResolver(new DnsClient(TimeProvider.System), () => [_resolver.Address]).AddressesAsync, _house.Gateway.Get<Challenges>(), _status, _house.Gateway.Get<AddressScopes>(), _time, NullLogger<HomeWatch>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(default);
        _watch.Dispose();
        await _house.DisposeAsync();
        await _resolver.DisposeAsync();
    }

    [Fact]
    public async Task A_router_that_leads_back_in_and_gives_the_name_away_is_no_trouble()
    {
        await LeadToAsync(_house.Front);
        await PassAsync(25);
        Assert.Equal(new HomeFacts(null, null), _status.Current.AtHome);
    }

    [Fact]
    public async Task A_router_that_leads_nowhere_is_told_after_two_looks_and_no_more_once_it_leads_back()
    {
        var nobody = new IPEndPoint(IPAddress.Loopback, 9);
        await LeadToAsync(nobody);
        await UntilAsync(h => h.NoWayBack == "From inside, 127.0.0.1:9 does not lead here; over IPv6 devices at home get in by the name all the same.");
        Lead(_house.Front);
        await UntilAsync(h => h.NoWayBack is null);
    }

    [Fact]
    public async Task The_router_s_own_page_behind_the_public_address_is_no_way_back()
    {
        await using var other = await HouseWithDoors.OpenAsync();
        await LeadToAsync(other.Front);
        await UntilAsync(h => h.NoWayBack is not null);
    }

    [Fact]
    public async Task A_resolver_that_withholds_an_address_is_told_only_when_it_cannot_be_its_memory_any_more()
    {
        _resolver.Serves((HouseWithDoors.Name, DnsType.A, "127.0.0.1"));
        await LeadToAsync(_house.Front);
        await PassAsync(40);
        Assert.Null(_status.Current.AtHome.Withheld);
        await UntilAsync(h => h.Withheld == $"This network's resolver does not give {Six} away, although the name servers of {HouseWithDoors.Name} do.");
        _resolver.Serves((HouseWithDoors.Name, DnsType.A, "127.0.0.1"), (HouseWithDoors.Name, DnsType.Aaaa, Six.ToString()));
        await UntilAsync(h => h.Withheld is null);
    }

    [Fact]
    public async Task Nobody_is_asked_while_the_name_leads_nowhere_or_by_a_tunnel_alone()
    {
        Lead(_house.Front);
        _status.Update(s => s with { Names = [Says(null, null)] });
        await _watch.StartAsync(default);
        for (var turn = 0; turn < 90; turn++) _time.Advance(HomeWatch.Doubt);
        Assert.Empty(_resolver.Questions);
        Assert.Equal(new HomeFacts(null, null), _status.Current.AtHome);
    }

    private static NameFacts Says(IPAddress? v4, IPAddress? v6) => new("name", HouseWithDoors.Name, new NameAddress(IpFamily.V4, v4, v4, true), new NameAddress(IpFamily.V6, v6, v6, true));

    /// <summary>The name leads to this door, as the router says.</summary>
    private void Lead(IPEndPoint door)
    {
        var house = _house.Status.Current;
        _status.Update(s => house with
        {
            AtHome = s.AtHome, Names = [Says(door.Address, Six)],
            Leases = [new IngressLease("portmap", IpFamily.V4, LeaseState.Granted) { Address = door.Address, Port = door.Port, Local = new IPEndPoint(IPAddress.Parse("192.168.77.10"), 443) }],
        });
    }

    private Task LeadToAsync(IPEndPoint door)
    {
        Lead(door);
        return _watch.StartAsync(default);
    }

    /// <summary>Lets turns go by, each with a moment for a look to end.</summary>
    private async Task PassAsync(int turns)
    {
        for (; turns > 0; turns--)
        {
            for (var turn = 0; turn < 20 || turn < 1000 && _resolver.Questions.IsEmpty; turn++) await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            _time.Advance(HomeWatch.Doubt);
        }
    }

    /// <summary>Lets turns go by until it is so.</summary>
    private async Task UntilAsync(Func<HomeFacts, bool> isSo)
    {
        for (var turn = 0; !isSo(_status.Current.AtHome); turn++)
        {
            Assert.True(turn < 300, $"It never was so: {_status.Current.AtHome}");
            await PassAsync(1);
        }
    }
}
