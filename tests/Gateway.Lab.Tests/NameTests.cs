using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>The name's provider and the DNS fail: that is told as what it is, never as the house's fault, and ends by itself.</summary>
public sealed class NameTests(LabHouse house) : Scenario(house)
{
    [Theory]
    [InlineData("500", "name-provider")]
    [InlineData("html", "name-provider")]
    [InlineData("down", "name-provider")]
    [InlineData("slow", "name-provider name-waiting")]
    [InlineData("blank", "name-provider name-not-taken")]
    [InlineData("stale", "name-not-taken name-provider")]
    [InlineData("other", "name-not-taken name-provider name-wrong")]
    public async Task A_provider_that_fails_is_told_from_a_closed_door_and_waited_for(string fault, string causes)
    {
        await Lab.MustAsync("bin/duckdns-fault", fault);
        await StartAsync();
        await ToldAsync("name-wrong", causes);
        Assert.Equal(0, await Lab.HttpAsync("phone", $"https://{HouseGateway.Name}/", "-k"));
        await Lab.MustAsync("bin/duckdns-fault", "none");
        await ToldAsync("verified believed", " old-address");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(15), "v4", "v6");
    }

    [Fact]
    public async Task A_provider_that_took_the_token_and_now_says_no_without_a_reason_is_asked_again()
    {
        await RememberForAMinuteAsync();
        await StartAsync();
        await AllIsWellAsync("v4", "v6");
        await Lab.MustAsync("bin/duckdns-fault", "ko");
        await Lab.MustAsync("bin/wan", "203.0.113.99");
        await ToldAsync("name-wrong", "name-provider");
        await Lab.MustAsync("bin/duckdns-fault", "none");
        await ToldAsync("believed", "old-address");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(15), "v4", "v6");
    }

    [Fact]
    public async Task A_provider_that_fails_while_nothing_changes_takes_nothing_away()
    {
        await StartAsync();
        await AllIsWellAsync("v4", "v6");
        await Lab.MustAsync("bin/duckdns-fault", "down");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(5), "v4", "v6");
        await Led.UntilAsync(Patience, "verified", "attention");
    }

    [Fact]
    public async Task A_wrong_token_is_said_and_not_hammered_and_the_right_one_ends_it()
    {
        await StartAsync(token: "not-the-token");
        await ToldAsync("name-wrong", "name-token");
        Assert.InRange((await Lab.ScriptAsync("bin/duckdns-log")).Output.Split('\n').Count(l => l.Contains("/update", StringComparison.Ordinal)), 1, 4);
        Assert.DoesNotContain("not-the-token", Gateway.Said + await Gateway.CommandAsync("doctor", "--json"), StringComparison.Ordinal);
        await Gateway.SetTokenAsync("lab-token");
        await AllIsWellAsync("v4", "v6");
    }

    [Theory]
    [InlineData("refused", "dns-blocked")]
    [InlineData("timeout", "dns-blocked")]
    [InlineData("servfail", "dns-blocked")]
    [InlineData("nxdomain", "dns-blocked dns-captive")]
    [InlineData("captive", "dns-captive")]
    public async Task DNS_that_fails_at_home_is_called_so_and_waited_for(string fault, string cause)
    {
        await Lab.MustAsync("bin/dns-fault", fault);
        await StartAsync();
        await ToldAsync("name-wrong", cause);
        await Lab.MustAsync("bin/dns-fault", "none");
        await ToldAsync("verified believed", " old-address no-vantage vantage-blind proof-old");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(15), "v4", "v6");
    }
}
