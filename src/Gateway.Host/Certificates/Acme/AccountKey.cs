using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gateway.Host.Certificates.Acme;

/// <summary>The key by which a certificate authority knows us: signs requests with ES256 (RFC 7518 section 3.4).</summary>
internal sealed class AccountKey(ECDsa key)
{
    private readonly JsonWebKey _public = Public(key);

    /// <summary>What proves that a challenge was answered by the account that was challenged (RFC 8555 section 8.1).</summary>
    public string Authorization(string token) => $"{token}.{Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(_public, AcmeJson.Default.JsonWebKey)))}";

    /// <summary>A request's body.</summary>
    /// <param name="url">Where it goes.</param>
    /// <param name="nonce">The authority's.</param>
    /// <param name="account">The account's address; null where the key itself is told.</param>
    /// <param name="payload">Empty to only read (RFC 8555 section 6.3).</param>
    public byte[] Sign(Uri url, string nonce, Uri? account, ReadOnlySpan<byte> payload)
    {
        var header = new JwsHeader("ES256", nonce, url.AbsoluteUri, account is null ? _public : null, account?.AbsoluteUri);
        var (head, body) = (Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, AcmeJson.Default.JwsHeader)), Base64Url.EncodeToString(payload));
        var signature = key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return JsonSerializer.SerializeToUtf8Bytes(new JwsMessage(head, body, Base64Url.EncodeToString(signature)), AcmeJson.Default.JwsMessage);
    }

    private static JsonWebKey Public(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonWebKey("P-256", "EC", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
    }
}
