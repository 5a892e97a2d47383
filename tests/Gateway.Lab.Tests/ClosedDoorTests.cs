namespace Gateway.Lab.Tests;

/// <summary>Homes that cannot be reached over IPv4: the LED says so, the doctor says why, and the phone gets in as soon as there is a way.</summary>
public sealed class ClosedDoorTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task A_router_that_speaks_no_protocol_lets_in_when_its_owner_opens_it_by_hand()
    {
        await RouterSpeaksAsync("none");
        await StartAsync();
        await ToldAsync("unreachable", "router-no-protocol router-closed");
        Assert.False(await Phone.TriesAsync("v4", 443));
        await Lab.MustAsync("bin/port-forward");
        await AllIsWellAsync("v4");
    }

    [Theory]
    [InlineData("cgnat", "igd1", "cgnat")]
    [InlineData("cgnat", "naive", "cgnat")]
    [InlineData("double-nat", "igd1", "double-nat")]
    [InlineData("double-nat", "naive", "double-nat")]
    public async Task A_mapping_behind_another_NAT_is_no_way_in_and_becomes_one_when_the_NAT_is_gone(string wan, string protocols, string cause)
    {
        await Lab.MustAsync("bin/wan", wan);
        await RouterSpeaksAsync(protocols);
        await StartAsync();
        if (protocols == "naive")
        {
            // It takes the mapping for good, and opens a pinhole.
            await ToldAsync("attention");
            Assert.Contains(cause, (await Gateway.DoctorAsync()).Notes);
            await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v6");
        }
        else await ToldAsync("unreachable", cause);
        Assert.Null(await Phone.PortAsync("v4"));
        await Lab.MustAsync("bin/wan", "public");
        await RouterSpeaksAsync("all");
        await Phone.GetsInAsync(Patience, "v4", "v6");
    }
}
