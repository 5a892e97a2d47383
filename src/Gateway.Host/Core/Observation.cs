using System.Net;

namespace Gateway.Host.Core;

/// <summary>What a look from outside came to.</summary>
public enum ProbeOutcome
{
    /// <summary>Not looked, or whoever looked is blind (the control target failed too): says nothing.</summary>
    Unknown = 0,
    /// <summary>It got in, met our key, got an answer bound to a fresh nonce, and our own listener saw the nonce come.</summary>
    Reached,
    /// <summary>It could not get in although it could reach others.</summary>
    Failed,
}

/// <summary>Who looked.</summary>
public enum VantageKind
{
    /// <summary>Not told.</summary>
    Unknown = 0,
    /// <summary>A server of the owner's, through <c>ssh -W</c>.</summary>
    Ssh,
    /// <summary>A paired friend's gateway.</summary>
    Friend,
    /// <summary>A dial-back service.</summary>
    Beacon,
    /// <summary>A signed-in person's own device, coming from outside.</summary>
    Phone,
    /// <summary>This gateway itself, round through its router: success is weak, failure proves nothing.</summary>
    Hairpin,
}

/// <summary>What exactly was looked at: evidence counts for this and nothing else.</summary>
/// <param name="Way">The lease's way.</param>
/// <param name="Family">Which internet.</param>
/// <param name="Address">The address that was dialled.</param>
/// <param name="Port">The port that was dialled.</param>
/// <param name="Name">The name that was asked for (SNI and Host).</param>
/// <param name="Epoch">The lease's epoch.</param>
/// <param name="Key">The public key that must answer: <see cref="CertificateFacts.KeyFingerprint"/>.</param>
public sealed record ProbeTarget(string Way, IpFamily Family, IPAddress Address, int Port, string Name, long Epoch, string Key)
{
    /// <summary>Whether it is this way in as it stands now.</summary>
    public bool IsOf(IngressLease? lease) => (Way, Family, Epoch) == (lease?.Way, lease?.Family, lease?.Epoch);
}

/// <summary>A dated fact: somebody looked at something. Never changed afterwards.</summary>
/// <param name="Vantage">The vantage's name, such as <c>relay.example</c>.</param>
/// <param name="Kind">Who looked.</param>
/// <param name="Target">At what.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="StartedAt">When the look began, for people.</param>
/// <param name="Started">When the look began: a <see cref="TimeProvider.GetTimestamp"/> value. Age counts from here.</param>
/// <param name="Words">One plain sentence: what was found, and at which step it ended.</param>
public sealed record Observation(string Vantage, VantageKind Kind, ProbeTarget Target, ProbeOutcome Outcome, DateTimeOffset StartedAt, long Started, string Words)
{
    /// <summary>Which step ended it: <c>dns</c>, <c>tcp</c>, <c>tls</c>, <c>key</c>, <c>http</c>, <c>nonce</c>; empty when it got through.</summary>
    public string Step { get; init; } = "";

    /// <summary>Whether the vantage is also the tunnel that was looked at: then it proves little (the packet never leaves it).</summary>
    public bool IsOwnTunnel { get; init; }
}
