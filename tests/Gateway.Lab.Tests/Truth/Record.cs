namespace Gateway.Lab.Tests.Truth;

/// <summary>One try of the phone; there is one a second, of one family after the other.</summary>
/// <param name="At">When it began.</param>
/// <param name="Family"><c>v4</c> or <c>v6</c>.</param>
/// <param name="Outcome">Whether the lamp obeyed; <c>None</c>: the name has no such address.</param>
/// <param name="Words">What it met.</param>
public sealed record Try(TimeSpan At, string Family, TryOutcome Outcome, string Words);

/// <summary>What a try came to.</summary>
public enum TryOutcome
{
    /// <summary>It was answered 202, and the lamp itself has changed.</summary>
    Reached = 0,
    /// <summary>The name has no address of this family: nobody was promised anything.</summary>
    None,
    /// <summary>It was promised an address, and the lamp did not obey.</summary>
    Failed,
}

/// <summary>What the authoritative server has answered since.</summary>
/// <param name="At">When that was seen first.</param>
/// <param name="Family"><c>v4</c> or <c>v6</c>.</param>
/// <param name="Address"><c>-</c> for none, <c>?</c> for no answer.</param>
public sealed record Published(TimeSpan At, string Family, string Address);

/// <summary>A fault as it happened.</summary>
/// <param name="Fault">Which.</param>
/// <param name="From">When it was made.</param>
/// <param name="Until">When it was mended; null while it lasts.</param>
public sealed record Happened(Fault Fault, TimeSpan From, TimeSpan? Until)
{
    /// <summary>Whether it lasted at a time.</summary>
    public bool LastsAt(TimeSpan at) => From <= at && (Until is not { } until || at < until);

    /// <summary>Whether it has to do with a family.</summary>
    public bool Concerns(string family) => Fault.Kills.Contains(family, StringComparison.Ordinal) || Fault.Moves?.Family == family;
}

/// <summary>What the doctor said.</summary>
/// <param name="At">When it was asked.</param>
/// <param name="Cause">The cause's code; empty when all is proven, <c>not running</c> when there is nobody to ask.</param>
/// <param name="Notes">Further codes.</param>
/// <param name="Words">In words.</param>
public sealed record Said(TimeSpan At, string Cause, IReadOnlyList<string> Notes, string Words);

/// <summary>Everything that was seen in a run, from outside the gateway.</summary>
/// <param name="Tries">By time.</param>
/// <param name="Led">By time.</param>
/// <param name="Faults">By their beginning.</param>
/// <param name="Published">By time.</param>
/// <param name="Doctor">By time.</param>
/// <param name="End">Of the run.</param>
public sealed record Record(IReadOnlyList<Try> Tries, IReadOnlyList<LedSpan> Led, IReadOnlyList<Happened> Faults, IReadOnlyList<Published> Published, IReadOnlyList<Said> Doctor, TimeSpan End)
{
    /// <summary>What the LED showed; empty while it changed.</summary>
    public string LedAt(TimeSpan at) => Led.FirstOrDefault(s => s.From <= at && at < s.Until)?.Pattern ?? "";

    /// <summary>When the name servers began to answer with another address, or none. What they did not answer is no address.</summary>
    public IEnumerable<TimeSpan> NameMoves => Published.Where(p => p.Address != "?").GroupBy(p => p.Family, StringComparer.Ordinal).SelectMany(f => f.Zip(f.Skip(1))).Where(p => p.First.Address != p.Second.Address).Select(p => p.Second.At);

    /// <summary>What was wrong.</summary>
    public string FaultsAt(TimeSpan at) => string.Join(" + ", Faults.Where(f => f.LastsAt(at)).Select(f => f.Fault.Name));
}
