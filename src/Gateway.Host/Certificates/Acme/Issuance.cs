using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates.Acme;

/// <summary>
/// Proves one name after the other, also within one order: the texts for a name and for the wildcard below it stand at the same place, and DuckDNS has room for one.
/// Throws <see cref="AcmeException"/>.
/// </summary>
internal sealed class Issuance(AcmeClient client, PublishText publish, AlpnChallenge alpn, TimeProvider time)
{
    /// <summary>For anything that the authority does meanwhile.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>From the order to the chain, as PEM.</summary>
    /// <param name="wish">What is asked for.</param>
    /// <param name="request">The request for the certificate (PKCS #10, DER), for the same names.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public async Task<string> RunAsync(AcmeNewOrder wish, byte[] request, CancellationToken cancellationToken)
    {
        var (place, order) = await client.OrderAsync(wish, cancellationToken);
        foreach (var url in (order.Authorizations ?? []).Take(wish.Identifiers.Length)) await AuthorizeAsync(client.Url(url), wish, cancellationToken);
        order = await UntilAsync(place, AcmeJson.Default.AcmeOrder, o => o.Status != "pending", cancellationToken);
        if (order.Status == "ready") order = await client.FinalizeAsync(order, request, cancellationToken);
        if (order.Status is not ("valid" or "invalid")) order = await UntilAsync(place, AcmeJson.Default.AcmeOrder, o => o.Status is not ("processing" or "ready"), cancellationToken);
        return order.Status == "valid" ? await client.ChainAsync(order, cancellationToken) : throw Failed(order.Error, "The certificate authority has called the order invalid.");
    }

    private async Task AuthorizeAsync(Uri place, AcmeNewOrder wish, CancellationToken cancellationToken)
    {
        var (authorization, _) = await client.ReadAsync(place, AcmeJson.Default.AcmeAuthorization, cancellationToken);
        if (authorization.Status == "valid") return; // proven before, and remembered
        var name = authorization.Identifier?.Value;
        if (authorization.Status != "pending" || name is null || !wish.Identifiers.Any(i => i.Value == name || i.Value == "*." + name)) throw Failed(null, "The certificate authority wants something proven that was not asked for.");
        // Who asks for the name alone has no TXT records.
        var type = wish.Identifiers.Length == 1 ? "tls-alpn-01" : "dns-01";
        var challenge = authorization.Challenges?.FirstOrDefault(c => c.Type == type && c.Token is { } token && IsToken(token))
            ?? throw new AcmeException(AcmeFailure.Refused, $"The certificate authority does not take a proof by {type}.");
        if (type == "tls-alpn-01")
        {
            using var offer = alpn.Offer(name, client.Authorization(challenge.Token!));
            await ProveAsync(place, challenge, cancellationToken);
            return;
        }
        var value = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(client.Authorization(challenge.Token!)))); // RFC 8555 section 8.4
        var reply = await publish(name, value, cancel => ProveAsync(place, challenge, cancel), cancellationToken);
        if (reply.Outcome != TextOutcome.Done) throw new AcmeException(reply.Outcome == TextOutcome.Failed ? AcmeFailure.NotShown : AcmeFailure.Refused, reply.Words);
    }

    private async Task ProveAsync(Uri place, AcmeChallenge challenge, CancellationToken cancellationToken)
    {
        await client.RespondAsync(challenge, cancellationToken);
        var authorization = await UntilAsync(place, AcmeJson.Default.AcmeAuthorization, a => a.Status != "pending", cancellationToken);
        if (authorization.Status != "valid") throw Failed(authorization.Challenges?.Select(c => c.Error).FirstOrDefault(e => e is not null), "The certificate authority did not see the proof.");
    }

    /// <summary>Reads until it is over.</summary>
    private async Task<T> UntilAsync<T>(Uri place, JsonTypeInfo<T> type, Func<T, bool> isOver, CancellationToken cancellationToken)
    {
        var (begun, pause) = (time.GetTimestamp(), FirstPause);
        while (true)
        {
            var (read, retryAfter) = await client.ReadAsync(place, type, cancellationToken);
            if (isOver(read)) return read;
            if (time.GetElapsedTime(begun) >= Patience) throw new AcmeException(AcmeFailure.Trouble, "The certificate authority does not come to an end.");
            await Task.Delay(retryAfter is { } wished && wished > pause ? wished < LongestPause ? wished : LongestPause : pause, time, cancellationToken);
            pause = pause * 3 / 2 < LongestPause ? pause * 3 / 2 : LongestPause;
        }
    }

    /// <summary>An order that failed is tried again later, whatever the reason was called: a proof that was not seen is <c>unauthorized</c>.</summary>
    private static AcmeException Failed(AcmeProblem? problem, string words) => new(AcmeFailure.Trouble, problem?.Detail is null ? words : AcmeException.Of(problem, 0, null).Message);

    /// <summary>RFC 8555 section 8.1: base64url.</summary>
    private static bool IsToken(string token) => token.Length is > 0 and <= 512 && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
