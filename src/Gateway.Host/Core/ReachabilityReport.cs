namespace Gateway.Host.Core;

/// <summary>The LED's patterns, as CONTRACT names them. A render of the verdict, made by the policy alone.</summary>
public enum LedPattern
{
    /// <summary>Dark: no claim is made.</summary>
    Off = 0,
    /// <summary>Quick even blinking: starting or updating.</summary>
    Starting,
    /// <summary>Slow even blinking: not claimed, or no name set.</summary>
    Setup,
    /// <summary>1 flash: no link or no address.</summary>
    NoNetwork,
    /// <summary>2 flashes: local network only.</summary>
    NoInternet,
    /// <summary>3 flashes: internet is there, the name does not point here.</summary>
    NameWrong,
    /// <summary>4 flashes: the name is right, an outside check could not get in.</summary>
    Unreachable,
    /// <summary>5 flashes: verified, but something expires or fails soon.</summary>
    Attention,
    /// <summary>6 flashes: the settings file has mistakes.</summary>
    BadConfig,
    /// <summary>Long on, short off: everything looks right, nobody outside has proven it.</summary>
    Believed,
    /// <summary>Steady: proven from outside a moment ago.</summary>
    Verified,
}

/// <summary>The patterns' names.</summary>
public static class LedPatterns
{
    /// <summary>As API, MQTT and doctor call it: CONTRACT's name.</summary>
    public static string ApiName(this LedPattern pattern) => pattern switch
    {
        LedPattern.Starting => "starting",
        LedPattern.Setup => "setup",
        LedPattern.NoNetwork => "no-network",
        LedPattern.NoInternet => "no-internet",
        LedPattern.NameWrong => "name-wrong",
        LedPattern.Unreachable => "unreachable",
        LedPattern.Attention => "attention",
        LedPattern.BadConfig => "bad-config",
        LedPattern.Believed => "believed",
        LedPattern.Verified => "verified",
        _ => "off",
    };

    /// <summary>Whether it says that the house can be reached.</summary>
    public static bool IsClaim(this LedPattern pattern) => pattern is LedPattern.Verified or LedPattern.Attention or LedPattern.Believed;
}

/// <summary>How sure we are of one way in, each level standing on the one before.</summary>
public enum EvidenceLevel
{
    /// <summary>Nothing is known, or it does not work.</summary>
    None = 0,
    /// <summary>We asked.</summary>
    Configured,
    /// <summary>Router or provider said yes.</summary>
    Acknowledged,
    /// <summary>A public address, and the authoritative DNS says it.</summary>
    Believed,
    /// <summary>A vantage that is not of this network got in, a moment ago.</summary>
    Verified,
}

/// <summary>One lease with the evidence for it.</summary>
/// <param name="Lease">The way in.</param>
/// <param name="Level">How sure we are.</param>
/// <param name="IsPublished">Whether the name leads here.</param>
/// <param name="IsContradicted">A vantage that sees others could not get in, and no fresh proof outweighs it.</param>
/// <param name="GoodUntil">Until when the level stands by itself: a <see cref="TimeProvider.GetTimestamp"/> value; null when nothing runs out.</param>
/// <param name="Words">One plain sentence.</param>
public sealed record WayEvidence(IngressLease Lease, EvidenceLevel Level, bool IsPublished, bool IsContradicted, long? GoodUntil, string Words);

/// <summary>Something that is not wrong yet: why <see cref="LedPattern.Attention"/> shows.</summary>
/// <param name="Topic">A short name, such as <c>certificate</c>, <c>clock</c>, <c>ipv4</c>.</param>
/// <param name="Words">What it is and what to do.</param>
public sealed record Warning(string Topic, string Words);

/// <summary>The verdict of the policy: what may be said to anybody, and until when.</summary>
/// <param name="Pattern">What the LED shows.</param>
/// <param name="Words">The verdict in one plain sentence.</param>
/// <param name="At">When it was made, for people.</param>
/// <param name="Made">When it was made: a <see cref="TimeProvider.GetTimestamp"/> value.</param>
/// <param name="GoodUntil">When a claim (verified, attention, believed) ends by itself unless it is made anew: a <see cref="TimeProvider.GetTimestamp"/> value.</param>
/// <param name="Since">Since when the pattern stands, for people.</param>
/// <param name="Ways">Every way in with its evidence, in the owner's order.</param>
/// <param name="Warnings">What needs attention.</param>
public sealed record ReachabilityReport(LedPattern Pattern, string Words, DateTimeOffset At, long Made, long GoodUntil, DateTimeOffset Since, IReadOnlyList<WayEvidence> Ways, IReadOnlyList<Warning> Warnings)
{
    /// <summary>Nothing has been judged yet.</summary>
    public static ReachabilityReport Starting { get; } = new(LedPattern.Starting, "The gateway is starting.", default, 0, 0, default, [], []);

    /// <summary>Whether it says that the house can be reached.</summary>
    public bool IsClaim => Pattern.IsClaim();

    /// <summary>What is known of a way in; null when it has not been judged.</summary>
    public WayEvidence? Of(IngressLease? lease) => Ways.FirstOrDefault(w => w.Lease.Way == lease?.Way && w.Lease.Family == lease?.Family);
}
