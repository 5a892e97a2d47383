using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>The ways in, straight: each proven from outside, each with a phone that switches the lamp by name.</summary>
[Collection(nameof(FirstHouse))]
public sealed class ReachedTests(LabHouse house) : Scenario(house)
{
    [Theory]
    [InlineData("all", "v4", "v6")]     // PCP
    [InlineData("natpmp", "v4", "v6")]  // PCP too, without UPnP
    [InlineData("upnp", "v4")]          // IGD 2: a mapping; its pinholes begin at port 1024, and the link of the name has one port
    [InlineData("igd1", "v4")]          // IGD 1 has mappings; miniupnpd's has pinholes too
    public async Task A_router_that_is_asked_lets_the_phone_in(string protocols, params string[] families)
    {
        await RouterSpeaksAsync(protocols);
        await StartAsync();
        await AllIsWellAsync(families);
    }

    [Theory]
    [InlineData("cgnat", "all")]          // PCP: no way out of the network, code 7
    [InlineData("double-nat", "natpmp")]  // the same without UPnP
    public async Task Over_IPv6_alone_the_phone_gets_in_and_the_LED_says_that_others_do_not(string wan, string protocols)
    {
        await Lab.MustAsync("bin/wan", wan);
        await RouterSpeaksAsync(protocols);
        await StartAsync();
        await ToldAsync("attention");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v6");
        Assert.Null(await Phone.PortAsync("v4"));
        await NamedAsync(wan);
    }

    [Fact]
    public async Task What_the_owner_opens_by_hand_is_found_when_somebody_outside_has_come_through_it()
    {
        await RouterSpeaksAsync("none");
        await Lab.MustAsync("bin/port-forward");
        await Lab.MustAsync("bin/pinhole");
        await StartAsync();
        await AllIsWellAsync("v4", "v6");
    }

    [Fact]
    public async Task What_keeps_devices_at_home_from_the_name_is_told_beside_a_house_that_is_well_until_the_router_leads_them_back()
    {
        await StartAsync();
        await AllIsWellAsync("v4", "v6");
        Assert.Equal(0, await Lab.HttpAsync("pc", "https://203.0.113.7/healthz", "-k", "-m", "2"));
        await Wait.UntilAsync(async () => (await Gateway.DoctorAsync()).Notes.Contains("home-loopback"), Patience * 2, () => "the doctor says nothing of it");
        await Lab.MustAsync("bin/hairpin", "on");
        Assert.Equal(200, await Lab.HttpAsync("pc", "https://203.0.113.7/healthz", "-k", "-m", "2"));
        await Wait.UntilAsync(async () => !(await Gateway.DoctorAsync()).Notes.Contains("home-loopback"), Patience * 2, () => "the doctor still says so");
        await ToldAsync("verified");
    }

    [Theory]
    [InlineData("refuse443")]
    [InlineData("refuse443-upnp")]
    public async Task Where_the_router_refuses_port_443_the_link_carries_another(string protocols)
    {
        await RouterSpeaksAsync(protocols);
        await StartAsync();
        await AllIsWellAsync("v4");
        Assert.NotEqual(443, await Phone.PortAsync("v4"));
    }

    [Fact]
    public async Task Nobody_s_gateway_opens_nothing_and_publishes_nothing_until_it_is_somebody_s()
    {
        await StartAsync(claim: false);
        await Led.UntilAsync(Patience, "setup");
        var six = await Lab.AddressAsync("pi");
        foreach (var door in new[] { "203.0.113.7", $"[{six}]" })
            foreach (var port in new[] { 80, 443, 1883, 8080, 8443 }) Assert.Equal(0, await Lab.HttpAsync("phone", $"{(port is 443 or 8443 ? "https" : "http")}://{door}:{port}/", "-k", "-m", "1"));
        Assert.DoesNotContain("192.168.77.10", (await Lab.OnAsync("router", "nft", "list", "ruleset")).Output.Split('\n').Where(l => l.Contains("dnat", StringComparison.Ordinal) && !l.Contains("@forwarded", StringComparison.Ordinal)));
        Assert.DoesNotContain("/update", (await Lab.ScriptAsync("bin/duckdns-log")).Output, StringComparison.Ordinal);
        await Gateway.ClaimAsync();
        await AllIsWellAsync("v4", "v6");
    }

    [Fact]
    public async Task A_liar_at_home_changes_nothing_that_is_published_and_talks_the_gateway_into_nothing()
    {
        // Whatever the gateway might be talked into goes to somebody else than the router, on one of these ports.
        await Lab.OnAsync("pi", "nft", "table inet watch { chain out { type filter hook output priority 0; ip daddr != { 192.168.77.1, 224.0.0.0/4 } meta l4proto { tcp, udp } th dport { 1900, 5000, 5351 } counter; }; }");
        var log = Path.Combine(Lab.Folder, "liar.log");
        using var liar = Lab.Start("pc", Lab.PathOf("bin/liar"), log);
        try
        {
            await Wait.UntilAsync(async () => await Lab.HttpAsync("pc", "http://192.168.77.20:5000/") == 200, Patience, () => "the liar does not lie");
            await File.WriteAllTextAsync(log, "");
            await StartAsync();
            await AllIsWellAsync("v4", "v6");
            await Lab.MustAsync("services/router", "restart", "upnp"); // in what it forgets, the liar has its chance
            await RouterSpeaksAsync("upnp");
            await Phone.GetsInAsync(Patience, "v4");
            Assert.Equal("", await File.ReadAllTextAsync(log));
            Assert.Contains("counter packets 0", (await Lab.OnAsync("pi", "nft", "list", "table", "inet", "watch")).Output, StringComparison.Ordinal);
            Assert.DoesNotContain("192.0.2.99", (await Lab.ScriptAsync("bin/duckdns-log")).Output, StringComparison.Ordinal);
        }
        finally
        {
            liar.Kill(entireProcessTree: true);
            await Lab.OnAsync("pi", "nft", "delete", "table", "inet", "watch");
        }
    }
}
