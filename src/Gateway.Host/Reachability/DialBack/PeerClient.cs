using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>Somebody else's gateway or beacon, as it is spoken to.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its HTTPS port.</param>
/// <param name="Key">The <see cref="KeyFingerprint"/> it has; null where authorities vouch for it.</param>
internal sealed record Peer(string Host, int Port, string? Key)
{
    /// <summary>Over these internets, in this order.</summary>
    public IReadOnlyList<IpFamily> Families { get; init; } = [IpFamily.V6, IpFamily.V4];

    /// <summary>From this address of ours; null where the kernel chooses.</summary>
    public IPAddress? From { get; init; }

    /// <summary>Whether an authority may vouch for it although <see cref="Key"/> is another by now.</summary>
    public bool MayHaveNewKey { get; init; }

    /// <summary>Which of its addresses may be dialled; null for all.</summary>
    public Func<IPAddress, bool>? May { get; init; }
}

/// <summary>A peer could not be asked, or did not want to answer.</summary>
/// <param name="words">As the end of a sentence.</param>
/// <param name="status">What it answered instead; 0 when it did not.</param>
/// <param name="inner">Its cause.</param>
internal sealed class PeerException(string words, int status = 0, Exception? inner = null) : Exception(words, inner)
{
    public int Status { get; } = status;
}

/// <summary>JSON over one connection to a peer: TLS with the key it must have, or a chain that stands; never unchecked. Answers are small. Throws <see cref="PeerException"/>.</summary>
internal sealed class PeerClient : IDisposable
{
    private const int LongestAnswer = 4096;

    /// <summary>One address that swallows packets must leave time for the next.</summary>
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(2);

    private readonly Peer _peer;
    private readonly ResolveName _resolve;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private bool _isSomebodyElse;

    public PeerClient(Peer peer, ResolveName resolve, TimeProvider time)
    {
        (_peer, _resolve, _time) = (peer, resolve, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false, UseCookies = false, AllowAutoRedirect = false, MaxResponseHeadersLength = 8, MaxConnectionsPerServer = 1,
            ConnectCallback = async (_, cancel) => await ConnectAsync(cancel),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsIt(certificate, errors), CertificateRevocationCheckMode = X509RevocationMode.NoCheck },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LongestAnswer, BaseAddress = new UriBuilder(Uri.UriSchemeHttps, peer.Host, peer.Port).Uri,
        };
    }

    public async Task<TReply> GetAsync<TReply>(string path, JsonTypeInfo<TReply> reply, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, reply, cancellationToken);
    }

    public async Task<TReply> PostAsync<TBody, TReply>(string path, TBody body, JsonTypeInfo<TBody> type, JsonTypeInfo<TReply> reply, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, type) };
        return await SendAsync(request, reply, cancellationToken);
    }

    /// <summary>Asks for another protocol on this connection (RFC 9110 section 7.8); gives the stream, which outlives this client, and what stood in the same header of the answer.</summary>
    public async Task<(Stream Stream, string? Answer)> UpgradeAsync(string path, string protocol, string header, string value, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue(protocol));
        request.Headers.Add(header, value);
        return await TellAsync(async () =>
        {
            // Disposing the reply would close the stream.
            var reply = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (reply.StatusCode == HttpStatusCode.SwitchingProtocols)
                return (await reply.Content.ReadAsStreamAsync(cancellationToken), reply.Headers.TryGetValues(header, out var answers) ? string.Concat(answers) : null);
            reply.Dispose();
            throw new PeerException($"it answers with error {(int)reply.StatusCode}", (int)reply.StatusCode);
        });
    }

    public void Dispose() => _http.Dispose();

    private Task<TReply> SendAsync<TReply>(HttpRequestMessage request, JsonTypeInfo<TReply> type, CancellationToken cancellationToken) => TellAsync(async () =>
    {
        using var reply = await _http.SendAsync(request, cancellationToken);
        if (!reply.IsSuccessStatusCode) throw new PeerException($"it answers with error {(int)reply.StatusCode}", (int)reply.StatusCode);
        return await reply.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new PeerException("it answers nonsense");
    });

    private async Task<T> TellAsync<T>(Func<Task<T>> ask)
    {
        try { return await ask(); }
        catch (HttpRequestException e) when (e.InnerException is PeerException told) { throw new PeerException(told.Message, told.Status, e); }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw new PeerException(_isSomebodyElse ? "somebody else answers at its address: the key is not the one that is known" : "it does not speak TLS", 0, e);
        }
        catch (JsonException e) { throw new PeerException("it answers nonsense", 0, e); }
        catch (Exception e) when (e is HttpRequestException or IOException) { throw new PeerException("it cannot be reached", 0, e); }
    }

    private bool IsIt(X509Certificate? certificate, SslPolicyErrors errors)
    {
        var isIt = _peer.Key is null ? errors == SslPolicyErrors.None
            : (certificate is X509Certificate2 shown && KeyFingerprint.Of(shown) == _peer.Key) || (_peer.MayHaveNewKey && errors == SslPolicyErrors.None);
        _isSomebodyElse |= !isIt;
        return isIt;
    }

    /// <summary>Its name is looked up once, and that is dialled.</summary>
    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        foreach (var family in _peer.Families)
        {
            var addresses = await _resolve.AddressesAsync(_peer.Host, family, cancellationToken);
            foreach (var address in addresses.Where(a => _peer.May?.Invoke(a) != false).Take(2))
                if (await TryAsync(address, cancellationToken) is { } stream) return stream;
        }
        throw new PeerException($"it cannot be reached{(_peer.Families is [var one] ? $" over {one.Words()}" : "")}");
    }

    private async Task<Stream?> TryAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var patience = new CancellationTokenSource(ConnectWithin, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            if (_peer.From is { } from) socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(new IPEndPoint(address, _peer.Port), either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)) return null;
            throw;
        }
    }
}
