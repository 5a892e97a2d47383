using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>One way of asking the router, for one wish. What it learns about the router it keeps for the wish's life.</summary>
internal interface IMappingProtocol
{
    /// <summary>In words: <c>PCP</c>.</summary>
    string Method { get; }

    /// <summary>Asks for the mapping, or renews the one that is held. Throws <see cref="RouterRefusedException"/> and <see cref="RouterSilentException"/>.</summary>
    Task<Grant> MapAsync(Grant? held, CancellationToken cancellationToken);

    /// <summary>A cheap question: is the router there, is it the same life of it, is the mapping still in it? Throws as <see cref="MapAsync"/>.</summary>
    Task<RouterFacts> CheckAsync(Grant held, CancellationToken cancellationToken);

    /// <summary>Gives the mapping back. Throws as <see cref="MapAsync"/>.</summary>
    Task UnmapAsync(Grant held, CancellationToken cancellationToken);
}

/// <summary>What the router granted.</summary>
/// <param name="External">The address and port outside; the address is unspecified while the router has none.</param>
/// <param name="Lifetime">Till it must be renewed; null: for ever.</param>
/// <param name="RouterEpoch">The router's clock of its own life, in seconds (RFC 6887 section 8.5); null where the protocol has none.</param>
internal sealed record Grant(IPEndPoint External, TimeSpan? Lifetime, uint? RouterEpoch)
{
    /// <summary>The router's number for it (IGD 2 pinholes).</summary>
    public int? Id { get; init; }

    /// <summary>Something to add to the words; else empty.</summary>
    public string Remark { get; init; } = "";
}

/// <summary>What a check found.</summary>
/// <param name="IsThere">False when the router says that it does not know the mapping; null where the protocol has no way to ask.</param>
/// <param name="External">Its outside address now; null when it was not told.</param>
/// <param name="RouterEpoch">As in <see cref="Grant"/>.</param>
internal sealed record RouterFacts(bool? IsThere, IPAddress? External, uint? RouterEpoch);

/// <summary>The router speaks the protocol and says no, or answers what cannot be.</summary>
/// <param name="problem">Why.</param>
/// <param name="message">One plain sentence, with the code.</param>
internal sealed class RouterRefusedException(IngressProblem problem, string message) : Exception(message)
{
    public IngressProblem Problem { get; } = problem;
}

/// <summary>The router does not answer, or does not speak the protocol.</summary>
internal sealed class RouterSilentException(string message) : Exception(message)
{
    /// <summary>What else is worth saying, such as who answered in the router's place; else empty.</summary>
    public string Remark { get; init; } = "";
}
