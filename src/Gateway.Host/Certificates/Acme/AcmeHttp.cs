using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Gateway.Host.Certificates.Acme;

/// <summary>An answer of a certificate authority.</summary>
internal sealed record AcmeAnswer(int Status, string MediaType, byte[] Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>For the next request (RFC 8555 section 6.5.1).</summary>
    public string? Nonce { get; init; }

    /// <summary>Where what was made is.</summary>
    public Uri? Location { get; init; }

    /// <summary>How long to wait before asking again; never negative.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>HTTP to a certificate authority: TLS is checked, no redirect is followed, no cookie kept; answers have 256 KB and 30 seconds. Throws <see cref="AcmeException"/>.</summary>
internal sealed class AcmeHttp : IDisposable
{
    /// <summary>In bytes. A chain has about 6 KB.</summary>
    public const int LongestBody = 256 * 1024;

    /// <summary>For a request and its answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <param name="caFile">A PEM file of further roots that may vouch for the authority's server; empty for none.</param>
    /// <param name="time">The clock.</param>
    public AcmeHttp(string caFile, TimeProvider time)
    {
        _time = time;
        ExtraRoots extra;
        try { extra = new ExtraRoots(caFile, time); }
        catch (Exception e) when (ExtraRoots.IsUnreadable(e))
        {
            throw new AcmeException(AcmeFailure.Refused, $"The file of \"acme.ca\" cannot be read as PEM: {caFile}.", e);
        }
        _http = AuthorityHttp.Client(extra, time);
    }

    /// <summary>Reads, or tells a signed body.</summary>
    public async Task<AcmeAnswer> SendAsync(HttpMethod method, Uri url, byte[]? jws, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.UserAgent.ParseAdd("Gateway/1 (home gateway)"); // RFC 8555 section 6.1 wants to know who asks
        request.Headers.AcceptLanguage.ParseAdd("en");
        if (jws is not null) request.Content = new ByteArrayContent(jws) { Headers = { ContentType = new MediaTypeHeaderValue("application/jose+json") } };
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var answer = new AcmeAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await AuthorityHttp.BodyAsync(response.Content, LongestBody, either.Token)
                ?? throw new AcmeException(AcmeFailure.Trouble, $"The certificate authority ({url.Host}) answers without an end."))
            {
                Nonce = response.Headers.TryGetValues("Replay-Nonce", out var nonces) ? nonces.First() : null,
                Location = response.Headers.Location,
                RetryAfter = AuthorityHttp.Wait(response.Headers.RetryAfter, _time),
            };
            if (answer.Status is >= 300 and < 400) throw new AcmeException(AcmeFailure.Trouble, $"The certificate authority ({url.Host}) sends us elsewhere instead of answering.");
            return answer;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested) { throw new AcmeException(AcmeFailure.NoAnswer, $"The certificate authority ({url.Host}) does not answer in time.", e); }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new AcmeException(AcmeFailure.NoAnswer, e.InnerException is AuthenticationException
                ? $"Whoever answers in place of the certificate authority ({url.Host}) cannot prove to be it. A private one needs its root in \"acme.ca\"." : $"The certificate authority ({url.Host}) cannot be reached.", e);
        }
    }

    public void Dispose() => _http.Dispose();
}
