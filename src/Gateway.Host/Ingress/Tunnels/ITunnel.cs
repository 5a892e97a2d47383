using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>A kind of tunnel, for one table of the configuration.</summary>
internal interface ITunnel
{
    /// <summary>Its name as in <c>ingress.order</c>: <c>ssh</c>, <c>ssh.NAME</c>.</summary>
    string Way { get; }

    /// <summary>Who is at its other end: a name or an address.</summary>
    string Server { get; }

    /// <summary>Whether TLS ends at whoever makes it, who reads everything: the owner has agreed, the name never leads there, and nobody signs in over it.</summary>
    bool IsReadable => false;

    /// <summary>Whether its program writes the visitor's address into X-Forwarded-For, as the last one.</summary>
    bool SaysWhoComes => false;

    /// <summary>
    /// One life of it: sets it up, says so by <paramref name="up"/> when its own sign says that it stands, and keeps it until it breaks or is cancelled; leaves nothing running behind.
    /// Never returns by itself: throws <see cref="TunnelException"/> with the reason.
    /// </summary>
    /// <param name="localPort">The port of 127.0.0.1 where visitors have to come out.</param>
    /// <param name="up">Called each time its public end is another one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task RunAsync(int localPort, Action<TunnelEnd> up, CancellationToken cancellationToken);
}

/// <summary>Where the world finds a tunnel, as its other side has said.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port there.</param>
/// <param name="Method">In words: <c>ssh -R to relay.example</c>.</param>
internal sealed record TunnelEnd(string Host, int Port, string Method)
{
    /// <summary>A URL by which alone it can be used, as the name must not or cannot lead there; null when the name may.</summary>
    public string? Link { get; init; }
}

/// <summary>A tunnel does not stand, or does no more.</summary>
/// <param name="words">The end of a sentence: "relay.example runs no SSH server on port 22".</param>
/// <param name="problem">As the doctor names it.</param>
/// <param name="isPermanent">Whether somebody has to do something first.</param>
/// <param name="inner">Its cause.</param>
internal sealed class TunnelException(string words, IngressProblem problem, bool isPermanent = false, Exception? inner = null) : Exception(words, inner)
{
    public IngressProblem Problem { get; } = problem;

    public bool IsPermanent { get; } = isPermanent;
}
