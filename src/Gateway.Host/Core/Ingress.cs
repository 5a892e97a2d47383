using System.Net;

namespace Gateway.Host.Core;

/// <summary>How far a way in has come.</summary>
public enum LeaseState
{
    /// <summary>Nothing is known yet.</summary>
    Unknown = 0,
    /// <summary>Not there at this home: no such protocol, no IPv6, not configured. Not an error.</summary>
    Absent,
    /// <summary>Asked for; no answer yet.</summary>
    Asking,
    /// <summary>Could work, but nobody who could know has said so: an IPv6 address behind a router that speaks no protocol, a port that the owner may have forwarded by hand.</summary>
    Candidate,
    /// <summary>Router or provider said yes.</summary>
    Granted,
    /// <summary>Router or provider said no, or grants what is of no use; <see cref="IngressLease.Problem"/> says why.</summary>
    Refused,
}

/// <summary>Why a way in does not work, as the doctor names it.</summary>
public enum IngressProblem
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,
    /// <summary>No default route of this family, or no address that could be used.</summary>
    NoAddress,
    /// <summary>The router answers no protocol that opens ports.</summary>
    NoProtocol,
    /// <summary>The router says that it may not.</summary>
    NotAuthorised,
    /// <summary>The port is taken, and every other one that was asked for.</summary>
    PortTaken,
    /// <summary>The router's own outside address is one that the provider shares among homes (RFC 6598).</summary>
    SharedAddress,
    /// <summary>The router's own outside address is private: another router stands before it.</summary>
    DoubleNat,
    /// <summary>The router has no outside address now.</summary>
    NoOutsideAddress,
    /// <summary>Answers that no honest router gives.</summary>
    Liar,
    /// <summary>The router's table is full or it fails otherwise.</summary>
    RouterFailed,
    /// <summary>What was granted has gone, and is asked for again.</summary>
    Lost,
    /// <summary>A tunnel's server does not answer.</summary>
    NoServer,
    /// <summary>A tunnel's server is another than the one that we know.</summary>
    WrongServer,
    /// <summary>A tunnel's server took the port for itself alone (sshd_config(5), GatewayPorts).</summary>
    LoopbackOnly,
    /// <summary>A friend does not lend his way in, or no more of it.</summary>
    NotLent,
    /// <summary>A tunnel stands, and nobody gets through.</summary>
    CarriesNothing,
    /// <summary>A tunnel's program does not do what it should.</summary>
    TunnelFailed,
    /// <summary>A tunnel's program is not installed.</summary>
    NoProgram,
    /// <summary>Somebody else has the tunnel's name.</summary>
    NameTaken,
    /// <summary>The tunnel's provider wants money, or has had enough.</summary>
    Quota,
    /// <summary>The interface that somebody else configures is not there, is down or has no address that could be used.</summary>
    NoInterface,
}

/// <summary>What a way in grants: an address and port of the outside that lead to this gateway, until when, or why not.</summary>
/// <param name="Way">Its name as in <c>ingress.order</c>, such as <c>portmap</c> or <c>ssh.relay</c>.</param>
/// <param name="Family">For which internet.</param>
/// <param name="State">How far it has come.</param>
public sealed record IngressLease(string Way, IpFamily Family, LeaseState State)
{
    /// <summary>The address that the world would dial; null while none is known.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port that the world would dial: what was granted, which need not be what was wanted.</summary>
    public int Port { get; init; }

    /// <summary>Where connections through it arrive on this machine: a proof must have come in here.</summary>
    public IPEndPoint? Local { get; init; }

    /// <summary>Whose server is the public end of a tunnel: its name or address. A look from there proves little. Empty where there is none between.</summary>
    public string Server { get; init; } = "";

    /// <summary>A URL by which alone a tunnel can be used: the name does not lead there. Empty where there is none.</summary>
    public string Link { get; init; } = "";

    /// <summary>The interface that somebody else configures and that has the address; empty where the gateway found the address by itself.</summary>
    public string Interface { get; init; } = "";

    /// <summary>How it was got, in words: <c>PCP</c>, <c>NAT-PMP</c>, <c>UPnP IGD 2</c>, <c>public address</c>, <c>forwarded by hand</c>.</summary>
    public string Method { get; init; } = "";

    /// <summary>Till when the grant stands unless it is renewed; null: as long as nothing changes.</summary>
    public DateTimeOffset? GoodUntil { get; init; }

    /// <summary>What is wrong, if anything.</summary>
    public IngressProblem Problem { get; init; }

    /// <summary>One plain sentence about what was found, with the addresses and codes; shown by the doctor.</summary>
    public string Words { get; init; } = "";

    /// <summary>Changes whenever earlier proofs say nothing any more: a new router epoch, a new mapping.</summary>
    public long Epoch { get; init; }

    /// <summary>Whether what arrives here on this machine may have come through it.</summary>
    public bool LeadsTo(IPEndPoint local) => Local is { } end && end.Port == local?.Port && (end.Address.Equals(local.Address) || end.Address.IsAny());

    /// <summary>Whether it is a tunnel: somebody else takes the visitors and hands them on, and they arrive as if from this machine.</summary>
    public bool IsTunnel => Server.Length > 0;

    /// <summary>Whether something could be reached through it: it has a place to dial.</summary>
    public bool IsOpen => State is LeaseState.Granted or LeaseState.Candidate && Address is not null && Port > 0;
}

/// <summary>A way in. It runs only while the gateway has an owner; what it throws is logged and it is started again.</summary>
public interface IIngress
{
    /// <summary>Its name as in <c>ingress.order</c>.</summary>
    string Way { get; }

    /// <summary>
    /// Keeps its leases true until it is cancelled; then gives back what it holds (a router's mappings) within two seconds and returns.
    /// Reports all its leases whenever one has changed: at most one a family.
    /// </summary>
    Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken);
}
