using System.Text.Json.Serialization;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends.Lending;

namespace Gateway.Host.Reachability.Friends;

// What goes between two gateways, under /.well-known/gateway-friend/. All is optional for the reader, so that what is missing is refused and not guessed.

/// <summary><c>POST pair</c>: takes up an invitation.</summary>
/// <param name="Secret">Of the invitation, once.</param>
/// <param name="Name">Who comes: its public name.</param>
/// <param name="Port">The HTTPS port under that name.</param>
/// <param name="Key">Its Ed25519 public key, hex.</param>
/// <param name="Tls">Its <see cref="KeyFingerprint"/>.</param>
internal sealed record PairRequest(string? Secret, string? Name, int? Port, string? Key, string? Tls);

/// <param name="Name">Who invited.</param>
/// <param name="Key">Its Ed25519 public key, hex.</param>
internal sealed record PairReply(string? Name, string? Key);

/// <summary><c>GET fresh</c>: what has to be signed with the next question, so that an old one is of no use.</summary>
internal sealed record FreshReply(string? Fresh);

/// <summary>A signed message of a friend.</summary>
internal interface ISignedMessage
{
    string? From { get; }
    string? To { get; }
    string? Nonce { get; }
    string? Fresh { get; }
    string? Signature { get; }

    /// <summary>All of it but the signature, unambiguously.</summary>
    string SignedText { get; }
}

/// <summary><c>POST look</c>: asks to be looked at. Where, its name says.</summary>
internal sealed record LookRequest(string? From, string? To, string? Family, int? Port, string? Key, string? Nonce, string? Fresh, string? Signature) : ISignedMessage
{
    [JsonIgnore] public string SignedText => FriendText.Of("look", From, To, Family, Port?.ToString(), Key, Nonce, Fresh);
}

/// <summary><c>POST end</c>: ends the friendship.</summary>
internal sealed record EndRequest(string? From, string? To, string? Nonce, string? Fresh, string? Signature) : ISignedMessage
{
    [JsonIgnore] public string SignedText => FriendText.Of("end", From, To, Nonce, Fresh);
}

/// <param name="Outcome">As of a beacon.</param>
/// <param name="Step">Where it ended.</param>
/// <param name="Answer">What was answered to the nonce.</param>
/// <param name="Address">What the name said, and what was dialled; empty where nothing was.</param>
/// <param name="Signature">Over all of it and the question's signature.</param>
internal sealed record LookReply(string? Outcome, string? Step, string? Answer, string? Address, string? Signature)
{
    public string SignedText(LookRequest question) => FriendText.Of("seen", question.Signature, Outcome, Step, Answer, Address);
}

internal sealed record EndReply(bool Ended);

internal static class FriendText
{
    /// <summary>Fields in lines: none of those that are taken has a line break in it.</summary>
    public static string Of(string kind, params IEnumerable<string?> fields) => string.Join('\n', fields.Prepend(kind).Prepend("gateway-friend 1"));

    /// <summary>As the wire has families.</summary>
    public static IpFamily? Family(string? text) => text switch { "v4" => IpFamily.V4, "v6" => IpFamily.V6, _ => null };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PairRequest))]
[JsonSerializable(typeof(PairReply))]
[JsonSerializable(typeof(FreshReply))]
[JsonSerializable(typeof(LookRequest))]
[JsonSerializable(typeof(LookReply))]
[JsonSerializable(typeof(EndRequest))]
[JsonSerializable(typeof(EndReply))]
[JsonSerializable(typeof(LineRequest))]
[JsonSerializable(typeof(FriendView))]
[JsonSerializable(typeof(FriendView[]))]
[JsonSerializable(typeof(FriendInvitationView))]
[JsonSerializable(typeof(PairingRequest))]
[JsonSerializable(typeof(EndedView))]
internal sealed partial class FriendJson : JsonSerializerContext;
