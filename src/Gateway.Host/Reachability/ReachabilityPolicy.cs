using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// Makes the verdict: a pure function of the facts and the moment. Causes come before their consequences: without a network nothing is said about the name,
/// without the name nothing about the door. A claim stands only on what is true of every family that the name publishes.
/// </summary>
internal static class ReachabilityPolicy
{
    /// <summary>A claim ends by itself so soon when nobody makes it anew.</summary>
    public static readonly TimeSpan ClaimStands = TimeSpan.FromSeconds(12);

    /// <summary>So long after the start, what is not known yet is not called wrong.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static readonly IpFamily[] Families = [IpFamily.V4, IpFamily.V6];

    public static ReachabilityReport Judge(GatewayStatus status, Moment now, AddressScopes scopes)
    {
        IReadOnlyList<WayEvidence> ways = [.. status.Leases.Select(l => Evidence.Of(l, status, now, scopes))];
        var (pattern, words, until) = Verdict(status, ways, now);
        var warnings = Warnings.Of(status, ways);
        if (pattern == LedPattern.Verified && warnings.Count > 0) (pattern, words) = (LedPattern.Attention, $"{words} {warnings[0].Words}");
        return new ReachabilityReport(pattern, words, now.At, now.Timestamp, pattern.IsClaim() ? Math.Min(until ?? long.MaxValue, now.In(ClaimStands)) : now.Timestamp,
            pattern == status.Report.Pattern && status.Report.Made > 0 ? status.Report.Since : now.At, ways, warnings);
    }

    private static (LedPattern Pattern, string Words, long? Until) Verdict(GatewayStatus status, IReadOnlyList<WayEvidence> ways, Moment now)
    {
        if (!status.IsClaimed) return (LedPattern.Setup, "This gateway waits for its owner: open its page and enter the claim code." + (NoNetwork(status.Network) is { } cut ? " " + cut : ""), null);
        if (status.Name is not { } name) return (LedPattern.Setup, "No name is set yet under which this gateway could be found ([name] in gateway.toml).", null);
        if (NoNetwork(status.Network) is { } noNetwork) return (LedPattern.NoNetwork, noNetwork, null);
        if (status.Internet.Answers == false) return (LedPattern.NoInternet, status.Internet.Words, null);
        var isYoung = now.Since(now.Born) < Grace;
        if (isYoung && status.Report.Pattern == LedPattern.Starting && IsUndecided(status, name)) return (LedPattern.Starting, "The gateway is looking for ways in and asking what its name says.", null);

        if (OfName(name, ways) is { } wrong) return (wrong.Pattern, wrong.Words, null);
        if (status.Certificate is null) return (LedPattern.Unreachable, "Nothing is served over HTTPS (http.listen in gateway.toml).", null);
        return OfDoors(status, name, ways, now, isYoung);
    }

    /// <summary>No link or no address; null when there is both, or nobody has asked the kernel yet.</summary>
    private static string? NoNetwork(NetworkFacts network)
    {
        if (ReferenceEquals(network, NetworkFacts.Unknown)) return null;
        if (!network.HasLink) return "No network: no cable is plugged in and no Wi-Fi is joined.";
        return network.Interfaces.Any(i => i.IsUp && i.Addresses.Any(a => !a.Address.IsIPv6LinkLocal && !a.Address.IsSelfAssigned() && (a.Flags & (AddressFlags.Tentative | AddressFlags.DadFailed)) == AddressFlags.None))
            ? null : "The network is there, but no router gave this gateway an address.";
    }

    /// <summary>Somebody is still being asked, and nothing speaks for or against.</summary>
    private static bool IsUndecided(GatewayStatus status, NameFacts name) =>
        status.Leases.Count == 0 || status.Leases.Any(l => l.State is LeaseState.Unknown or LeaseState.Asking) || Families.Any(f => !name[f].IsKnown) && name.Problem == NameProblem.None;

    /// <summary>What keeps the name from leading here; null when it does.</summary>
    private static (LedPattern Pattern, string Words)? OfName(NameFacts name, IReadOnlyList<WayEvidence> ways)
    {
        foreach (var family in Families)
        {
            if (name[family] is { IsKnown: true, Published: { } published } address && !published.Equals(address.Wanted))
                return (LedPattern.NameWrong, $"{name.Name} leads to {published}, which is {(address.Wanted is null ? "no way in here" : $"not this home's {address.Wanted}")}. {name.Words}".TrimEnd());
        }
        if (Families.Any(f => name[f] is { IsKnown: true, Published: not null })) return null;
        if (name.Problem != NameProblem.None) return (LedPattern.NameWrong, name.Words);
        if (ways.Any(w => w is { Level: >= EvidenceLevel.Acknowledged, IsContradicted: false })) return (LedPattern.NameWrong, $"{name.Name} does not lead here yet. {name.Words}".TrimEnd());
        return (LedPattern.Unreachable, NoWay(ways));
    }

    /// <summary>The name leads here: do the doors that it leads to open?</summary>
    private static (LedPattern Pattern, string Words, long? Until) OfDoors(GatewayStatus status, NameFacts name, IReadOnlyList<WayEvidence> ways, Moment now, bool isYoung)
    {
        var (until, proven, unproven) = (long.MaxValue, new List<string>(), new List<string>());
        foreach (var family in Families.Where(f => name[f] is { IsKnown: true, Published: not null }))
        {
            var doors = ways.Where(w => w.IsPublished && w.Lease.Family == family).ToArray();
            if (doors.MaxBy(w => (w.Level, w.GoodUntil)) is not { Level: >= EvidenceLevel.Believed } best)
            {
                var isOpen = doors.Any(w => !w.IsContradicted);
                if (isYoung && isOpen && status.Report.Pattern == LedPattern.Starting) return (LedPattern.Starting, "The gateway waits for somebody outside to look.", null);
                return (LedPattern.Unreachable, doors.Length == 0 ? $"{name.Name} leads to {name[family].Published}, where no way in holds. {NoWay(ways.Where(w => w.Lease.Family == family))}"
                    : $"Over {family.Words()} nobody gets in. {doors.MaxBy(w => w.IsContradicted)!.Words}", null);
            }
            if (best.Level == EvidenceLevel.Verified)
            {
                until = Math.Min(until, best.GoodUntil!.Value);
                proven.Add(best.Words);
            }
            else unproven.Add($"{family.Words()}: {best.Words}");
        }
        if (unproven.Count > 0) return (LedPattern.Believed, (proven.Count > 0 ? $"Only a part is proven: {string.Join(' ', proven)} The rest looks right, but nobody outside has proven it." : "Everything looks right, but nobody outside has proven it.") + $" {string.Join(' ', unproven)}", null);
        if (Unsure(status, name, now) is { } unsure) return (LedPattern.Believed, unsure, null);
        return (LedPattern.Verified, $"{name.Name} can be reached. {string.Join(' ', proven.Distinct(StringComparer.Ordinal))}", until);
    }

    /// <summary>Why it is not called verified although every published address is proven.</summary>
    private static string? Unsure(GatewayStatus status, NameFacts name, Moment now)
    {
        if (status.Clock.IsSynchronised != true) return "An outside check got in, but the clock is not set, so nothing is called proven. " + status.Clock.Words;
        foreach (var family in Families)
        {
            if (name[family] is { Old: { } old } address && address.OldUntil > now.Timestamp) return $"An outside check got in. Some places may still remember the old address {old} for a while.";
            if (!name[family].IsKnown) return $"An outside check got in, but it is not known what {name.Name} says over {family.Words()}. {name.Words}".TrimEnd();
        }
        return null;
    }

    private static string NoWay(IEnumerable<WayEvidence> ways) =>
        ways.Where(w => w.IsContradicted || w.Lease.Problem != IngressProblem.None).OrderByDescending(w => w.IsContradicted).Select(w => w.Words).FirstOrDefault(w => w.Length > 0)
        ?? ways.Select(w => w.Words).FirstOrDefault(w => w.Length > 0) ?? "No way in was found.";
}
