using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>What is not wrong yet, but will be: with a proof it makes the verdict <see cref="LedPattern.Attention"/>.</summary>
internal static class Warnings
{
    private static readonly TimeSpan CertificateEndsSoon = TimeSpan.FromDays(3);

    public static IReadOnlyList<Warning> Of(GatewayStatus status, IReadOnlyList<WayEvidence> ways, Moment now)
    {
        var warnings = new List<Warning>();
        if (status.Certificate is { } certificate)
        {
            if (certificate.Problem is { } problem) warnings.Add(new Warning("certificate", problem));
            else if (status.Clock.IsSynchronised == true && certificate.Expires - now.At < CertificateEndsSoon) warnings.Add(new Warning("certificate", $"The certificate ends on {certificate.Expires:d MMMM yyyy, HH:mm} UTC."));
        }
        if (status.Clock.IsSynchronised == false) warnings.Add(new Warning("clock", status.Clock.Words));
        if (status.Disk is { IsNearlyFull: true } disk) warnings.Add(new Warning("disk", disk.Words));
        if (status.Name is { Problem: not NameProblem.None } name) warnings.Add(new Warning("name", name.Words));
        if (ways.Any(w => Is(w, IpFamily.V6, EvidenceLevel.Verified)) && !ways.Any(w => Is(w, IpFamily.V4, EvidenceLevel.Believed))) // what nobody has tried has not failed
            warnings.Add(new Warning("ipv4", "Only IPv6 works: from networks that have only IPv4 nobody gets in."));
        return warnings;
    }

    private static bool Is(WayEvidence way, IpFamily family, EvidenceLevel least) => way.Lease.Family == family && way.IsPublished && way.Level >= least;
}
