using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>The outside end of a look: TLS to whatever answers, which must have the one expected key, and the nonce by HTTP. Whoever looks for somebody else uses it too.</summary>
internal static class ChallengeClient
{
    private const int LongestAnswer = 256;

    /// <summary>Dials the target's address and asks there; throws <see cref="LookException"/> with the step at which it ended.</summary>
    public static async Task<string> DialAsync(ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        using var socket = new Socket(target.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try { await socket.ConnectAsync(new IPEndPoint(target.Address, target.Port), cancellationToken); }
        catch (SocketException e)
        {
            throw e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => new LookException("tcp", "the connection was refused", LookEnd.Refused, e),
                SocketError.NetworkUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => new LookException("tcp", "no connection could be made", LookEnd.Blind, e), // this family is not to be had here
                _ => new LookException("tcp", "no connection could be made", LookEnd.NeedsControl, e),
            };
        }
        await using var stream = new NetworkStream(socket);
        return await AskAsync(stream, target, nonce, cancellationToken);
    }

    /// <summary>Asks over a connection that stands, and closes it; gives what was answered. Throws <see cref="LookException"/> with the step at which it ended.</summary>
    /// <param name="connection">A TCP stream to the target, from outside.</param>
    /// <param name="target">Name (SNI and Host), port, and the key that must answer.</param>
    /// <param name="nonce">What to bring.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<string> AskAsync(Stream connection, ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        string? met = null;
        Stream? unused = connection;
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false, UseCookies = false, AllowAutoRedirect = false, MaxResponseHeadersLength = 8, MaxConnectionsPerServer = 1,
            // Where the server hangs up without a word, HttpClient asks for another connection to try again.
            ConnectCallback = (_, _) => Interlocked.Exchange(ref unused, null) is { } first ? ValueTask.FromResult(first) : throw new IOException("There is but one connection."),
            SslOptions = new SslClientAuthenticationOptions
            {
                // Stronger than a chain: this one key, whoever vouches for it, and the name need not be known to an authority yet.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => (met = Fingerprint(certificate)) == target.Key,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            },
        };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LongestAnswer };
        try
        {
            using var reply = await http.GetAsync(new Uri($"https://{target.Name}:{target.Port}{ChallengeEndpoint.Path}{nonce}"), cancellationToken);
            if (!reply.IsSuccessStatusCode) throw new LookException("http", $"something with our key answered {(int)reply.StatusCode} instead of our own answer", LookEnd.Failed);
            return await reply.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            if (met is not null && met != target.Key) throw new LookException("key", "another device answers there: its key is not ours", LookEnd.Failed, e);
            throw new LookException("tls", "something answers there, but not with TLS", LookEnd.Failed, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw met is null ? new LookException("tcp", "the connection was closed before anything was said", LookEnd.NeedsControl, e)
                : new LookException("http", "the connection broke off before the answer", LookEnd.NeedsControl, e);
        }
        catch (OperationCanceledException e) when (met is not null)
        {
            throw new LookException("http", "the connection stood, and no answer came", LookEnd.NeedsControl, e);
        }
    }

    private static string? Fingerprint(X509Certificate? certificate) => certificate is X509Certificate2 shown ? KeyFingerprint.Of(shown) : null;
}

/// <summary>What a look's end says by itself.</summary>
internal enum LookEnd
{
    /// <summary>Failed if the same vantage can reach others just now; else nothing.</summary>
    NeedsControl = 0,
    /// <summary>The same, and also failed when there is nothing else to reach: a refusal is an answer, so the way there works.</summary>
    Refused,
    /// <summary>Failed: it got somewhere, and that was not us.</summary>
    Failed,
    /// <summary>Nothing: whoever looked could not look.</summary>
    Blind,
}

/// <summary>A look ended without proof.</summary>
/// <param name="step">As <see cref="Observation.Step"/>.</param>
/// <param name="words">What was found, as the end of a sentence: "the connection was refused".</param>
/// <param name="end">What that says.</param>
/// <param name="inner">Its cause.</param>
internal sealed class LookException(string step, string words, LookEnd end = LookEnd.NeedsControl, Exception? inner = null) : Exception(words, inner)
{
    public string Step { get; } = step;

    public LookEnd End { get; } = end;
}
