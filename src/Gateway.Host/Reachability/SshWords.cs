using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>What it says of a look that a server of the owner's could not do (OpenSSH 9.2: channels.c, serverloop.c).</summary>
internal static class SshWords
{
    /// <summary>Whoever cannot be used has seen nothing: never our own door's fault.</summary>
    public static LookException Blind(SshException e) => new("tcp", e.Message, LookEnd.Blind, e);

    /// <summary>Why the stream that has just ended could not be opened; null when it could.</summary>
    public static async Task<LookException?> WhyAsync(this SshSession session, SshServer server, CancellationToken cancellationToken)
    {
        try { return await session.ReasonAsync(cancellationToken) is { } line ? NotOpened(server, line) : null; }
        catch (SshException e) { return Blind(e); }
    }

    private static LookException NotOpened(SshServer server, string line) => line switch
    {
        _ when Has(line, "administratively prohibited") => new("tcp", $"{server.Host} does not let this key open connections (AllowTcpForwarding, permitopen)", LookEnd.Blind),
        _ when Has(line, "Connection refused") => new("tcp", "the connection was refused", LookEnd.Refused),
        _ when Has(line, "No route to host") || Has(line, "Network is unreachable") => new("tcp", "no way leads there"),
        _ when Has(line, "Address family not supported") || Has(line, "Cannot assign requested address") => new("tcp", $"{server.Host} does not have this kind of internet", LookEnd.Blind),
        _ when Has(line, "not known") || Has(line, "name resolution") || Has(line, "No address associated") => new("dns", $"{server.Host} cannot look up the name", LookEnd.Blind),
        _ => new("tcp", "the connection could not be opened"),
    };

    private static bool Has(string line, string words) => line.Contains(words, StringComparison.OrdinalIgnoreCase);
}
