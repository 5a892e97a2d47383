using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Host.Certificates.Acme;

/// <summary>Speaks with one certificate authority (RFC 8555), one request after the other. Nothing it answers is trusted to be there. Throws <see cref="AcmeException"/>.</summary>
internal sealed class AcmeClient(AcmeHttp http, Uri directory, AccountKey key)
{
    /// <summary>A nonce that is refused is replaced so often (RFC 8555 section 6.5).</summary>
    public const int MostNonces = 10;

    private AcmeDirectory? _directory;
    private Uri? _account;
    private string? _nonce;

    /// <summary>The account's URL; null before <see cref="SignInAsync"/>.</summary>
    public Uri? Account => _account;

    /// <summary>What the account answers to a challenge.</summary>
    public string Authorization(string token) => key.Authorization(token);

    /// <summary>What the authority offers; asked once.</summary>
    public async Task<AcmeDirectory> DirectoryAsync(CancellationToken cancellationToken) => _directory ??= Read(await GetAsync(directory, cancellationToken), AcmeJson.Default.AcmeDirectory);

    /// <summary>Signs in; makes the account if there is none, or none any more (RFC 8555 section 7.3). Whoever calls this agrees to the authority's terms.</summary>
    /// <returns>Whether it was made just now.</returns>
    public async Task<bool> SignInAsync(string email, CancellationToken cancellationToken)
    {
        var offers = await DirectoryAsync(cancellationToken);
        if (offers.Meta?.ExternalAccountRequired == true) throw new AcmeException(AcmeFailure.Refused, "This certificate authority wants an account made elsewhere first, which is not supported.");
        string[] contact = email.Length > 0 ? ["mailto:" + email] : [];
        var reply = await PostAsync(Url(offers.NewAccount), Body(new AcmeAccount(null, contact, true), AcmeJson.Default.AcmeAccount), withKey: true, cancellationToken);
        _account = reply.Location is { } location ? Url(location.OriginalString) : throw Nonsense();
        var account = Read(reply, AcmeJson.Default.AcmeAccount);
        if (account.Status is not ("valid" or null)) throw new AcmeException(AcmeFailure.Refused, "The certificate authority has closed this gateway's account.");
        if (reply.Status == 200 && !contact.SequenceEqual(account.Contact ?? [], StringComparer.Ordinal)) await PostAsync(_account, Body(new AcmeAccount(null, contact), AcmeJson.Default.AcmeAccount), withKey: false, cancellationToken);
        return reply.Status == 201;
    }

    /// <summary>Asks for a certificate.</summary>
    public async Task<(Uri Place, AcmeOrder Order)> OrderAsync(AcmeNewOrder order, CancellationToken cancellationToken)
    {
        var reply = await PostAsync(Url((await DirectoryAsync(cancellationToken)).NewOrder), Body(order, AcmeJson.Default.AcmeNewOrder), withKey: false, cancellationToken);
        return (Url(reply.Location?.OriginalString), Read(reply, AcmeJson.Default.AcmeOrder));
    }

    /// <summary>Reads something of the account's, and when it may be read again.</summary>
    public async Task<(T Read, TimeSpan? RetryAfter)> ReadAsync<T>(Uri place, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var reply = await PostAsync(place, [], withKey: false, cancellationToken);
        return (Read(reply, type), reply.RetryAfter);
    }

    /// <summary>Says that a challenge may be looked at now.</summary>
    public Task RespondAsync(AcmeChallenge challenge, CancellationToken cancellationToken) => PostAsync(Url(challenge.Url), "{}"u8.ToArray(), withKey: false, cancellationToken);

    /// <summary>Hands in the request for the certificate itself (PKCS #10, DER).</summary>
    public async Task<AcmeOrder> FinalizeAsync(AcmeOrder order, byte[] request, CancellationToken cancellationToken) =>
        Read(await PostAsync(Url(order.Finalize), Body(new AcmeFinalize(Base64Url.EncodeToString(request)), AcmeJson.Default.AcmeFinalize), withKey: false, cancellationToken), AcmeJson.Default.AcmeOrder);

    /// <summary>The chain as PEM, the leaf first (RFC 8555 section 7.4.2).</summary>
    public async Task<string> ChainAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        var reply = await PostAsync(Url(order.Certificate), [], withKey: false, cancellationToken);
        return reply.MediaType == "application/pem-certificate-chain" ? Encoding.UTF8.GetString(reply.Body) : throw Nonsense();
    }

    /// <summary>Takes a certificate back (RFC 8555 section 7.6).</summary>
    public async Task RevokeAsync(X509Certificate2 certificate, int reason, CancellationToken cancellationToken) =>
        await PostAsync(Url((await DirectoryAsync(cancellationToken)).RevokeCert), Body(new AcmeRevocation(Base64Url.EncodeToString(certificate.RawData), reason), AcmeJson.Default.AcmeRevocation), withKey: false, cancellationToken);

    /// <summary>When the authority wants a certificate renewed (RFC 9773 section 4), and when to ask again; null where it does not say.</summary>
    public async Task<(AcmeWindow? Window, TimeSpan? RetryAfter)> RenewalInfoAsync(X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        if ((await DirectoryAsync(cancellationToken)).RenewalInfo is not { } place || CertificateId.Of(certificate) is not { } id) return (null, null);
        var reply = await GetAsync(new Uri($"{Url(place).AbsoluteUri.TrimEnd('/')}/{id}"), cancellationToken);
        return (Read(reply, AcmeJson.Default.AcmeRenewalInfo).SuggestedWindow, reply.RetryAfter);
    }

    private async Task<AcmeAnswer> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        var reply = await http.SendAsync(HttpMethod.Get, url, null, cancellationToken);
        return reply.IsSuccess ? reply : throw Failed(reply);
    }

    private async Task<AcmeAnswer> PostAsync(Uri url, byte[] payload, bool withKey, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            _nonce ??= (await http.SendAsync(HttpMethod.Head, Url((await DirectoryAsync(cancellationToken)).NewNonce), null, cancellationToken)).Nonce ?? throw Nonsense();
            var (nonce, account) = (_nonce, withKey ? null : _account ?? throw new InvalidOperationException("Sign in first."));
            _nonce = null; // each counts once
            var reply = await http.SendAsync(HttpMethod.Post, url, key.Sign(url, nonce, account, payload), cancellationToken);
            _nonce = reply.Nonce;
            if (reply.IsSuccess) return reply;
            var failure = Failed(reply);
            if (failure.Type != "badNonce" || attempt == MostNonces) throw failure;
        }
    }

    private static AcmeException Failed(AcmeAnswer reply)
    {
        AcmeProblem? problem = null;
        try { if (reply.MediaType == "application/problem+json") problem = JsonSerializer.Deserialize(reply.Body, AcmeJson.Default.AcmeProblem); }
        catch (JsonException) { }
        return AcmeException.Of(problem, reply.Status, reply.RetryAfter);
    }

    /// <summary>Only over HTTPS, as the directory itself (RFC 8555 section 6.1).</summary>
    public Uri Url(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == directory.Scheme ? url : throw Nonsense();

    private static byte[] Body<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T Read<T>(AcmeAnswer reply, JsonTypeInfo<T> type)
    {
        try { return reply.MediaType == "application/json" && JsonSerializer.Deserialize(reply.Body, type) is { } read ? read : throw Nonsense(); }
        catch (JsonException e) { throw Nonsense(e); }
    }

    private static AcmeException Nonsense(Exception? inner = null) => new(AcmeFailure.Trouble, "The certificate authority answers something that is no answer, such as a page for people.", inner);
}
