using Gateway.Host.Core;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>What is told to whom, and when, while everybody does his part.</summary>
public sealed class DnsServiceTests : NamesAtHome
{
    [Fact]
    public async Task An_address_is_published_within_two_seconds_and_asked_back()
    {
        Leases(V6());
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V6), Six), within: 2);
        await UntilAsync(() => Facts is { V6.IsTrue: true, V4.IsTrue: true, Problem: NameProblem.None, Updated: not null });
        Assert.Equal("pycon.duckdns.org leads to 2001:db8:1:1::10, and every name server says so. There is no way in over IPv4.", Facts.Words);
        Assert.Equal(new("127.0.0.1", "says 2001:db8:1:1::10"), Facts.Answers.Single());
    }

    [Fact]
    public async Task What_the_router_claims_is_confirmed_by_DuckDNS_first()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        Assert.Equal(["&ipv6=2001%3Adb8%3A1%3A1%3A%3A10", ""], Told.Select(t => t.Replace(":", "%3A", StringComparison.Ordinal)));
        Assert.Equal((Home, "DuckDNS"), (Status.Current.Seen.Single().Address, Status.Current.Seen.Single().By));
    }

    [Fact]
    public async Task What_DuckDNS_does_not_confirm_is_taken_out_again_and_the_other_family_set_anew()
    {
        Caller = Other;
        Leases(PortMap(), V6());
        await UntilAsync(() => Told.Contains("&clear=true") && Equals(Records.GetValueOrDefault(IpFamily.V6), Six) && Facts.V6.IsTrue && Facts.V4.IsTrue);
        Assert.False(Records.ContainsKey(IpFamily.V4));
        Assert.Contains("The router says 203.0.113.7, but DuckDNS sees this home as 203.0.113.8: not published.", Facts.Words, StringComparison.Ordinal);
        var told = Told.Length;
        await PassAsync(1200, step: 5);
        Assert.Equal(told, Told.Length);
    }

    [Fact]
    public async Task After_a_change_it_is_known_what_resolvers_may_remember_and_until_when()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six));
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => Six.Equals(Facts.V6.Old));
        Assert.InRange(Time.GetElapsedTime(Time.GetTimestamp(), Facts.V6.OldUntil).TotalSeconds, 55, 60);
        await UntilAsync(() => Says(OtherSix));
        await UntilAsync(() => Facts.V6.Old is null, within: 150); // seen with the look after that
    }

    [Fact]
    public async Task Without_an_owner_or_a_way_in_nobody_is_told_anything()
    {
        Status.Update(s => s with { IsClaimed = false, Leases = [V6()] });
        await UntilAsync(() => Facts.Words.StartsWith("The gateway has no owner", StringComparison.Ordinal));
        await PassAsync(10, step: 1); // what was under way when the owner went
        var asked = Servers.Questions.Count;
        await PassAsync(120, step: 1);
        Assert.Empty(Duck.Requests);
        Assert.Equal(asked, Servers.Questions.Count);
        Assert.Equal("The gateway has no owner, so nothing is published.", Facts.Words);
    }

    [Fact]
    public async Task What_an_earlier_life_left_in_the_name_is_taken_out_when_no_way_in_comes()
    {
        Records[IpFamily.V4] = Other;
        await PassAsync(20, step: 0.5);
        Assert.Empty(Told);
        await UntilAsync(() => Records.IsEmpty, within: 120); // the first look may have come before it
        await UntilAsync(() => Facts is { V4.IsTrue: true, V6.IsTrue: true });
        Assert.Equal("pycon.duckdns.org leads nowhere now. There is no way in over IPv4. There is no way in over IPv6.", Facts.Words);
    }

    [Fact]
    public async Task A_restart_tells_nobody_anything_new_and_withdraws_nothing()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        var told = Told.Length;
        await StopAsync();
        await StartAsync();
        await PassAsync(10);
        Assert.Equal(Home, Facts.V4.Wanted);
        Leases(PortMap(), V6());
        await UntilAsync(() => Facts is { V4.IsTrue: true, V6.IsTrue: true });
        await PassAsync(60, step: 1);
        Assert.Equal([""], Told.Skip(told)); // how the home is seen is asked once more
        Assert.Equal(2, Records.Count);
    }

    [Fact]
    public async Task Once_a_day_DuckDNS_is_told_although_nothing_has_changed_and_asked_how_it_sees_us()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        var told = Told.Length;
        await PassAsync(22 * 3600, step: 120);
        Assert.Equal(told, Told.Length);
        await PassAsync(4 * 3600, step: 60);
        Assert.Equal(["", "&ipv6=2001:db8:1:1::10"], Told.Skip(told).Order(StringComparer.Ordinal));
    }
}
