using System.Net;

namespace Gateway.Host.Core;

/// <summary>What keeps a name from being true, as the doctor names it.</summary>
public enum NameProblem
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>The provider does not take our token or does not know the name: permanent until the owner mends it.</summary>
    Refused,
    /// <summary>The provider answers nonsense, errors or nothing: its trouble, not ours.</summary>
    Provider,
    /// <summary>Our own way out or our resolver fails, so the provider cannot be asked.</summary>
    NoWayOut,
    /// <summary>The provider said yes, and its name servers say something else.</summary>
    NotTaken,
    /// <summary>Resolvers here lie: every name leads to one address (a captive portal).</summary>
    Captive,
    /// <summary>Who answers cannot be told: the clock is not set, and certificates have their dates.</summary>
    Clock,
}

/// <summary>One family of a name: what should be there, and what is.</summary>
/// <param name="Family">A or AAAA.</param>
/// <param name="Wanted">What it should say; null: nothing.</param>
/// <param name="Published">What the authoritative servers say, all of them agreeing; null: nothing, or not known (see <paramref name="IsKnown"/>).</param>
/// <param name="IsKnown">Whether the authoritative servers have been asked since the last change, and agree.</param>
public sealed record NameAddress(IpFamily Family, IPAddress? Wanted, IPAddress? Published, bool IsKnown)
{
    /// <summary>Whether the world, asking now, hears what it should.</summary>
    public bool IsTrue => IsKnown && Equals(Wanted, Published);

    /// <summary>What resolvers may still answer from their memory, and until when (a timestamp of <see cref="TimeProvider"/>); null when nothing old is about.</summary>
    public IPAddress? Old { get; init; }

    /// <summary>When the last resolver has forgotten <see cref="Old"/>: a <see cref="TimeProvider.GetTimestamp"/> value.</summary>
    public long OldUntil { get; init; }
}

/// <summary>A name of this gateway and how true it is.</summary>
/// <param name="Key">Its table in the configuration: <c>name</c> or <c>name.NAME</c>.</param>
/// <param name="Name">Whole, lower case: <c>pycon.duckdns.org</c>.</param>
/// <param name="V4">Its A record.</param>
/// <param name="V6">Its AAAA record.</param>
public sealed record NameFacts(string Key, string Name, NameAddress V4, NameAddress V6)
{
    /// <summary>What is wrong, if anything.</summary>
    public NameProblem Problem { get; init; }

    /// <summary>One plain sentence about it; never a token.</summary>
    public string Words { get; init; } = "";

    /// <summary>When the provider last said yes.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>What each server was asked last answered, for the doctor: server, then its words.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Answers { get; init; } = [];

    /// <summary>Of one family.</summary>
    public NameAddress this[IpFamily family] => family == IpFamily.V4 ? V4 : V6;
}

/// <summary>With which address somebody outside saw this home.</summary>
/// <param name="Family">Which internet.</param>
/// <param name="Address">What they saw.</param>
/// <param name="By">Who, in words: <c>DuckDNS</c>, a friend's name.</param>
/// <param name="At">When, for people.</param>
/// <param name="Timestamp">When: a <see cref="TimeProvider.GetTimestamp"/> value.</param>
public sealed record SeenAddress(IpFamily Family, IPAddress Address, string By, DateTimeOffset At, long Timestamp);
