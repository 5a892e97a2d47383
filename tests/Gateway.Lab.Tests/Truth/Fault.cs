namespace Gateway.Lab.Tests.Truth;

/// <summary>Something that goes wrong in the house or around it, and is mended again.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Group">Faults of one group cannot happen at the same time.</param>
/// <param name="Kills">The families over which nobody gets in while it lasts, such as <c>v4 v6</c>; empty: it takes nothing away by itself.</param>
/// <param name="Causes">The doctor's codes that name it, as cause or note; <c>""</c>: that nothing is wrong is right too.</param>
/// <param name="MakeAsync">Makes it.</param>
/// <param name="HealAsync">Mends it.</param>
public sealed record Fault(string Name, string Group, string Kills, IReadOnlyList<string> Causes, Func<TruthHouse, Task> MakeAsync, Func<TruthHouse, Task> HealAsync)
{
    /// <summary>What the name servers should answer while it lasts, of an address that moves: the family and how the address begins. Moving there and back, old addresses stay in memories for a minute.</summary>
    public (string Family, string There, string Back)? Moves { get; init; }

    /// <summary>Whether a proof is not to be had although the phone gets in.</summary>
    public bool Blinds { get; init; }
}

/// <summary>All that is known to go wrong.</summary>
public static class Faults
{
    private const string First = "198.51.100.70", Second = "192.0.2.70";

    private static readonly string[] NoTunnel = ["tunnel-server", "tunnel-dead", "tunnel-failed"], NoProof = ["own-tunnel", "vantage-blind", "no-vantage", "proof-old"];

    private static readonly string[] NoWay = ["no-internet", "no-outside-address", "router-forgot", "dns-blocked", "no-link", "no-route", "no-address"];

    /// <summary>One a line.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        Script("another WAN address", "wan", "v4", ["", "old-address", "name-wrong", "name-waiting"], "bin/wan 203.0.113.99", "bin/wan public") with { Moves = ("v4", "203.0.113.99", "203.0.113.7") },
        Script("another prefix", "prefix", "", ["", "old-address", "name-wrong", "name-waiting"], "bin/prefix second", "bin/prefix first") with { Moves = ("v6", "2001:db8:2:", "2001:db8:1:") },
        Script("another prefix, without a word", "prefix", "v6", ["", "old-address", "name-wrong", "name-waiting"], "bin/prefix second flash", "bin/prefix first flash") with { Moves = ("v6", "2001:db8:2:", "2001:db8:1:") },
        Script("CGNAT", "wan", "v4", ["cgnat", "address-differs"], "bin/wan cgnat", "bin/wan public") with { Moves = ("v4", "-", "203.0.113.7") },
        Script("double NAT", "wan", "v4", ["double-nat", "address-differs"], "bin/double-nat on", "bin/double-nat off") with { Moves = ("v4", "-", "203.0.113.7") },
        Script("the router reboots", "lines", "v4 v6", [.. NoWay, "router-no-protocol", ""], "bin/router-reboot 20", ""),
        Script("the router speaks no protocol", "router", "v4 v6", ["router-no-protocol", "router-closed"], "services/router restart none", "services/router restart all"),
        Script("the router speaks IGD 1 alone", "router", "v6", ["router-no-protocol", "router-closed", ""], "services/router restart igd1", "services/router restart all"),
        Script("the router forgets its mappings", "router", "", ["", "old-address"], "services/router restart upnp", "services/router restart all"),
        Script("the router closes the door without a word", "door", "v4 v6", ["contradicted", "router-closed"], "bin/closed-door on", "bin/closed-door off"),
        Script("the provider's line is cut", "lines", "v4 v6", NoWay, "bin/link isp uplink down", "bin/link isp uplink up"),
        Script("the router's line is cut", "lines", "v4 v6", NoWay, "bin/link router wan down", "bin/link router wan up"),
        Script("the line swallows everything", "lines", "v4 v6", NoWay, "bin/loss router wan 100", "bin/loss router wan 0"),
        Script("the gateway's cable is out", "lines", "v4 v6", ["no-link"], "bin/link router lan-pi down", "bin/link router lan-pi up"),
        .. new[] { "refused", "timeout", "servfail", "nxdomain", "captive" }.Select(m => Script($"DNS at home: {m}", "dns", "", ["", "dns-blocked", "dns-captive"], $"bin/dns-fault {m}", "bin/dns-fault none")),
        .. new[] { "ko", "500", "html", "slow", "down", "blank", "stale", "other" }.Select(m => Script($"DuckDNS: {m}", "duckdns", "", ["", "name", "name-token", "name-provider", "name-not-taken", "name-wrong"], $"bin/duckdns-fault {m}", "bin/duckdns-fault none")),
        new("the process is killed", "process", "v4 v6", ["not running"], h => h.Gateway.KillAsync(), h => h.Gateway.RunAsync()),
        new("the process is stopped", "process", "v4 v6", ["not running"], h => h.Gateway.SignalAsync("STOP"), h => h.Gateway.SignalAsync("CONT")),
        new("the clock is not known to be right", "clock", "", ["clock"], h => Task.Run(() => File.Delete(h.Gateway.Clock)), h => File.WriteAllTextAsync(h.Gateway.Clock, "")) { Blinds = true },
        new("a liar at home", "liar", "", [""], h => h.LiarAsync(true), h => h.LiarAsync(false)),
        Script("the relay's line is cut", "vantage", "", ["vantage-blind", "no-vantage", "proof-old"], "bin/link internet relay down", "bin/link internet relay up") with { Blinds = true },
    ];

    /// <summary>
    /// Of a home behind its provider's NAT with two relays. The first relay is the way in that is wanted more and the only one that can prove the second one's, and the other way round:
    /// while either is gone nothing is proven. A public address is a better way in than either, and both can prove it.
    /// </summary>
    public static IReadOnlyList<Fault> OfTunnels { get; } =
    [
        Script("the first relay starts again", "relay", "v4 v6", ["", .. NoTunnel], "bin/relay relay restart", ""),
        Script("the first relay is gone", "relay", "v4 v6", [.. NoTunnel, .. NoProof], "bin/relay relay stop", "bin/relay relay ordinary") with { Moves = ("v4", Second, First), Blinds = true },
        Script("the first relay stands still", "relay", "v4 v6", [.. NoTunnel, .. NoProof], "bin/relay relay freeze", "bin/relay relay thaw") with { Moves = ("v4", Second, First), Blinds = true },
        Script("the first relay's line is cut", "relay", "v4 v6", [.. NoTunnel, .. NoProof], "bin/link internet relay down", "bin/link internet relay up") with { Moves = ("v4", Second, First), Blinds = true },
        Script("the second relay starts again", "relay2", "", ["", .. NoTunnel, .. NoProof], "bin/relay relay2 restart", ""),
        Script("the second relay is gone", "relay2", "", [.. NoTunnel, .. NoProof], "bin/relay relay2 stop", "bin/relay relay2 ordinary") with { Blinds = true },
        Script("the second relay stands still", "relay2", "", [.. NoTunnel, .. NoProof], "bin/relay relay2 freeze", "bin/relay relay2 thaw") with { Blinds = true },
        Script("a public address is found, and lost", "wan", "v4 v6", ["", "old-address", "name-wrong", "name-waiting"], "bin/wan public", "bin/wan cgnat") with { Moves = ("v4", "203.0.113.7", First) },
        Script("a public address is found behind a closed door, and lost", "wan", "v4 v6", ["", "contradicted", "old-address", "name-wrong", "name-waiting"], "bin/closed-door on; bin/wan public", "bin/wan cgnat; bin/closed-door off"),
        .. All.Where(f => f.Name is "the router reboots" or "the provider's line is cut" or "the process is killed" or "DNS at home: timeout" or "DuckDNS: down"), // what a tunnel's connection feels, or the name that has to follow
    ];

    private static Fault Script(string name, string group, string kills, IReadOnlyList<string> causes, string make, string heal) => new(name, group, kills, causes, h => RunAsync(h, make), h => RunAsync(h, heal));

    private static Task RunAsync(TruthHouse house, string lines) => house.Lab.MustAllAsync(lines.Split("; ", StringSplitOptions.RemoveEmptyEntries));
}
