using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A home that nobody can reach straight, and ways in other than ssh: with the real programs where Debian has them.</summary>
public sealed class TunnelKindTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task From_behind_a_provider_s_NAT_without_IPv6_the_phone_gets_in_over_Teredo()
    {
        await Lab.MustAsync("services/teredo", "start");
        await StartBehindNatAsync("""
            [ingress]
            order = ["ipv6", "portmap", "teredo"]
            [ingress.teredo]
            interface = "teredo"
            """);
        await NamedAsync("no-interface");
        await Lab.MustAsync("services/teredo", "client");
        await ToldAsync("attention"); // proven, and nobody gets in who has IPv4 alone
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v6");
        Assert.StartsWith("2001:0:c633:64c2:", (await Lab.OnAsync("phone", "dig", "+short", "AAAA", HouseGateway.Name)).Output, StringComparison.Ordinal);
    }

    private async Task StartBehindNatAsync(string ways)
    {
        await Lab.MustAsync("bin/wan", "cgnat");
        await Lab.MustAsync("bin/ipv6", "off");
        await StartAsync(toml: HouseGateway.WithVantage.Replace("[ingress]\norder = [\"ipv6\", \"portmap\"]", ways, StringComparison.Ordinal));
    }
}
