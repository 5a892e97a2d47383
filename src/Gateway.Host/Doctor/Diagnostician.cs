using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>
/// Reads a <see cref="GatewayStatus"/> hop by hop. Each way in has a path of its own; the one that comes furthest is told, what stops
/// the others are notes. Pure: the same facts at the same time give the same words.
/// </summary>
internal sealed class Diagnostician(AddressScopes scopes, TimeProvider time)
{
    public Diagnosis Of(GatewayStatus status)
    {
        var report = status.Report;
        var ranOut = report.IsClaim && time.GetTimestamp() >= report.GoodUntil;
        var pattern = ranOut ? LedPattern.Off : report.Pattern;
        var device = HomeHops.Device(status, time);
        var paths = Ways(status).Select(way => new WayPath(status, way, device, scopes, time)).ToArray();
        var told = Choose(paths, pattern);
        return new Diagnosis(pattern,
            ranOut ? "The last verdict has run out, and no new one has been made." : report.Words,
            report.IsClaim && !ranOut ? time.Until(report.GoodUntil) : null,
            told.Way, told.Hidden(), [.. Notes(status, paths, told)]);
    }

    /// <summary>Ways that this home could have; those that nobody set up tell nothing.</summary>
    private static IngressLease?[] Ways(GatewayStatus status)
    {
        IngressLease?[] told = [.. status.Leases.Where(l => l is not { State: LeaseState.Absent, Problem: IngressProblem.None })];
        return told.Length > 0 ? told : [status.Leases.Count > 0 ? status.Leases[0] : null];
    }

    /// <summary>The one that comes furthest. Where that looks right and the verdict is another, a way that the name leads to as well is the reason.</summary>
    private static WayPath Choose(WayPath[] paths, LedPattern pattern)
    {
        var best = paths.OrderByDescending(p => p.Reach).First();
        if (best.FirstBroken is not null || pattern is LedPattern.Verified or LedPattern.Attention) return best;
        if (pattern is LedPattern.Believed or LedPattern.Starting or LedPattern.Off)
            return best.IsProven ? paths.Where(p => p.IsPublished && !p.IsProven).OrderBy(p => p.Reach).FirstOrDefault() ?? best : best;
        return paths.Where(p => p.IsPublished && p.FirstBroken is not null).OrderByDescending(p => p.Reach).FirstOrDefault() ?? best;
    }

    private static IEnumerable<Note> Notes(GatewayStatus status, WayPath[] paths, WayPath told)
    {
        foreach (var other in paths)
        {
            if (other == told || other.FirstBroken is not { Cause: { } cause } broken || cause.Code == told.FirstBroken?.Cause?.Code) continue;
            yield return new Note(cause.Code, $"{WayWords.Title(other.Way!)}: {broken.Words}", cause.Cure);
        }
        foreach (var warning in status.Report.Warnings) yield return new Note(warning.Topic, warning.Words, warning.Topic == Causes.CertificateForeign.Code ? Causes.CertificateForeign.Cure : "");
        if (status.Transparency.Problem is { } untold) yield return new Note(Causes.Transparency.Code, untold, Causes.Transparency.Cure);
        if (status.AtHome.Withheld is { } withheld) yield return new Note(Causes.HomeResolver.Code, withheld, Causes.HomeResolver.Cure);
        if (status.AtHome.NoWayBack is { } noWayBack) yield return new Note(Causes.HomeLoopback.Code, noWayBack, Causes.HomeLoopback.Cure);
        if (status.Certificate?.Problem is { } problem && status.Report.Warnings.All(w => w.Topic != "certificate")) yield return new Note("certificate", problem);
        foreach (var name in status.Names)
        {
            var isFirst = name == status.Name;
            if (Causes.Of(name.Problem) is not { } trouble || isFirst && told.Path.Any(h => h.State == HopState.Broken && h.Kind is HopKind.Name or HopKind.Provider)) continue;
            yield return new Note(trouble.Code, $"{name.Name}: {name.Words}");
        }
        if (told.FirstBroken is null)
        {
            foreach (var look in status.Observations.Where(o => o.Outcome == ProbeOutcome.Failed && o.Kind != VantageKind.Hairpin && o.Target.IsOf(told.Way)))
                yield return new Note(Causes.Contradicted.Code, $"{look.Vantage} could not get in: {look.Words}");
        }
    }

    /// <summary>The six hops along one way in.</summary>
    private sealed class WayPath
    {
        public WayPath(GatewayStatus status, IngressLease? way, Hop device, AddressScopes scopes, TimeProvider time)
        {
            var hops = new WayHops(status, way, scopes, time);
            Way = way;
            (IsProven, IsPublished) = (hops.IsProven, hops.IsPublished);
            Path = [.. new[] { device, HomeHops.Network(status, way), hops.Router(), hops.Provider(), hops.Name(), hops.Phone() }.Select(h => h with { Cause = Filled(h.Cause, way) })];
        }

        public IngressLease? Way { get; }

        public bool IsProven { get; }

        public bool IsPublished { get; }

        public Hop[] Path { get; }

        public Hop? FirstBroken => Path.FirstOrDefault(h => h.State == HopState.Broken);

        /// <summary>How far one comes: up to the first broken hop; of two that come as far, the better known one.</summary>
        public (int Until, int Known) Reach
        {
            get
            {
                var until = FirstBroken is { } broken ? (int)broken.Kind : Path.Length;
                return (until, Path.Count(h => h.State == HopState.Ok));
            }
        }

        /// <summary>The path with nothing blamed that lies behind the first broken hop.</summary>
        public Hop[] Hidden() => FirstBroken is not { } first ? Path : [.. Path.Select(h =>
            h.Kind <= first.Kind ? h : h with { State = h.State == HopState.Broken ? HopState.Unknown : h.State, Cause = null })];

        private static Cause? Filled(Cause? cause, IngressLease? way) => cause is null ? null : cause with
        {
            Cure = cause.Cure
                .Replace("{port}", $"{(way is { Port: > 0 } ? way.Port : 443)}", StringComparison.Ordinal)
                .Replace("{server}", way is { Server.Length: > 0 } ? way.Server : "the server", StringComparison.Ordinal)
                .Replace("{local}", way?.Local is { } local ? $"{local.Address}, port {local.Port}" : "this gateway", StringComparison.Ordinal),
        };
    }
}
