namespace Gateway.Lab.Tests;

/// <summary>Homes that cannot be reached over IPv4: the LED says so, the doctor says why, and the phone gets in as soon as there is a way.</summary>
public sealed class ClosedDoorTests(LabHouse house) : Scenario(house)
{
    [Theory]
    [InlineData("cgnat")]
    [InlineData("double-nat")]
    public async Task A_mapping_behind_another_NAT_is_no_way_in_and_becomes_one_when_the_NAT_is_gone(string wan)
    {
        await Lab.MustAsync("bin/wan", wan);
        await RouterSpeaksAsync("naive"); // it takes the mapping for good, and opens a pinhole
        await StartAsync();
        await ToldAsync("attention");
        Assert.Contains(wan, (await Gateway.DoctorAsync()).Notes);
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v6");
        Assert.Null(await Phone.PortAsync("v4"));
        await Lab.MustAsync("bin/wan", "public");
        await RouterSpeaksAsync("all");
        await Phone.GetsInAsync(Patience, "v4", "v6");
    }
}
