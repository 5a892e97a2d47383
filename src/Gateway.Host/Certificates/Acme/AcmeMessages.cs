using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Host.Certificates.Acme;

/// <summary>What a certificate authority says of itself (RFC 8555 section 7.1.1; <c>renewalInfo</c>: RFC 9773 section 4.1).</summary>
internal sealed record AcmeDirectory(string? NewNonce, string? NewAccount, string? NewOrder, string? RevokeCert, string? RenewalInfo, AcmeMeta? Meta);

/// <summary>More of it. <c>profiles</c>: draft-aaron-acme-profiles.</summary>
internal sealed record AcmeMeta(string? TermsOfService, bool ExternalAccountRequired, Dictionary<string, string>? Profiles, string[]? CaaIdentities = null);

/// <summary>RFC 8555 section 7.1.2.</summary>
internal sealed record AcmeAccount(string? Status, string[]? Contact = null, bool? TermsOfServiceAgreed = null);

/// <summary>RFC 8555 section 9.7.7: a name, or a wildcard in an order.</summary>
internal sealed record AcmeIdentifier(string Type, string Value);

/// <summary>What is asked for (RFC 8555 section 7.4). <c>replaces</c>: RFC 9773 section 5.</summary>
internal sealed record AcmeNewOrder(AcmeIdentifier[] Identifiers, string? Profile, string? Replaces);

/// <summary>RFC 8555 section 7.1.3.</summary>
internal sealed record AcmeOrder(string? Status, string[]? Authorizations, string? Finalize, string? Certificate, AcmeProblem? Error);

/// <summary>RFC 8555 section 7.1.4.</summary>
internal sealed record AcmeAuthorization(string? Status, AcmeIdentifier? Identifier, AcmeChallenge[]? Challenges, bool Wildcard);

/// <summary>RFC 8555 section 8.</summary>
internal sealed record AcmeChallenge(string? Type, string? Url, string? Status, string? Token, AcmeProblem? Error);

/// <summary>RFC 8555 section 6.7, RFC 9457.</summary>
internal sealed record AcmeProblem(string? Type, string? Detail, AcmeProblem[]? Subproblems);

/// <summary>RFC 8555 section 7.4.</summary>
internal sealed record AcmeFinalize(string Csr);

/// <summary>RFC 8555 section 7.6. Reasons: RFC 5280 section 5.3.1.</summary>
internal sealed record AcmeRevocation(string Certificate, int Reason);

/// <summary>RFC 9773 section 4.2.</summary>
internal sealed record AcmeRenewalInfo(AcmeWindow? SuggestedWindow);

/// <summary>When to renew.</summary>
internal sealed record AcmeWindow(DateTimeOffset Start, DateTimeOffset End);

/// <summary>The header of a signed request (RFC 8555 section 6.2): with the key, or with the account's address.</summary>
internal sealed record JwsHeader(string Alg, string Nonce, string Url, JsonWebKey? Jwk, string? Kid);

/// <summary>A P-256 key; its members stand in the order that its thumbprint wants (RFC 7638 section 3.2).</summary>
internal sealed record JsonWebKey(string Crv, string Kty, string X, string Y);

/// <summary>A signed request (RFC 7515 section 7.2.2).</summary>
internal sealed record JwsMessage(string Protected, string Payload, string Signature);

/// <summary>How they are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(AcmeAccount))]
[JsonSerializable(typeof(AcmeNewOrder))]
[JsonSerializable(typeof(AcmeOrder))]
[JsonSerializable(typeof(AcmeAuthorization))]
[JsonSerializable(typeof(AcmeChallenge))]
[JsonSerializable(typeof(AcmeProblem))]
[JsonSerializable(typeof(AcmeFinalize))]
[JsonSerializable(typeof(AcmeRevocation))]
[JsonSerializable(typeof(AcmeRenewalInfo))]
[JsonSerializable(typeof(JwsHeader))]
[JsonSerializable(typeof(JwsMessage))]
[JsonSerializable(typeof(JsonWebKey))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class AcmeJson : JsonSerializerContext;
