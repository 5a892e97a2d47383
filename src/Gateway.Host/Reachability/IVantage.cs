using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>A place from which we are looked at.</summary>
internal interface IVantage
{
    /// <summary>As <see cref="Observation.Vantage"/>: one of its own.</summary>
    string Name { get; }

    /// <summary>What it is; says how often it looks and how long its proof counts (<see cref="VantagePace"/>).</summary>
    VantageKind Kind { get; }

    /// <summary>Whether it has anything to say of a way in.</summary>
    bool LooksAt(IngressLease lease) => true;

    /// <summary>Looks once, within ten seconds. Several targets may be looked at at once. What goes wrong is an observation, never an exception.</summary>
    Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken);
}

/// <summary>How often a kind of vantage looks, and how long its proof counts from the look's start.</summary>
/// <param name="Interval">From start to start.</param>
/// <param name="ProofLifetime">Zero: it proves nothing.</param>
internal sealed record VantagePace(TimeSpan Interval, TimeSpan ProofLifetime)
{
    private static readonly VantagePace Own = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(25));
    private static readonly VantagePace Others = new(TimeSpan.FromSeconds(50), TimeSpan.FromMinutes(2));
    private static readonly VantagePace Weak = new(TimeSpan.FromSeconds(15), TimeSpan.Zero);

    /// <summary>A way in that works and to which the name does not lead waits for its turn: each look is a handshake that somebody pays for.</summary>
    private static readonly VantagePace Standby = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(65));

    /// <summary>That of a kind, looking at a way in to which the name leads or not.</summary>
    public static VantagePace Of(VantageKind kind, bool isPublished) => kind switch
    {
        VantageKind.Ssh => isPublished ? Own : Standby,
        VantageKind.Friend or VantageKind.Beacon or VantageKind.Phone => Others,
        _ => Weak,
    };
}
