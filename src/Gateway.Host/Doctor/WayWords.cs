using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>A way in, in words.</summary>
internal static class WayWords
{
    public static string Title(IngressLease lease) => (lease.Way, lease.Family) switch
    {
        ("teredo", _) => "Over Teredo (IPv6)",
        ("ipv6", _) when lease.Interface.Length > 0 => $"Over IPv6 by the interface {lease.Interface}",
        ("ipv6", _) => "Straight over IPv6",
        ("portmap", IpFamily.V4) => "Through a port of the router (IPv4)",
        ("portmap", _) => "Through the router's firewall (IPv6)",
        ("lend", _) => $"Through a friend's gateway ({lease.Family.Words()})",
        _ when lease.IsTunnel => $"Through the tunnel {lease.Way} ({lease.Family.Words()})",
        var (way, family) => $"{way} ({family.Words()})",
    };

    /// <summary>What leads where, how far it has come, and what was found.</summary>
    public static IEnumerable<string> Facts(IngressLease lease, DoorView door, WayEvidence? evidence)
    {
        if (door is { Inside: { } inside, Outside: { } outside } && inside != outside) yield return $"{inside} here is {outside} outside.";
        var by = lease.Method.Length > 0 ? $" by {lease.Method}" : "";
        string[] states =
        [
            lease.State switch
            {
                LeaseState.Absent => "Not to be had here",
                LeaseState.Asking => "Asked for",
                LeaseState.Candidate => "Perhaps open",
                LeaseState.Granted => "Granted" + by,
                LeaseState.Refused => "Refused" + by,
                _ => "Not known yet",
            },
            door.Level == "verified" ? "proven from outside" : "",
            door.Published ? "in the name" : "",
            door.Contradicted ? "contradicted from outside" : "",
        ];
        yield return string.Join(", ", states.Where(s => s.Length > 0)) + ".";
        var proof = evidence?.Words ?? "";
        if (lease.Words.Length > 0 && !proof.Contains(lease.Words, StringComparison.Ordinal)) yield return lease.Words;
        if (proof.Length > 0) yield return proof;
    }
}
