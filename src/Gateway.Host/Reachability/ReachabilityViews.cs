using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>All that is known about being reached, as the API tells it. Seconds count from now: how old, or how long still good.</summary>
internal sealed record ReachabilityView(
    string Pattern, string Words, DateTimeOffset At, DateTimeOffset Since, double GoodFor, IReadOnlyList<WarningView> Warnings,
    IReadOnlyList<WayView> Ways, IReadOnlyList<NameView> Names, IReadOnlyList<ObservationView> Observations, IReadOnlyList<VantageView> Vantages,
    IReadOnlyList<SeenView> Seen, FactView Clock, FactView Internet, FactView? Disk, CertificateView? Certificate, IReadOnlyList<InterfaceView> Network, IReadOnlyList<HistoryEntry> History)
{
    public static ReachabilityView Of(GatewayStatus status, Moment now, IReadOnlyList<IVantage> vantages, IReadOnlyList<HistoryEntry> history)
    {
        var report = status.Report;
        return new ReachabilityView(report.Pattern.ApiName(), report.Words, report.At, report.Since, report.IsClaim ? now.Left(report.GoodUntil) : 0, [.. report.Warnings.Select(w => new WarningView(w.Topic, w.Words))],
            [.. report.Ways.Select(w => WayView.Of(w, now))], [.. status.Names.Select(n => NameView.Of(n, now))], [.. status.Observations.Select(o => ObservationView.Of(o, now))],
            [.. vantages.Select(v => new VantageView(v.Name, Lower(v.Kind), VantagePace.Of(v.Kind, isPublished: true).Interval.TotalSeconds))],
            [.. status.Seen.Select(s => new SeenView(Lower(s.Family), s.Address.ToString(), s.By, s.At))],
            new FactView(status.Clock.IsSynchronised, status.Clock.Words), new FactView(status.Internet.Answers, status.Internet.Words),
            status.Disk is { } disk ? new FactView(!disk.IsNearlyFull, disk.Words) : null, status.Certificate is { } c ? new CertificateView(c.KeyFingerprint, c.IsSelfSigned, c.Expires, c.Problem) : null,
            [.. status.Network.Interfaces.Select(i => new InterfaceView(i.Name, i.IsUp, [.. i.Addresses.Select(a => $"{a.Address}/{a.PrefixLength}")]))], history);
    }

    /// <summary>As all words of this API: <c>port_taken</c>.</summary>
    public static string Lower(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

internal sealed record WarningView(string Topic, string Words);

internal sealed record WayView(string Way, string Family, string State, string Method, string? Address, int Port, string? Local, string Level, bool Published, bool Contradicted, double? GoodFor, string? Problem, string Words, string LeaseWords, DateTimeOffset? GoodUntil)
{
    public static WayView Of(WayEvidence way, Moment now)
    {
        var lease = way.Lease;
        return new WayView(lease.Way, ReachabilityView.Lower(lease.Family), ReachabilityView.Lower(lease.State), lease.Method, lease.Address?.ToString(), lease.Port, lease.Local?.ToString(),
            ReachabilityView.Lower(way.Level), way.IsPublished, way.IsContradicted, way is { Level: EvidenceLevel.Verified, GoodUntil: { } until } ? now.Left(until) : null,
            lease.Problem == IngressProblem.None ? null : ReachabilityView.Lower(lease.Problem), way.Words, lease.Words, lease.GoodUntil);
    }
}

internal sealed record NameView(string Name, NameAddressView V4, NameAddressView V6, string? Problem, string Words, DateTimeOffset? Updated, IReadOnlyList<AnswerView> Answers)
{
    public static NameView Of(NameFacts name, Moment now) => new(name.Name, NameAddressView.Of(name.V4, now), NameAddressView.Of(name.V6, now),
        name.Problem == NameProblem.None ? null : ReachabilityView.Lower(name.Problem), name.Words, name.Updated, [.. name.Answers.Select(a => new AnswerView(a.Key, a.Value))]);
}

internal sealed record NameAddressView(string? Wanted, string? Published, bool Known, string? Old, double OldFor)
{
    public static NameAddressView Of(NameAddress a, Moment now) => new(a.Wanted?.ToString(), a.Published?.ToString(), a.IsKnown, a.Old?.ToString(), a.Old is null ? 0 : now.Left(a.OldUntil));
}

internal sealed record AnswerView(string Server, string Words);

internal sealed record ObservationView(string Vantage, string Kind, string Way, string Family, string Address, int Port, string Name, string Outcome, string Step, string Words, DateTimeOffset At, double Age, bool OwnTunnel)
{
    public static ObservationView Of(Observation o, Moment now) => new(o.Vantage, ReachabilityView.Lower(o.Kind), o.Target.Way, ReachabilityView.Lower(o.Target.Family), o.Target.Address.ToString(), o.Target.Port, o.Target.Name,
        ReachabilityView.Lower(o.Outcome), o.Step, o.Words, o.StartedAt, Math.Round(now.Since(o.Started).TotalSeconds, 1), o.IsOwnTunnel);
}

/// <param name="Name">As in observations.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Every">Seconds between its looks.</param>
internal sealed record VantageView(string Name, string Kind, double Every);

internal sealed record SeenView(string Family, string Address, string By, DateTimeOffset At);

/// <param name="Ok">Null: not known yet.</param>
/// <param name="Words">Why.</param>
internal sealed record FactView(bool? Ok, string Words);

internal sealed record CertificateView(string KeyFingerprint, bool SelfSigned, DateTimeOffset Expires, string? Problem);

internal sealed record InterfaceView(string Name, bool Up, IReadOnlyList<string> Addresses);

/// <summary>The event <c>reachability</c>: what the LED in the room says too. Whoever may know more asks for it.</summary>
/// <param name="Pattern">The LED's pattern.</param>
/// <param name="Since">Since when.</param>
/// <param name="GoodFor">Seconds for which a claim stands unless it is told again; 0 of what claims nothing.</param>
internal sealed record ReachabilityEventView(string Pattern, DateTimeOffset Since, double GoodFor);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReachabilityView))]
[JsonSerializable(typeof(ReachabilityEventView))]
internal sealed partial class ReachabilityJson : JsonSerializerContext;
