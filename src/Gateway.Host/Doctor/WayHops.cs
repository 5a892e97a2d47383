using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>
/// The other four hops, along one way in: router, provider, name and phone. A fresh proof from outside has passed them all,
/// so it stands above what any of them says by itself.
/// </summary>
internal sealed class WayHops(GatewayStatus status, IngressLease? way, AddressScopes scopes, TimeProvider time)
{
    private readonly WayEvidence? _evidence = status.Report.Of(way);
    private readonly NameFacts? _name = status.Name;

    /// <summary>Whether somebody outside got in through this way a moment ago, and the verdict claims that the house can be reached.</summary>
    public bool IsProven => HasProof && !HasPassed(status.Report.GoodUntil);

    /// <summary>Whether somebody outside got in through this way a moment ago, wherever the name leads.</summary>
    private bool HasProof => _evidence is { Level: EvidenceLevel.Verified, IsContradicted: false } && !HasPassed(_evidence.GoodUntil);

    /// <summary>Whether the name leads to this way, or should.</summary>
    public bool IsPublished => _evidence?.IsPublished == true || (way is { Address: not null } && _name is not null && Equals(_name[way.Family].Published, way.Address));

    public Hop Router()
    {
        Hop Of(HopState state, string words, Cause? cause = null) => new(HopKind.Router, state, words) { Cause = cause, From = way?.Method is { Length: > 0 } method ? method : "this gateway" };
        if (way is null) return Of(HopState.Unknown, "No way in has been tried yet.", status.Report.Pattern == LedPattern.Starting ? null : Causes.NoWay);
        string Or(string usual) => way.Words.Length > 0 ? way.Words : usual;
        if (IsProven) return Of(HopState.Ok, Or("It lets visitors in."));
        if (way.IsTunnel) return Causes.OfTunnel(way.Problem) is { } ofTunnel ? Of(way.State == LeaseState.Granted ? HopState.Unknown : HopState.Broken, Or(ofTunnel.Title + "."), ofTunnel) : Of(way.IsOpen || way.Link.Length > 0 ? HopState.Ok : HopState.Unknown, Or("The tunnel is being set up."));
        if (way.IsOpen && way.State == LeaseState.Granted) return Of(HopState.Ok, Or($"It leads {Outside()} to this gateway."));
        if (way.Problem is IngressProblem.SharedAddress or IngressProblem.NoOutsideAddress) return Of(HopState.Ok, "It answers and would open a port.");
        var cause = OfRouter(way.Problem);
        if (way.State == LeaseState.Candidate)
        {
            if (_evidence is { IsContradicted: false, Level: >= EvidenceLevel.Acknowledged }) return Of(HopState.Ok, Or("Somebody has come through it."));
            if (!IsContradicted && (cause is null || status.Report.Pattern != LedPattern.Unreachable))
                return Of(HopState.Unknown, Or("It may let visitors in; nobody who could know has said so."), way.Family == IpFamily.V4 ? cause : null);
            cause = way.Interface.Length > 0 ? Causes.InterfaceClosed : way.Family == IpFamily.V6 ? Causes.RouterClosed : cause ?? Causes.RouterNoProtocol;
        }
        // While the internet is away a router that starts anew looks like one that refuses.
        if (status.Internet.Answers is false && way.Problem is IngressProblem.None or IngressProblem.NoProtocol or IngressProblem.RouterFailed or IngressProblem.Lost)
            return Of(HopState.Unknown, "What it opens cannot be told while the internet is away.");
        if (cause is not null) return Of(HopState.Broken, Or(cause.Title + "."), cause);
        return way.State switch
        {
            LeaseState.Refused => Of(HopState.Broken, Or("It refuses."), Causes.RouterFailed),
            LeaseState.Asking => Of(HopState.Unknown, Or("It has been asked to let visitors in, and has not answered yet.")),
            _ => Of(HopState.Unknown, Or("It has not been asked.")),
        };
    }

    public Hop Provider()
    {
        Hop Of(HopState state, string words, Cause? cause = null, string from = "this gateway") => new(HopKind.Provider, state, words) { Cause = cause, From = from, Details = Seen() };
        if (IsProven) return Of(HopState.Ok, way!.Address is { } proven ? $"The world reaches this home at {proven}." : status.Internet.Words);
        if (_name?.Problem == NameProblem.Captive) return Of(HopState.Broken, _name.Words, Causes.DnsCaptive, "the resolvers of this network");
        if (status.Internet.Answers is false) return Of(HopState.Broken, status.Internet.Words, Causes.NoInternet);
        if (_name?.Problem == NameProblem.NoWayOut) return Of(HopState.Broken, _name.Words, Causes.DnsBlocked, "the resolvers of this network");
        if (way?.Problem == IngressProblem.SharedAddress || way?.Address is { } own && scopes.Of(own) == AddressScope.Shared)
        {
            var words = way!.Address is { } address && !scopes.IsPublic(address) ? $"Your provider shares one address among many homes (CGNAT: {address} is not public)." : way.Words;
            return Of(HopState.Broken, words.Length > 0 ? words : $"{Causes.Cgnat.Title}.", Causes.Cgnat, "the router");
        }
        if (way?.Problem == IngressProblem.NoOutsideAddress) return Of(HopState.Broken, way.Words.Length > 0 ? way.Words : "The router has no outside address now.", Causes.NoOutsideAddress, "the router");
        if (IsContradicted && way is { Family: IpFamily.V4, Address: { } said } && NewestSeen(IpFamily.V4) is { } seen && !seen.Address.Equals(said))
            return Of(HopState.Broken, $"The router says that this home is {said}, but {seen.By} saw it as {seen.Address}.", Causes.AddressDiffers, seen.By) with { At = seen.At };
        if (status.Internet.Answers is null) return Of(HopState.Unknown, status.Internet.Words);
        return Of(HopState.Ok, way?.Address is { } at && scopes.IsPublic(at) ? $"The internet answers, and {at} is an address that the world knows." : status.Internet.Words);
    }

    public Hop Name()
    {
        if (_name is null) return new Hop(HopKind.Name, HopState.Unknown, "No name is set.");
        var family = way?.Family ?? IpFamily.V4;
        var record = _name[family];
        var cannotBeAsked = _name.Problem is NameProblem.Captive or NameProblem.NoWayOut;
        string[] details = [.. Words(_name.Words), .. _name.Answers.Select(a => $"{a.Key}: {a.Value}")];
        Hop Of(HopState state, string words, Cause? cause = null) => new(HopKind.Name, state, words) { Cause = cause, At = _name.Updated, From = "its name servers", Details = details };
        if ((Wrong(record) ?? Wrong(Other(family))) is { } wrong) return Of(HopState.Broken, $"{wrong} {_name.Words}".TrimEnd(), (cannotBeAsked ? null : Causes.Of(_name.Problem)) ?? Causes.NameWrong);
        // Whoever got in by the address says nothing of what others hear when they ask for the name, of either family.
        if ((Remembered(record) ?? (IsProven ? Remembered(Other(family)) : null)) is { } remembered) return Of(HopState.Unknown, remembered, Causes.OldAddress);
        if (IsProven && status.Report.Pattern == LedPattern.Believed && (!record.IsKnown || !Other(family).IsKnown))
            return Of(HopState.Unknown, $"Where {_name.Name} leads cannot be told now. {_name.Words}".TrimEnd(), Causes.Of(_name.Problem) ?? Causes.NameWaiting);
        if (IsProven || record is { IsTrue: true, Published: not null }) return Of(HopState.Ok, $"{_name.Name} leads to {record.Published ?? way!.Address}.");
        if (cannotBeAsked) return Of(HopState.Unknown, $"Where {_name.Name} leads cannot be told.");
        if (Causes.Of(_name.Problem) is { } trouble) return Of(HopState.Broken, _name.Words, trouble);
        if (record.Wanted is not { } wanted) return Of(HopState.Unknown, $"{_name.Name} carries no {family.Words()} address, for none would lead here.");
        if (!record.IsKnown) return Of(HopState.Unknown, $"{_name.Name} is to lead to {wanted}; its name servers are being asked.", Causes.NameWaiting);
        return Of(HopState.Broken, $"{_name.Name} leads nowhere; it should lead to {wanted}.", Causes.NameWrong);
    }

    /// <summary>A family under which the name is known to lead astray, in words: half of all visitors end there, whatever the other family does.</summary>
    private string? Wrong(NameAddress record) => record is { IsKnown: true, IsTrue: false, Published: { } wrong }
        ? $"{_name!.Name} leads to {wrong}{(record.Wanted is { } wanted ? $" instead of {wanted}" : ", where nobody is let in now")}." : null;

    /// <summary>An address that resolvers may still answer from memory, in words.</summary>
    private string? Remembered(NameAddress record) => record is { IsTrue: true, Old: { } old } && !HasPassed(record.OldUntil)
        ? $"{_name!.Name} leads {(record.Published is { } published ? $"to {published}" : "nowhere")} over {record.Family.Words()}. Some may still hear {old}, for at most {Seconds(record.OldUntil)}." : null;

    private NameAddress Other(IpFamily family) => _name![family == IpFamily.V4 ? IpFamily.V6 : IpFamily.V4];

    public Hop Phone()
    {
        var looks = Looks();
        Hop Of(Observation? look, HopState state, string words, Cause? cause = null) => new(HopKind.Phone, state, words)
        {
            Cause = cause, At = look?.StartedAt, From = look?.Vantage ?? "nobody", Details = [.. looks.DistinctBy(l => l.Vantage, StringComparer.Ordinal).Where(l => l.Vantage != look?.Vantage).Select(l => $"{l.Vantage}: {l.Words}")],
        };
        var failed = looks.FirstOrDefault(l => l.Outcome == ProbeOutcome.Failed);
        if (HasProof)
        {
            var proof = looks.FirstOrDefault(l => l is { Outcome: ProbeOutcome.Reached, IsOwnTunnel: false });
            return Of(proof, HopState.Ok, proof is null ? "Somebody outside got in a moment ago." : $"{proof.Vantage} got in from outside.");
        }
        if (IsContradicted) return Of(failed, HopState.Broken, failed?.Words ?? _evidence!.Words, failed?.Step == "key" ? Causes.OtherGateway : Causes.Contradicted);
        if (looks.FirstOrDefault(l => l is { Outcome: ProbeOutcome.Reached, IsOwnTunnel: true }) is { } weak) return Of(weak, HopState.Unknown, weak.Words, Causes.OwnTunnel);
        if (looks.FirstOrDefault(l => l.Outcome == ProbeOutcome.Reached) is { } past) return Of(past, HopState.Unknown, $"{past.Vantage} got in, but that is too long ago to say so now.", Causes.ProofOld);
        if (failed is not null) return Of(failed, HopState.Unknown, failed.Words, Causes.ProofOld);
        if (looks.Count > 0) return Of(looks[0], HopState.Unknown, looks[0].Words, Causes.VantageBlind);
        if (status.Report.Ways.FirstOrDefault(w => w is { Level: EvidenceLevel.Verified, IsPublished: true } && w.Lease.Family != way?.Family && !HasPassed(w.GoodUntil)) is { } other)
            return Of(null, HopState.Unknown, $"Over {other.Lease.Family.Words()} somebody outside got in. Over {way!.Family.Words()} nobody has looked.", Causes.HalfProven);
        return Of(null, HopState.Unknown, "Nobody outside has looked.", Causes.NoVantage);
    }

    private bool IsContradicted => _evidence?.IsContradicted == true;

    /// <summary>Looks at this way as it is now, the newest first. What comes round through the own router is no look from outside.</summary>
    private List<Observation> Looks() =>
        [.. status.Observations.Where(o => o.Kind != VantageKind.Hairpin && o.Target.IsOf(way)).OrderByDescending(o => o.Started)];

    private SeenAddress? NewestSeen(IpFamily family) => status.Seen.Where(s => s.Family == family).MaxBy(s => s.Timestamp);

    private string[] Seen() => [.. status.Seen.OrderByDescending(s => s.Timestamp).Select(s => $"{s.By} saw this home as {s.Address}.")];

    private string Outside() => way!.Address is { } address ? new IPEndPoint(address, way.Port).ToString() : "the outside";

    private bool HasPassed(long? timestamp) => timestamp is { } t && time.GetTimestamp() >= t;

    private string Seconds(long until) => $"{Math.Ceiling(time.Until(until).TotalSeconds):0} seconds";

    private static string[] Words(string words) => words.Length > 0 ? [words] : [];

    private static Cause? OfRouter(IngressProblem problem) => problem switch
    {
        IngressProblem.NoProtocol => Causes.RouterNoProtocol,
        IngressProblem.NotAuthorised => Causes.RouterRefused,
        IngressProblem.PortTaken => Causes.PortTaken,
        IngressProblem.DoubleNat => Causes.DoubleNat,
        IngressProblem.Liar => Causes.RouterLiar,
        IngressProblem.RouterFailed => Causes.RouterFailed,
        IngressProblem.Lost => Causes.RouterForgot,
        IngressProblem.NoInterface => Causes.NoInterface,
        _ => null,
    };
}
