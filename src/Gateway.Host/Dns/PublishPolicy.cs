using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>
/// Decides which address of each family the names say: that of the first way in, in the owner's order, that holds. A pure function of the plan before and the status;
/// docs/decisions/080 says why.
/// </summary>
internal static class PublishPolicy
{
    /// <summary>A way in that is gone for less than this leaves its address in the name: a router that starts again, a network that is plugged in elsewhere.</summary>
    public static readonly TimeSpan ShortLoss = TimeSpan.FromSeconds(20);

    /// <summary>What nobody has acknowledged is published first after this time, in which something better may come.</summary>
    public static readonly TimeSpan BeforeCandidates = TimeSpan.FromSeconds(3);

    /// <summary>The same while a better way in is still being asked for.</summary>
    public static readonly TimeSpan BeforeCandidatesWhileAsking = TimeSpan.FromSeconds(12);

    /// <summary>A way in waits so long for one that is wanted more and has not answered yet, such as a tunnel for the one before it, while nothing is published.</summary>
    public static readonly TimeSpan BeforeLesser = TimeSpan.FromSeconds(6);

    /// <summary>What the names should say now.</summary>
    public static PublishPlan Next(PublishPlan before, GatewayStatus status, AddressScopes scopes, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var plan = before with { IsOn = status.IsClaimed, Doors = before.Doors.With(status, before.Wanted), LookAgainIn = null, SecondSince = null };
        var view = new View(plan, status, scopes);
        var claimed = view.Claim();
        var claim = claimed is null ? null : ClaimOf(claimed, before, now);
        var ((v4, wait4), (v6, wait6)) = (view.FirstThatHolds(IpFamily.V4, time, now), view.FirstThatHolds(IpFamily.V6, time, now));
        plan = plan with { Unconfirmed = claim, CandidatesSince = null, LesserSince = null };
        foreach (var wait in new[] { wait4, wait6 }) if (wait is { } back) plan = LookAgain(plan, back);
        if (before.Wanted == default && (v4 is not null && view.IsAskedBefore(v4) || v6 is not null && view.IsAskedBefore(v6)))
        {
            plan = plan with { LesserSince = before.LesserSince ?? now };
            var left = BeforeLesser - time.GetElapsedTime(plan.LesserSince.Value, now);
            if (left > TimeSpan.Zero) (plan, v4, v6) = (LookAgain(plan, left), v4 is not null && view.IsAskedBefore(v4) ? null : v4, v6 is not null && view.IsAskedBefore(v6) ? null : v6);
        }
        if (v4 is null && v6 is null && (view.FirstCandidate(IpFamily.V4), view.FirstCandidate(IpFamily.V6)) is var (c4, c6) && (c4 ?? c6) is not null)
        {
            plan = plan with { CandidatesSince = before.CandidatesSince ?? now };
            var left = (view.IsStillAsking || claim is not null && !view.IsDenied(claim) ? BeforeCandidatesWhileAsking : BeforeCandidates) - time.GetElapsedTime(plan.CandidatesSince.Value, now);
            if (left > TimeSpan.Zero) plan = LookAgain(plan, left);
            (v4, v6) = (Due(c4, before.V4), Due(c6, before.V6));
            // A way in that was published and has another address now need not wait.
            IngressLease? Due(IngressLease? candidate, FamilyPlan was) => candidate is not null && (left <= TimeSpan.Zero || was.Address is not null && (was.Way == candidate.Way || was.Address.Equals(candidate.Address))) ? candidate : null;
        }
        plan = Decide(plan, before, IpFamily.V4, v4, view, time, now);
        // A link carries one port. What nearly everybody has decides: who has IPv6 alone mostly gets to IPv4 through a translator (RFC 6146).
        // As long as the port of IPv4 is not known, IPv6 waits for it: its address would stay in memories for a minute.
        if (v6 is not null && (plan.V4.Address, before.V4.Address, before.V6.Address) is (null, null, null)
            && (claim is null ? v6.Port == SecondPort.Port && view.IsStillAsking : claimed!.Port != v6.Port && !view.IsDenied(claim)))
        {
            plan = plan with { SecondSince = before.SecondSince ?? now };
            var left = BeforeCandidatesWhileAsking - time.GetElapsedTime(plan.SecondSince.Value, now);
            if (left > TimeSpan.Zero) return Decide(LookAgain(plan, left), before, IpFamily.V6, null, view, time, now, $"{v6.Address} lets the world in at port {v6.Port} alone; it is not known yet at which IPv4 does.");
        }
        var strayed = v6 is not null && plan.V4 is { Address: not null, Port: > 0 } four && v6.Port != four.Port
            ? $"{v6.Address} lets the world in at port {v6.Port} alone, and the link of the name leads to port {four.Port}: not published." : null;
        return Decide(plan, before, IpFamily.V6, strayed is null ? v6 : null, view, time, now, strayed);
    }

    /// <summary>The claim as it stood, or a new one. Where one had been confirmed until now, what observers say already is what took the confirmation away.</summary>
    private static Claim ClaimOf(IngressLease lease, PublishPlan before, long now) => before.Unconfirmed is { } c && Equals(c.Address, lease.Address) && c.Epoch == lease.Epoch ? c
        : new Claim(lease.Address, lease.Epoch, before.V4.NeedsObserver && Equals(before.V4.Address, lease.Address) ? long.MinValue : now);

    /// <summary>Takes the lease that was chosen, or holds on for a little to an address whose way in is gone.</summary>
    private static PublishPlan Decide(PublishPlan plan, PublishPlan before, IpFamily family, IngressLease? chosen, View view, TimeProvider time, long now, string? why = null)
    {
        var was = before[family];
        var next = chosen is null ? new FamilyPlan(null, why ?? view.WhyNothing(family, plan.Unconfirmed))
            : new FamilyPlan(chosen.Address, $"{chosen.Address} by {chosen.Way}.") { Way = chosen.Way, Port = chosen.Port, NeedsObserver = view.IsRoutersClaim(chosen) };
        var isLost = was.Address is not null && !was.Address.Equals(chosen?.Address) && chosen?.Way != was.Way && !view.IsDecidedAgainst(was.Address, plan.Unconfirmed)
            && !(chosen is not null && view.IsBefore(chosen, was.Way));
        if (isLost)
        {
            // While nothing gets out nobody could be told, and the way in has had no chance to come back.
            var since = view.IsCutOff ? now : was.LostAt ?? now;
            var left = ShortLoss - time.GetElapsedTime(since, now);
            if (left > TimeSpan.Zero)
            {
                next = was with { LostAt = since, Words = $"{was.Address}, whose way in is gone for a moment." };
                plan = LookAgain(plan, left);
            }
        }
        if (was.Way.Length > 0 && next.Way.Length > 0 && next.Way != was.Way && !view.IsBefore(chosen!, was.Way)) plan = plan with { Returns = plan.Returns.With(was.Way, family, time, now) };
        return family == IpFamily.V4 ? plan with { V4 = next } : plan with { V6 = next };
    }

    private static PublishPlan LookAgain(PublishPlan plan, TimeSpan left) => plan with { LookAgainIn = plan.LookAgainIn is { } earlier && earlier < left ? earlier : left };

    /// <summary>The status, with the questions that the rules ask of it.</summary>
    private sealed class View(PublishPlan plan, GatewayStatus status, AddressScopes scopes)
    {
        public bool IsCutOff => status.Network.Routes.Count == 0 || status.Internet.Answers == false;

        public bool IsStillAsking => status.Leases.Any(l => l.State is LeaseState.Unknown or LeaseState.Asking);

        /// <summary>The first that holds and has not just failed; of those that have, the first where there is no other. And after how long one that comes back may be the first again.</summary>
        public (IngressLease? Lease, TimeSpan? Wait) FirstThatHolds(IpFamily family, TimeProvider time, long now)
        {
            var holds = Usable(family).Where(l => (l.State == LeaseState.Granted || plan.Doors.At(l)?.IsProven == true) && IsConfirmed(l)).ToArray();
            TimeSpan Left(IngressLease lease) => lease.Way == plan[family].Way ? TimeSpan.Zero : plan.Returns.Left(lease, plan.Doors.At(lease), time, now);
            var chosen = Array.Find(holds, l => Left(l) <= TimeSpan.Zero) ?? holds.FirstOrDefault();
            return (chosen, holds.TakeWhile(l => l != chosen).Select(l => (TimeSpan?)Left(l)).Min());
        }

        /// <summary>Whether one that is wanted more is being asked for and has met no trouble yet.</summary>
        public bool IsAskedBefore(IngressLease lease) => status.Leases.TakeWhile(l => l != lease).Any(l => l is { State: LeaseState.Unknown or LeaseState.Asking, Problem: IngressProblem.None } && l.Way != lease.Way);

        public IngressLease? FirstCandidate(IpFamily family) => Usable(family).FirstOrDefault(l => l.State == LeaseState.Candidate && IsConfirmed(l));

        /// <summary>The first IPv4 lease that lacks nothing but an observer's word, if it is before any that holds; or one that cannot know its address before somebody has told.</summary>
        public IngressLease? Claim() => Usable(IpFamily.V4).TakeWhile(l => l.State == LeaseState.Candidate || !IsConfirmed(l)).FirstOrDefault(l => !IsConfirmed(l))
            ?? (plan.IsOn && !status.Seen.Any(s => s.Family == IpFamily.V4) ? status.Leases.FirstOrDefault(l => l is { Family: IpFamily.V4, State: LeaseState.Candidate, Address: null }) : null);

        /// <summary>Whether the owner prefers a lease to that other way, which is not taken again then when it comes back.</summary>
        public bool IsBefore(IngressLease lease, string way) => status.Leases.SkipWhile(l => l != lease).Any(l => l.Way == way);

        public bool IsDenied(Claim claim) => Deniers(claim).Any();

        /// <summary>A lease still offers this address, and it is kept out by a rule, not by a loss.</summary>
        public bool IsDecidedAgainst(IPAddress address, Claim? claim) =>
            status.Leases.Any(l => l.IsOpen && address.Equals(l.Address)) && !(claim is not null && address.Equals(claim.Address) && !IsDenied(claim));

        /// <summary>Whether the router alone says that this is our address. It may err, and anybody at home can speak in its name. Our own addresses the kernel knows; a tunnel's end was told over its own secured line.</summary>
        public bool IsRoutersClaim(IngressLease lease) => lease.Family == IpFamily.V4 && !lease.IsTunnel
            && !status.Network.Interfaces.Any(i => i.Addresses.Any(a => a.Address.Equals(lease.Address)));

        public string WhyNothing(IpFamily family, Claim? claim)
        {
            if (!plan.IsOn) return "The gateway has no owner, so nothing is published.";
            if (family == IpFamily.V4 && claim?.Address is not null)
            {
                return Deniers(claim).FirstOrDefault() is { } denier ? $"The router says {claim.Address}, but {denier.By} sees this home as {denier.Address}: not published."
                    : $"The router says {claim.Address}; nobody outside has confirmed that yet.";
            }
            var open = status.Leases.Where(l => l.Family == family && l.IsOpen).ToArray();
            if (open.FirstOrDefault(l => plan.Doors.At(l)?.IsContradicted == true) is { } closed) return $"{closed.Address} cannot be reached from outside, so it is not published.";
            if (open.FirstOrDefault(l => !scopes.IsPublic(l.Address!)) is { } inner) return $"{inner.Address} is no address of the public internet, so it is not published.";
            return open.Length > 0 ? $"Nobody has confirmed that {open[0].Address} lets anybody in, and there is a better way." : $"There is no way in over {family.Words()}.";
        }

        private IEnumerable<IngressLease> Usable(IpFamily family) => !plan.IsOn ? []
            : status.Leases.Where(l => l.Family == family && l.IsOpen && scopes.IsPublic(l.Address!) && plan.Doors.At(l)?.IsContradicted != true);

        private bool IsConfirmed(IngressLease lease) => !IsRoutersClaim(lease) || plan.Doors.At(lease)?.Reached is not null
            || status.Seen.Any(s => s.Family == IpFamily.V4 && s.Address.Equals(lease.Address));

        private IEnumerable<SeenAddress> Deniers(Claim claim) => status.Seen.Where(s => s.Family == IpFamily.V4 && s.Timestamp >= claim.Since && claim.Address is not null && !s.Address.Equals(claim.Address));
    }
}
