using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A house that was reached, is lost and comes back by itself; nobody touches the gateway.</summary>
public sealed class LostAndFoundTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task Cables_are_pulled_and_the_router_starts_anew()
    {
        await StartAsync();
        await AllIsWellAsync("v4", "v6");

        await Lab.MustAsync("bin/link", "isp", "uplink", "down");
        await ToldAsync("no-internet", "no-internet", Promised);
        await Lab.MustAsync("bin/link", "isp", "uplink", "up");
        await AllIsWellAsync("v4", "v6");

        await Lab.MustAsync("bin/link", "router", "lan-pi", "down");
        await ToldAsyncFromOutside("no-network");
        await Lab.MustAsync("bin/link", "router", "lan-pi", "up");
        await AllIsWellAsync("v4", "v6");

        await Lab.MustAsync("bin/router-reboot", "3");
        await AllIsWellAsync("v4", "v6");
    }

    [Fact]
    public async Task An_address_that_changes_is_published_at_once_and_proven_when_the_world_has_forgotten_the_old_one()
    {
        await RememberForAMinuteAsync();
        await StartAsync();
        await AllIsWellAsync("v4", "v6");
        await Lab.MustAsync("bin/wan", "203.0.113.99");
        await PublishedAsync("A", "203.0.113.99");
        await ToldAsync("believed", "old-address");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(15), "v4", "v6");
    }

    [Theory]
    [InlineData("")]
    [InlineData("flash")]
    public async Task A_prefix_that_changes_is_published_at_once(string how)
    {
        await RememberForAMinuteAsync();
        await StartAsync();
        await AllIsWellAsync("v4", "v6");
        await Lab.MustAsync("bin/prefix", ["second", .. how.Length > 0 ? [how] : Array.Empty<string>()]);
        await PublishedAsync("AAAA", "2001:db8:2:1:");
        await ToldAsync("believed", "old-address");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(15), "v6", "v4");
    }

    [Fact]
    public async Task A_process_that_is_stopped_or_killed_is_dark_and_comes_back()
    {
        await StartAsync();
        await AllIsWellAsync("v4");

        await Gateway.SignalAsync("STOP");
        await Led.UntilAsync(Promised + TimeSpan.FromSeconds(4), "off"); // darkness is known as such after 3.4 s
        await Gateway.SignalAsync("CONT");
        await AllIsWellAsync("v4");

        await Gateway.KillAsync();
        await Led.UntilAsync(Promised + TimeSpan.FromSeconds(4), "off");
        await Gateway.RunAsync();
        await AllIsWellAsync("v4", "v6");
    }

    [Fact]
    public async Task Without_a_clock_that_is_known_to_be_right_the_house_is_reached_but_not_called_proven()
    {
        await StartAsync(clock: false);
        await ToldAsync("believed", "clock");
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v4", "v6");
        await File.WriteAllTextAsync(Gateway.Clock, "");
        await AllIsWellAsync("v4", "v6");
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_never_the_reason_for_a_proof()
    {
        // 1999, until the file says otherwise. Only what people read: timers run by a clock that nobody sets.
        var clock = Path.Combine(Lab.Folder, "clock");
        await File.WriteAllTextAsync(clock, "@1999-12-31 12:00:00");
        await StartAsync(clock: false, environment: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LD_PRELOAD"] = Directory.GetDirectories("/usr/lib", "*-linux-gnu*").Select(d => d + "/faketime/libfaketimeMT.so.1").First(File.Exists),
            ["FAKETIME_TIMESTAMP_FILE"] = clock, ["FAKETIME_NO_CACHE"] = "1", ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        });
        await ToldAsync("name-wrong", "clock"); // who serves the name cannot prove to be it, so it is not told where this house is
        Assert.DoesNotContain(Led.Spans(), s => LedPatterns.SaysProven(s.Pattern));
        await File.WriteAllTextAsync(clock, "+0");
        await File.WriteAllTextAsync(Gateway.Clock, "");
        await AllIsWellAsync("v4", "v6");
    }

    /// <summary>What the name servers answer begins with this, within ten seconds: discovery, provider and all.</summary>
    private async Task PublishedAsync(string kind, string start)
    {
        var answer = "";
        await Wait.UntilAsync(async () => (answer = (await Lab.OnAsync("dns", "dig", "+short", "@198.51.100.131", HouseGateway.Name, kind)).Output).StartsWith(start, StringComparison.Ordinal),
            TimeSpan.FromSeconds(10), () => $"{kind} is {answer}, not {start}");
    }

    /// <summary>While the cable is out nobody can ask the doctor but on the machine itself.</summary>
    private async Task ToldAsyncFromOutside(string pattern)
    {
        await Led.UntilAsync(Promised, pattern);
        var said = await Gateway.CommandAsync("doctor", "--json");
        Assert.Equal(1, said.Code);
        Assert.Contains("\"no-link\"", said.Output, StringComparison.Ordinal);
    }
}
