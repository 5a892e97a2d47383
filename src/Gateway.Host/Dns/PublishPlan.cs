using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>What every name should say of one family.</summary>
/// <param name="Address">Null: nothing.</param>
/// <param name="Words">Why this, or why nothing: one plain sentence.</param>
internal sealed record FamilyPlan(IPAddress? Address, string Words)
{
    /// <summary>The way in that it stands for; empty when there is none, or it stands from before a restart.</summary>
    public string Way { get; init; } = "";

    /// <summary>The port that its way in leads to; 0 when that is not known, as after a restart.</summary>
    public int Port { get; init; }

    /// <summary>Since when its way in is gone while the address stays published for a little: a <see cref="TimeProvider.GetTimestamp"/> value.</summary>
    public long? LostAt { get; init; }

    /// <summary>Nobody but the router claims it, so that the observer has to be asked again now and then.</summary>
    public bool NeedsObserver { get; init; }

    /// <summary>Nothing, before anything is known.</summary>
    public static FamilyPlan Unknown { get; } = new(null, "Nothing is known yet.");
}

/// <summary>An IPv4 address that only the router claims and that would be published if an observer outside agreed.</summary>
/// <param name="Address">The address; null where the way in has to hear it from the observer.</param>
/// <param name="Epoch">The lease's.</param>
/// <param name="Since">Since when it is claimed: a <see cref="TimeProvider.GetTimestamp"/> value.</param>
internal sealed record Claim(IPAddress? Address, long Epoch, long Since);

/// <summary>What every name should say, and what is remembered to decide that without flicker. Immutable; made by <see cref="PublishPolicy"/>.</summary>
internal sealed record PublishPlan
{
    /// <summary>Whether names may be published at all: the gateway has an owner.</summary>
    public bool IsOn { get; init; }

    /// <summary>The A record.</summary>
    public FamilyPlan V4 { get; init; } = FamilyPlan.Unknown;

    /// <summary>The AAAA record.</summary>
    public FamilyPlan V6 { get; init; } = FamilyPlan.Unknown;

    /// <summary>Waits for an observer's word.</summary>
    public Claim? Unconfirmed { get; init; }

    /// <summary>Since when there are only ways in that nobody has acknowledged: a <see cref="TimeProvider.GetTimestamp"/> value.</summary>
    public long? CandidatesSince { get; init; }

    /// <summary>Since when IPv6 waits for what becomes of IPv4, whose port may be another: a <see cref="TimeProvider.GetTimestamp"/> value.</summary>
    public long? SecondSince { get; init; }

    /// <summary>Since when a way in that holds waits for one that is wanted more and is asked for the first time: a <see cref="TimeProvider.GetTimestamp"/> value.</summary>
    public long? LesserSince { get; init; }

    /// <summary>Ways in that were left for ones that are wanted less.</summary>
    public Returns Returns { get; init; } = Returns.None;

    /// <summary>What vantages found.</summary>
    public DoorMemory Doors { get; init; } = DoorMemory.Empty;

    /// <summary>After how long the plan may be another although nothing was heard; null: never.</summary>
    public TimeSpan? LookAgainIn { get; init; }

    /// <summary>Of one family.</summary>
    public FamilyPlan this[IpFamily family] => family == IpFamily.V4 ? V4 : V6;

    /// <summary>Both addresses.</summary>
    public AddressPair Wanted => new(V4.Address, V6.Address);

    /// <summary>Whether somebody who acts on it has to do something else than before.</summary>
    public bool IsSameAs(PublishPlan other) => IsOn == other.IsOn && Wanted == other.Wanted && Unconfirmed == other.Unconfirmed
        && (V4.Words, V6.Words, V4.NeedsObserver) == (other.V4.Words, other.V6.Words, other.V4.NeedsObserver);

    /// <summary>The plan after a restart: what was published stays until the ways in have had time to come back.</summary>
    public static PublishPlan Restored(AddressPair sent) => new()
    {
        V4 = new FamilyPlan(sent.V4, "As before the restart."),
        V6 = new FamilyPlan(sent.V6, "As before the restart."),
    };
}
