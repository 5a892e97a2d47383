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

    public static VantagePace Of(VantageKind kind) => kind switch
    {
        VantageKind.Ssh => Own,
        VantageKind.Friend or VantageKind.Beacon or VantageKind.Phone => Others,
        _ => Weak,
    };
}
