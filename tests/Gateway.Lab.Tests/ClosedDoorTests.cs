namespace Gateway.Lab.Tests;

/// <summary>Homes that cannot be reached over IPv4: the LED says so, the doctor says why, and the phone gets in as soon as there is a way.</summary>
public sealed class ClosedDoorTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task A_router_that_speaks_no_protocol_lets_in_when_its_owner_opens_it_by_hand_later()
    {
        await RememberForAMinuteAsync();
        await RouterSpeaksAsync("none");
        await StartAsync();
        await ToldAsync("unreachable", "router-no-protocol router-closed");
        await NamedAsync("router-no-protocol");
        Assert.False(await Phone.TriesAsync("v4", 443));
        await Lab.MustAsync("bin/port-forward");
        // Whoever looks finds out within its ten seconds. The IPv6 address, where nobody gets in, is taken out of the name, and has to be forgotten everywhere.
        await ToldAsync("believed", "old-address", Promised);
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v4");
        await Led.UntilAsync(TimeSpan.FromSeconds(90), "verified");
        await AllIsWellAsync("v4");
    }

    [Theory]
    [InlineData("cgnat", "igd1")]   // honest: "ActionFailed", and no address; only who stands behind it tells why
    [InlineData("cgnat", "naive")]  // it takes the mapping for good, and opens a pinhole
    [InlineData("double-nat", "igd1")]
    [InlineData("double-nat", "naive")]
    public async Task A_mapping_behind_another_NAT_is_no_way_in_and_becomes_one_when_the_NAT_is_gone(string wan, string protocols)
    {
        await Lab.MustAsync("bin/wan", wan);
        await RouterSpeaksAsync(protocols);
        await StartAsync();
        await Led.UntilAsync(Patience, protocols == "naive" ? "attention" : "unreachable");
        await NamedAsync(wan);
        if (protocols == "naive") await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v6");
        Assert.Null(await Phone.PortAsync("v4"));
        await Lab.MustAsync("bin/wan", "public");
        await RouterSpeaksAsync("all");
        await Phone.GetsInAsync(Patience, "v4", "v6");
    }
}
