using System.Runtime.InteropServices;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>A moment, on the clock that nobody sets and on the one that people read.</summary>
/// <param name="Timestamp">A <see cref="TimeProvider.GetTimestamp"/> value.</param>
/// <param name="Frequency">Its ticks a second.</param>
/// <param name="At">For people.</param>
/// <param name="Born">The timestamp at which this process began to look.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Moment(long Timestamp, long Frequency, DateTimeOffset At, long Born)
{
    public static Moment Of(TimeProvider time, long born) => new(time.GetTimestamp(), time.TimestampFrequency, time.GetUtcNow(), born);

    public TimeSpan Since(long timestamp) => TimeSpan.FromSeconds((Timestamp - timestamp) / (double)Frequency);

    public long After(long timestamp, TimeSpan span) => timestamp + (long)(span.TotalSeconds * Frequency);

    /// <summary>Seconds until then, not below 0.</summary>
    public double Left(long timestamp) => Math.Max(0, Math.Round(-Since(timestamp).TotalSeconds, 1));

    public long In(TimeSpan span) => After(Timestamp, span);
}

/// <summary>What is known of each way in: pure functions of the facts.</summary>
internal static class Evidence
{
    /// <summary>A failed look is remembered so long while nothing newer is known: a vantage that has gone blind does not open the door again.</summary>
    public static readonly TimeSpan ContradictionStands = TimeSpan.FromMinutes(10);

    /// <summary>What a vantage has to look at for this lease; null when there is nothing to dial, no name, no key.</summary>
    public static ProbeTarget? Target(IngressLease lease, GatewayStatus status, AddressScopes scopes) =>
        lease.IsOpen && lease.Address is { } address && scopes.IsPublic(address) && status.Name is { } name && status.Certificate is { } certificate
            ? new ProbeTarget(lease.Way, lease.Family, address, lease.Port, name.Name, lease.Epoch, certificate.KeyFingerprint) : null;

    /// <summary>All of them; none while nobody owns the gateway.</summary>
    public static IReadOnlyList<ProbeTarget> Targets(GatewayStatus status, AddressScopes scopes) =>
        status.IsClaimed ? [.. status.Leases.Select(l => Target(l, status, scopes)).OfType<ProbeTarget>().Distinct()] : [];

    /// <summary>Whether the name is known to lead to this lease.</summary>
    public static bool IsPublished(IngressLease lease, GatewayStatus status) => status.Name?[lease.Family] is { IsKnown: true } name && lease.Address?.Equals(name.Published) == true;

    /// <summary>Puts a new observation in and leaves out what counts no more: other targets', and of each vantage and target all but the two newest, the newest that got in and the newest that failed.</summary>
    public static IReadOnlyList<Observation> With(GatewayStatus status, Observation? add, AddressScopes scopes)
    {
        var targets = Targets(status, scopes);
        return [.. status.Observations.Concat(add is null ? [] : [add]).Where(o => targets.Contains(o.Target)).GroupBy(o => (o.Vantage, o.Target))
            .SelectMany(g => g.OrderByDescending(o => o.Started).ToArray() is var all
                ? all.Where((o, i) => i < 2 || o == all.FirstOrDefault(a => a.Outcome == ProbeOutcome.Reached) || o == all.FirstOrDefault(a => a.Outcome == ProbeOutcome.Failed)) : [])
            .OrderByDescending(o => o.Started)];
    }

    /// <summary>How sure we are of one way in.</summary>
    public static WayEvidence Of(IngressLease lease, GatewayStatus status, Moment now, AddressScopes scopes)
    {
        if (!lease.IsOpen) return new WayEvidence(lease, lease.State == LeaseState.Asking ? EvidenceLevel.Configured : EvidenceLevel.None, false, false, null, lease.Words);
        if (!scopes.IsPublic(lease.Address!)) return new WayEvidence(lease, lease.State == LeaseState.Granted ? EvidenceLevel.Acknowledged : EvidenceLevel.Configured, false, false, null,
            lease.Words.Length > 0 ? lease.Words : $"{lease.Address} is not an address of the public internet.");

        var published = IsPublished(lease, status);
        var target = Target(lease, status, scopes);
        // Round through a tunnel a look goes out into the internet and comes in again: that another key answers there says much, all else is for others to say.
        Seen[] seen = [.. status.Observations.Where(o => o.Target == target).GroupBy(o => o.Vantage, StringComparer.Ordinal).Select(g => new Seen([.. g.OrderByDescending(o => o.Started)], published, now))];
        var proof = Proof(seen);
        var against = seen.Where(s => s.Contradicts).MaxBy(s => s.Conclusive!.Started)?.Conclusive;
        if (proof is not null)
        {
            var words = $"{proof.Vantage} got in." + (against is null ? "" : $" {against.Vantage} could not: {against.Words}");
            return new WayEvidence(lease, EvidenceLevel.Verified, published, false, now.After(proof.Started, VantagePace.Of(proof.Kind, published).ProofLifetime), words);
        }
        // What nobody has granted is only held once somebody has come through it.
        var held = lease.State == LeaseState.Granted || seen.Any(s => s.HasReached);
        var level = !held ? EvidenceLevel.Configured : published && against is null ? EvidenceLevel.Believed : EvidenceLevel.Acknowledged;
        if (against is not null) return new WayEvidence(lease, level, published, true, now.After(against.Started, ContradictionStands), $"{against.Vantage} could not get in: {against.Words}");
        return new WayEvidence(lease, level, published, false, null, Unproven(lease, held, seen));
    }

    /// <summary>The proof that stands longest. One's own vantage outweighs others both ways: theirs counts only while it does not say no; its own counts whatever they say.</summary>
    private static Observation? Proof(Seen[] seen)
    {
        var own = seen.Where(s => s.IsOwn).ToArray();
        var ownProof = own.Select(s => s.Proof).OfType<Observation>().MaxBy(o => o.Started);
        if (ownProof is not null || own.Any(s => s.Contradicts)) return ownProof;
        return seen.Select(s => s.Proof).OfType<Observation>().MaxBy(o => o.Started);
    }

    private static string Unproven(IngressLease lease, bool held, Seen[] seen)
    {
        var words = lease.Words.Length > 0 ? lease.Words + " " : "";
        if (seen.Any(s => s.HasReached && s.Newest.Kind == VantageKind.Hairpin)) return words + "This gateway itself gets round through it; nobody elsewhere has looked.";
        if (seen.Any(s => s.HasReached && s.Newest.IsOwnTunnel)) return words + "The tunnel's own server got through, which proves little: nobody else has looked.";
        if (seen.Where(s => s.Newest.Kind != VantageKind.Hairpin).MaxBy(s => s.Newest.Started) is { Newest: { Outcome: ProbeOutcome.Unknown } blind }) return words + $"{blind.Vantage} cannot look now: {blind.Words}";
        return words + (held ? "Nobody outside has proven it lately." : "Nobody has said that it works, and nobody outside has come through it.");
    }

    /// <summary>What one vantage has seen of one target, the newest first.</summary>
    private sealed class Seen(IReadOnlyList<Observation> all, bool isPublished, Moment now)
    {
        public Observation Newest => all[0];

        public bool IsOwn => Newest.Kind == VantageKind.Ssh;

        public bool HasReached => all.Any(o => o.Outcome == ProbeOutcome.Reached);

        private static bool Counts(Observation look) => look.Kind != VantageKind.Hairpin || look.Step == "key";

        /// <summary>The newest that says anything.</summary>
        public Observation? Conclusive => all.FirstOrDefault(o => o.Outcome != ProbeOutcome.Unknown);

        public bool Contradicts => Conclusive is { Outcome: ProbeOutcome.Failed } failed && Counts(failed) && now.Since(failed.Started) < ContradictionStands;

        /// <summary>One failed look does not end a proof that still stands; two in a row do.</summary>
        public Observation? Proof => all.Take(2).Count(o => o.Outcome == ProbeOutcome.Failed) < 2
            ? all.FirstOrDefault(o => o.Outcome == ProbeOutcome.Reached && !o.IsOwnTunnel && now.Since(o.Started) < VantagePace.Of(o.Kind, isPublished).ProofLifetime) : null;
    }
}
