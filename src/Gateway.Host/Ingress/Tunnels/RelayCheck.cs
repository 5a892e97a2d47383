using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>What answers at an address of a relay, seen from the relay itself.</summary>
internal enum RelayAnswer
{
    /// <summary>Nobody, or it cannot be seen.</summary>
    None = 0,
    /// <summary>This gateway.</summary>
    Own,
    /// <summary>Somebody else.</summary>
    Other,
}

/// <summary>
/// Looks, through the session that opened a port on a server, whether the port leads here. Not a proof, for the packets never leave the server; but the two traps of <c>ssh -R</c> show:
/// a server that listens for itself alone, and one that calls a port opened which another program has at one of its addresses.
/// </summary>
internal static class RelayCheck
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(4);

    /// <param name="session">Signed in at the server.</param>
    /// <param name="host">One of the server's addresses.</param>
    /// <param name="port">The port that it opened.</param>
    /// <param name="key">Our own: <see cref="CertificateFacts.KeyFingerprint"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RelayAnswer> AskAsync(SshSession session, string host, int port, string? key, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var isOwn = false;
        try
        {
            await using var stream = await session.DialAsync(host, port, either.Token);
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "gateway.local", CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => isOwn = certificate is X509Certificate2 shown && KeyFingerprint.Of(shown) == key,
            }, either.Token);
            return RelayAnswer.Own;
        }
        catch (AuthenticationException) { return isOwn ? RelayAnswer.Own : RelayAnswer.Other; }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested) { return RelayAnswer.None; }
    }
}
