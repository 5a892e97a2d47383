using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>What is not wrong yet, but will be: with a proof it makes the verdict <see cref="LedPattern.Attention"/>.</summary>
internal static class Warnings
{
    public static IReadOnlyList<Warning> Of(GatewayStatus status, IReadOnlyList<WayEvidence> ways)
    {
        var warnings = new List<Warning>();
        if (status.Certificate?.Problem is { } certificate) warnings.Add(new Warning("certificate", certificate)); // what is soon depends on how long it is good: whoever renews it knows
        if (status.Clock.IsSynchronised == false) warnings.Add(new Warning("clock", status.Clock.Words));
        if (status.Disk is { IsNearlyFull: true } disk) warnings.Add(new Warning("disk", disk.Words));
        if (status.Name is { Problem: not NameProblem.None } name) warnings.Add(new Warning("name", name.Words));
        if (ways.Any(w => Is(w, IpFamily.V6, EvidenceLevel.Verified)) && !ways.Any(w => Is(w, IpFamily.V4, EvidenceLevel.Believed))) // what nobody has tried has not failed
            warnings.Add(new Warning("ipv4", "Only IPv6 works: from networks that have only IPv4 nobody gets in."));
        return warnings;
    }

    private static bool Is(WayEvidence way, IpFamily family, EvidenceLevel least) => way.Lease.Family == family && way.IsPublished && way.Level >= least;
}
