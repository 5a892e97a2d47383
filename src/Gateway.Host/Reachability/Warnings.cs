using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>What is not wrong yet, but will be: with a proof it makes the verdict <see cref="LedPattern.Attention"/>.</summary>
internal static class Warnings
{
    public static IReadOnlyList<Warning> Of(GatewayStatus status, IReadOnlyList<WayEvidence> ways)
    {
        var warnings = new List<Warning>();
        if (status.Transparency.Foreign is { Count: > 0 } foreign) warnings.Add(new Warning("certificate-foreign", Words(foreign, status, ways)));
        if (status.Certificate?.Problem is { } certificate) warnings.Add(new Warning("certificate", certificate)); // what is soon depends on how long it is good: whoever renews it knows
        if (status.Clock.IsSynchronised == false) warnings.Add(new Warning("clock", status.Clock.Words));
        if (status.Disk is { IsNearlyFull: true } disk) warnings.Add(new Warning("disk", disk.Words));
        if (status.Name is { Problem: not NameProblem.None } name) warnings.Add(new Warning("name", name.Words));
        if (ways.Any(w => Is(w, IpFamily.V6, EvidenceLevel.Verified)) && !ways.Any(w => Is(w, IpFamily.V4, EvidenceLevel.Believed))) // what nobody has tried has not failed
            warnings.Add(new Warning("ipv4", "Only IPv6 works: from networks that have only IPv4 nobody gets in."));
        return warnings;
    }

    /// <summary>Who, for what, since when; and what to do if that was a stranger. What to do if not, the doctor adds.</summary>
    private static string Words(IReadOnlyList<ForeignCertificate> foreign, GatewayStatus status, IReadOnlyList<WayEvidence> ways)
    {
        var newest = foreign.MaxBy(f => f.From)!;
        var relay = ways.FirstOrDefault(w => w is { IsPublished: true, Lease.IsTunnel: true })?.Lease;
        var tunnel = relay is null ? "" : $" stop using the tunnel {relay.Way}{(relay.Server.Length > 0 ? $" over {relay.Server}" : "")}, to which the name leads,";
        return $"{newest.Issuer} issued a certificate for {newest.Names}, good from {newest.From.UtcDateTime:d MMMM yyyy, HH:mm} UTC to {newest.Until.UtcDateTime:d MMMM yyyy}, whose key is not this gateway's{(foreign.Count > 1 ? $" ({foreign.Count - 1} more like it)" : "")}."
            + $" If that was not you, somebody can pose as this house and read along:{tunnel} make a new token at the provider of the name, and ask {newest.Issuer} to revoke the certificate.";
    }

    private static bool Is(WayEvidence way, IpFamily family, EvidenceLevel least) => way.Lease.Family == family && way.IsPublished && way.Level >= least;
}
