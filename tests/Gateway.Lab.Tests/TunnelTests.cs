using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A home that nobody can reach straight: its provider shares one IPv4 address among many, and there is no IPv6.</summary>
public sealed class TunnelTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task From_behind_a_provider_s_NAT_a_relay_brings_the_phone_in_and_another_one_proves_it()
    {
        await Lab.MustAsync("services/acme", "start");
        await StartBehindNatAsync(HouseGateway.WithTunnels + HouseGateway.WithAuthority);
        await AllIsWellAsync("v4", "v6");
        await UntilIssuedAsync();
        await TrustedAsync("-4 -6", HouseGateway.Name);
        Assert.Equal(443, await Phone.PortAsync("v4"));
        Assert.Equal("198.51.100.70", (await Lab.OnAsync("phone", "dig", "+short", HouseGateway.Name)).Output);
        var said = await Gateway.CommandAsync("doctor");
        Assert.Equal(0, said.Code);
        Assert.Contains("relay2.example got in from outside.", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relay_that_starts_again_freezes_or_goes_is_seen_at_once_and_the_second_takes_over()
    {
        await StartBehindNatAsync();
        await AllIsWellAsync("v4");
        await Lab.MustAsync("bin/relay", "relay", "restart");
        await Phone.GetsInAsync(Promised, "v4");
        await AllIsWellAsync("v4");

        await Lab.MustAsync("bin/relay", "relay", "freeze");
        await Led.UntilAsync(Promised, "believed", "unreachable", "name-wrong");
        await Wait.UntilAsync(async () => await Phone.PortAsync("v4") == 8443, Patience, () => "the second relay does not take over");
        await Phone.GetsInAsync(Promised, "v4");
        await Led.UntilAsync(Promised, "believed");    // the other relay is frozen, and the one that is the tunnel proves little
    }

    [Theory]
    [InlineData("loopback", "tunnel-loopback")]
    [InlineData("stranger", "tunnel-stranger")]
    [InlineData("stop", "tunnel-server")]
    [InlineData("forbids", "tunnel-port")]
    public async Task What_is_wrong_with_a_relay_is_named(string wrong, string cause)
    {
        await Lab.MustAsync("bin/relay", "relay", wrong);
        await StartBehindNatAsync(HouseGateway.WithTunnels.Replace(", \"ssh.second\"", "", StringComparison.Ordinal));
        await Led.UntilAsync(Patience, "unreachable", "name-wrong");
        await NamedAsync(cause);
    }

    [Fact]
    public async Task A_relay_that_reads_along_is_contradicted_within_a_minute_and_left()
    {
        await StartBehindNatAsync();
        await AllIsWellAsync("v4");
        await Lab.MustAsync("bin/relay", "relay", "reads");
        await Led.UntilAsync(TimeSpan.FromSeconds(60), "unreachable", "believed");
        await Wait.UntilAsync(async () => await Phone.PortAsync("v4") == 8443, Patience, () => "the reading relay is not left");
        await NamedAsync("other-gateway");
        await Phone.GetsInAsync(Promised, "v4");
    }

    [Fact]
    public async Task A_port_that_is_taken_on_the_relay_makes_the_link_carry_another()
    {
        await Lab.MustAsync("bin/relay", "relay", "busy");
        await StartBehindNatAsync();
        await AllIsWellAsync("v4");
        Assert.Equal(8443, await Phone.PortAsync("v4"));
    }

    [Fact]
    public async Task When_the_direct_way_is_lost_the_tunnel_takes_over_under_the_same_name_and_gives_back_when_it_is_proven_again()
    {
        await RememberForAMinuteAsync();
        await Lab.MustAsync("bin/ipv6", "off");
        await StartAsync(toml: HouseGateway.WithTunnels);
        await AllIsWellAsync("v4");
        Assert.Equal("203.0.113.7", await NameAsync());
        await Lab.MustAsync("bin/closed-door", "on");
        await Wait.UntilAsync(async () => await NameAsync() == "198.51.100.70", TimeSpan.FromSeconds(45), () => "the name does not follow");
        await Phone.GetsInAsync(Promised, "v4");
        await Led.UntilAsync(Patience, "believed");    // some may remember the old address for a minute
        await Lab.MustAsync("bin/closed-door", "off");
        await Wait.UntilAsync(async () => await NameAsync() == "203.0.113.7", TimeSpan.FromMinutes(2), () => "the name does not come back");
        await Phone.GetsInAsync(Promised, "v4");
    }

    [Fact]
    public async Task With_a_key_of_the_gateway_s_own_the_relay_lets_it_in_once_its_line_is_there()
    {
        var authorized = Path.Combine(Lab.Folder, "ssh", "authorized_keys");
        var before = await File.ReadAllTextAsync(authorized);
        try
        {
            await StartBehindNatAsync("""
                [vantage]
                control = ["https://198.51.100.130", "https://[2001:db8:f:30::130]"]
                [ingress]
                order = ["ipv6", "portmap", "ssh.first"]
                [ingress.ssh.first]
                host = "relay.example"
                user = "tunnel"
                known-hosts = "@LAB@/ssh/known_hosts"
                [ingress.ssh.eye]
                host = "relay2.example"
                user = "tunnel"
                known-hosts = "@LAB@/ssh/known_hosts"
                """);
            await Led.UntilAsync(Patience, "unreachable", "name-wrong");
            await NamedAsync("tunnel-key");
            var lines = await Gateway.CommandAsync("tunnel", "key");
            Assert.Equal(0, lines.Code);
            Assert.DoesNotContain("PRIVATE", lines.Output, StringComparison.Ordinal);
            await File.AppendAllTextAsync(authorized, lines.Output + "\n");
            await Gateway.KillAsync(); // what somebody has to mend is tried again after ten minutes
            await Gateway.RunAsync();
            await AllIsWellAsync("v4");
            Assert.Equal(443, await Phone.PortAsync("v4"));
            Assert.Equal(lines.Output, (await Gateway.CommandAsync("tunnel", "key")).Output);
        }
        finally { await File.WriteAllTextAsync(authorized, before); }
    }

    private async Task<string> NameAsync() => (await Lab.OnAsync("dns", "dig", "+short", "@198.51.100.131", HouseGateway.Name)).Output;
}
