using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>A stage of the way from this box to a phone elsewhere, in the order in which trouble at one hides the next.</summary>
internal enum HopKind
{
    /// <summary>This box: owner, name, clock, HTTPS.</summary>
    Device,
    /// <summary>The home network: cable or Wi-Fi, address, default route.</summary>
    Network,
    /// <summary>The home's router: whether it lets the world in.</summary>
    Router,
    /// <summary>Who brings the internet: whether it answers, and whether the home has an address of its own there.</summary>
    Provider,
    /// <summary>The name in the DNS.</summary>
    Name,
    /// <summary>Somebody outside.</summary>
    Phone,
}

/// <summary>What is known of a hop. Not checked is not failed.</summary>
internal enum HopState
{
    /// <summary>Not looked at, or not to be told.</summary>
    Unknown = 0,
    /// <summary>It does its part.</summary>
    Ok,
    /// <summary>It stands in the way.</summary>
    Broken,
}

/// <summary>One hop and what was found there.</summary>
/// <param name="Kind">Which.</param>
/// <param name="State">What is known of it.</param>
/// <param name="Words">What was found, in one or two plain sentences.</param>
internal sealed record Hop(HopKind Kind, HopState State, string Words)
{
    /// <summary>What breaks it, or what keeps it from being known.</summary>
    public Cause? Cause { get; init; }

    /// <summary>When it was found; null for what is watched all the time.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Who found it.</summary>
    public string From { get; init; } = "this gateway";

    /// <summary>Further facts, a sentence each.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}

/// <summary>Something beside the path that is worth knowing: another way in that does not work, what ends soon.</summary>
/// <param name="Code">A <see cref="Cause"/>'s code or a warning's topic.</param>
/// <param name="Words">What it is.</param>
/// <param name="Cure">What to do; empty when the words say it.</param>
internal sealed record Note(string Code, string Words, string Cure = "");

/// <summary>Whether and how the house can be reached, hop by hop.</summary>
/// <param name="Pattern">What the LED shows; <see cref="LedPattern.Off"/> when a claim has run out.</param>
/// <param name="Words">The verdict in one sentence.</param>
/// <param name="GoodFor">How long a claim stands unless it is made anew; null when none is made.</param>
/// <param name="Way">The way in that the path describes; null when there is none.</param>
/// <param name="Path">All six hops.</param>
/// <param name="Notes">What else was found.</param>
internal sealed record Diagnosis(LedPattern Pattern, string Words, TimeSpan? GoodFor, IngressLease? Way, IReadOnlyList<Hop> Path, IReadOnlyList<Note> Notes)
{
    /// <summary>The first hop that stands in the way.</summary>
    public Hop? FirstBroken => Path.FirstOrDefault(h => h.State == HopState.Broken);

    /// <summary>Why the house is not verified: of the first broken hop, else of the first that is not known. Null when all is proven.</summary>
    public Cause? Cause => FirstBroken?.Cause ?? Path.FirstOrDefault(h => h.Cause is not null)?.Cause;
}
