using System.Globalization;
using System.Text;

namespace Gateway.Lab.Tests.Truth;

/// <summary>A second in which the LED said that the house can be reached, and the phone could not reach it.</summary>
/// <param name="Try">The try.</param>
/// <param name="Led">What the LED showed.</param>
/// <param name="Late">How long the trouble had been there.</param>
/// <param name="Faults">What was wrong then.</param>
/// <param name="Doctor">What the doctor had said last.</param>
public sealed record Lie(Try Try, string Led, TimeSpan Late, string Faults, string Doctor);

/// <summary>What a run's record comes to, by the rules in tests/lab/README.md. Pure.</summary>
public sealed class Score
{
    /// <summary>How late after a fault a proof may still be shown.</summary>
    public static readonly TimeSpan Allowed = TimeSpan.FromSeconds(30);

    /// <summary>Once the phone gets in, two looks from outside later the LED should say so; after an address has moved, when everybody must have forgotten the old one.</summary>
    public static readonly TimeSpan Settled = TimeSpan.FromSeconds(20), Forgotten = TimeSpan.FromSeconds(60);

    private Score(Record record)
    {
        var lies = record.Tries.Where(t => IsFailure(record, t) && record.LedAt(t.At) is "verified" or "attention" or "believed").Select(t => LieOf(record, t)).ToArray();
        (Lies, Believed) = ([.. lies.Where(l => LedPatterns.SaysProven(l.Led))], [.. lies.Where(l => !LedPatterns.SaysProven(l.Led))]);
        TimeSpan[] moves = [.. record.NameMoves];
        foreach (var t in record.Tries.Where(t => IsHealthy(record, t) && !moves.Any(m => IsNear(m, t.At))))
        {
            Healthy++;
            if (LedPatterns.SaysProven(record.LedAt(t.At))) HealthyShown++;
        }
        (ToSteady, ToSteadyMoved) = (Healings(record, moved: false), Healings(record, moved: true));
        ToPublished = [.. Moves(record)];
        foreach (var said in record.Doctor)
        {
            if (Expected(record, said.At) is not { } causes) continue;
            Asked++;
            if (causes.Contains(said.Cause) || said.Notes.Any(causes.Contains)) Right++;
            else Wrong.Add(said);
        }
    }

    /// <summary>Seconds in which a proof was shown while the phone failed.</summary>
    public IReadOnlyList<Lie> Lies { get; }

    /// <summary>Seconds in which "believed" was shown while the phone failed: no lie, for nobody has said that it was proven.</summary>
    public IReadOnlyList<Lie> Believed { get; }

    /// <summary>Seconds in which the phone got in, and had for some time, and how many of them showed a proof.</summary>
    public int Healthy { get; private set; }

    public int HealthyShown { get; private set; }

    /// <summary>From all mended to a proof shown, where no address had moved, and where one had. Null: not before the next fault.</summary>
    public IReadOnlyList<TimeSpan?> ToSteady { get; }

    public IReadOnlyList<TimeSpan?> ToSteadyMoved { get; }

    /// <summary>From an address that moved to the name servers' answer.</summary>
    public IReadOnlyList<TimeSpan?> ToPublished { get; }

    /// <summary>How often the doctor was asked while something had been wrong for long enough, how often it named it, and what it said else.</summary>
    public int Asked { get; private set; }

    public int Right { get; private set; }

    public List<Said> Wrong { get; } = [];

    /// <summary>The lies that are told too long.</summary>
    public IEnumerable<Lie> Late => Lies.Where(l => l.Late > Allowed);

    /// <summary>What was aimed at and missed; empty when all is well.</summary>
    public IReadOnlyList<string> Missed =>
    [
        .. Late.Any() ? [$"{Late.Count()} s with a proof shown later than {Allowed.TotalSeconds} s after a fault"] : Array.Empty<string>(),
        .. HealthyShown < 0.95 * Healthy ? [$"a proof shown in {Percent(HealthyShown, Healthy)} of the healthy seconds, not in 95 %"] : Array.Empty<string>(),
        .. Right < 0.95 * Asked ? [$"{Percent(Right, Asked)} right causes, not 95 %"] : Array.Empty<string>(),
    ];

    public static Score Of(Record record) => new(record);

    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"| seconds with a proof shown (steady, 5 flashes) while the phone failed | {Lies.Count}, of them {Late.Count()} later than {Allowed.TotalSeconds} s after the fault; the latest {(Lies.Count > 0 ? Lies.Max(l => l.Late).TotalSeconds : 0):0.0} s |");
        Line($"| seconds believed (long on) while the phone failed | {Believed.Count}, the latest {(Believed.Count > 0 ? Believed.Max(l => l.Late).TotalSeconds : 0):0.0} s after the fault |");
        Line($"| healthy seconds with a proof shown | {HealthyShown} of {Healthy}: {Percent(HealthyShown, Healthy)} |");
        Line($"| from mended to a proof shown: median, p90, max | {Spread(ToSteady)} |");
        Line($"| the same where an address had moved | {Spread(ToSteadyMoved)} |");
        Line($"| from an address that moved to published | {Spread(ToPublished)} |");
        Line($"| right causes named by the doctor | {Right} of {Asked}: {Percent(Right, Asked)} |");
        foreach (var lie in Lies) Line($"{(lie.Late > Allowed ? "LATE " : "")}lie at {lie.Try.At.TotalSeconds:0.0} s, {lie.Late.TotalSeconds:0.0} s after the trouble began: the LED showed {lie.Led}, {lie.Try.Family} {lie.Try.Outcome}: {lie.Try.Words}; wrong was: {lie.Faults}; the doctor said: {lie.Doctor}");
        foreach (var said in Wrong) Line($"wrong cause at {said.At.TotalSeconds:0.0} s: \"{said.Cause}\", notes {string.Join(' ', said.Notes)}: {said.Words}");
        return text.ToString();
    }

    /// <summary>The phone was promised something that it did not get: an address where nobody lets it in; or, by a steady LED, a family that is not in the name; or nothing of either family is.</summary>
    private static bool IsFailure(Record record, Try t) => t.Outcome switch
    {
        TryOutcome.Failed => true,
        TryOutcome.Reached => false,
        _ => t.Family == "v4" && record.LedAt(t.At) == "verified" || record.Tries.LastOrDefault(o => o.At < t.At && o.Family != t.Family) is { Outcome: not TryOutcome.Reached },
    };

    private static Lie LieOf(Record record, Try t)
    {
        // Since when it goes wrong: since the last try of this family that went well, or since something was mended, whichever is later.
        var well = record.Tries.LastOrDefault(o => o.At < t.At && o.Family == t.Family && o.Outcome == TryOutcome.Reached)?.At;
        var began = record.Tries.FirstOrDefault(o => o.Family == t.Family && (well is null || o.At > well))!.At;
        var mended = record.Faults.Where(f => f.Until <= t.At && f.Concerns(t.Family)).Max(f => f.Until) ?? TimeSpan.Zero;
        var said = record.Doctor.LastOrDefault(d => d.At <= t.At);
        return new Lie(t, record.LedAt(t.At), t.At - (began > mended ? began : mended), record.FaultsAt(t.At) is { Length: > 0 } faults ? faults : "nothing", said is null ? "nothing yet" : $"\"{said.Cause}\" {said.Words}");
    }

    /// <summary>The phone gets in and has for a while, nothing old can be in anybody's memory, and a proof is to be had.</summary>
    private static bool IsHealthy(Record record, Try t) =>
        t.Outcome == TryOutcome.Reached && t.At >= Settled
        && !record.Tries.Any(o => o.At <= t.At && o.At > t.At - Settled && IsFailure(record, o))
        && !record.Faults.Any(f => f.Fault.Blinds && f.From <= t.At && !(f.Until + Settled <= t.At))
        && !record.Faults.Where(f => f.Fault.Moves is not null).Any(f => IsNear(f.From, t.At) || f.Until is { } until && IsNear(until, t.At));

    private static bool IsNear(TimeSpan moved, TimeSpan at) => moved <= at && at < moved + Forgotten + Settled;

    private static List<TimeSpan?> Healings(Record record, bool moved)
    {
        var found = new List<TimeSpan?>();
        foreach (var last in record.Faults.Where(f => f.Until is { } until && !record.Faults.Any(o => o.LastsAt(until))))
        {
            var mended = last.Until!.Value;
            var next = record.Faults.Where(f => f.From > mended).Select(f => (TimeSpan?)f.From).Min() ?? record.End;
            var before = record.Faults.Where(f => f.Until is { } until && until < mended && !record.Faults.Any(o => o.LastsAt(until))).Max(f => f.Until) ?? TimeSpan.Zero;
            if (record.Faults.Any(f => f.Fault.Moves is not null && f.Until <= mended && f.Until > before) != moved) continue;
            var shown = record.Led.FirstOrDefault(s => LedPatterns.SaysProven(s.Pattern) && s.Until > mended && s.From < next);
            found.Add(shown is null ? null : shown.From > mended ? shown.From - mended : TimeSpan.Zero);
        }
        return found;
    }

    /// <summary>There and back, where nothing else was wrong that keeps the gateway from publishing.</summary>
    private static IEnumerable<TimeSpan?> Moves(Record record)
    {
        foreach (var happened in record.Faults)
        {
            if (happened.Fault.Moves is not { } moves) continue;
            foreach (var (at, to) in new[] { ((TimeSpan?)happened.From, moves.There), (happened.Until, moves.Back) })
            {
                if (at is not { } moved || record.Faults.Any(f => f != happened && f.LastsAt(moved))) continue;
                var next = record.Faults.SelectMany(f => new[] { (TimeSpan?)f.From, f.Until }).Where(t => t > moved).Min() ?? record.End;
                var seen = record.Published.FirstOrDefault(p => p.At > moved && p.At <= next && p.Family == moves.Family && p.Address.StartsWith(to, StringComparison.Ordinal));
                yield return seen is null ? null : seen.At - moved;
            }
        }
    }

    /// <summary>What the doctor may rightly say; null while nothing is wrong, or not yet for long enough to know.</summary>
    private static HashSet<string>? Expected(Record record, TimeSpan at)
    {
        var lasting = record.Faults.Where(f => f.LastsAt(at)).ToArray();
        if (lasting.Length == 0 || at - lasting.Max(f => f.From) < Settled) return null;
        var causes = lasting.SelectMany(f => f.Fault.Causes).ToHashSet(StringComparer.Ordinal);
        if (record.NameMoves.Any(m => IsNear(m, at))) causes.Add("old-address"); // whatever moved it, and also when that is mended
        // That nothing is wrong must be right of each of them.
        if (lasting.Any(f => !f.Fault.Causes.Contains(""))) causes.Remove("");
        return causes;
    }

    private static string Percent(int part, int whole) => whole == 0 ? "none seen" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");

    private static string Spread(IReadOnlyList<TimeSpan?> spans)
    {
        if (spans.Count == 0) return "none seen";
        double[] seconds = [.. spans.Select(s => s?.TotalSeconds ?? double.PositiveInfinity).Order()];
        string At(double share) => seconds[(int)Math.Ceiling(share * seconds.Length) - 1] is var s && double.IsInfinity(s) ? "not before the next fault" : string.Create(CultureInfo.InvariantCulture, $"{s:0.0} s");
        return string.Create(CultureInfo.InvariantCulture, $"{At(.5)}, {At(.9)}, {At(1)} of {seconds.Length}");
    }
}
