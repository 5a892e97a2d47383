using System.Text.Json.Serialization;
using Gateway.Host.Core;

namespace Gateway.Host.Access;

// What goes in. All is optional for the reader, so that what is missing gets a sentence of its own.
internal sealed record ClaimRequest(string? Code, string? Name, string? Password);
internal sealed record SignInRequest(string? Name, string? Password);
internal sealed record PasswordRequest(string? Current, string? New);
internal sealed record InvitationRequest(string? Role);
internal sealed record TokenRequest(string? Name, string[]? Scopes, string? Topic, string? Expires);

/// <summary>Who am I; for a stranger only whether the gateway has an owner.</summary>
internal sealed record WhoView(bool Claimed)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Name { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Role { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Scopes { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Kind { get; init; }

    /// <summary>Whether a person comes from outside, whose device can prove that the gateway is reached there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public bool Outside { get; init; }

    public static WhoView Of(Caller caller, bool claimed, ClientOrigin from) => new(claimed)
    {
        Outside = caller.Kind == CallerKind.Session && from.IsOutside,
        Name = caller.Name,
        Role = caller.Role,
        Scopes = caller.Scopes,
        Kind = caller.Kind switch { CallerKind.Local => "local", CallerKind.Token => "token", _ => "session" },
    };
}

internal sealed record SessionView(string Id, string Person, string Device, string From, DateTimeOffset Created, DateTimeOffset LastSeen, bool Current);

internal sealed record PersonView(string Name, string Role, DateTimeOffset Created, DateTimeOffset LastSeen);

internal sealed record InvitationView(string Id, string Role, DateTimeOffset Expires)
{
    /// <summary>Once, when it is made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Link { get; init; }
}

internal sealed record TokenView(string Name, IReadOnlyList<string> Scopes, string? Topic, DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? LastUsed)
{
    /// <summary>Once, when it is made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonPropertyName("token")] public string? Secret { get; init; }

    public static TokenView Of(Token token) => new(token.Name, token.Scopes, token.Topic, token.Created, token.GoodUntil, token.LastUsedIfEver);
}

internal sealed record ClaimCodeView(string Code);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(PasswordRequest))]
[JsonSerializable(typeof(InvitationRequest))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(WhoView))]
[JsonSerializable(typeof(SessionView[]))]
[JsonSerializable(typeof(PersonView[]))]
[JsonSerializable(typeof(InvitationView))]
[JsonSerializable(typeof(InvitationView[]))]
[JsonSerializable(typeof(TokenView))]
[JsonSerializable(typeof(TokenView[]))]
[JsonSerializable(typeof(ClaimCodeView))]
[JsonSerializable(typeof(AuditEntry[]))]
internal sealed partial class AccessJson : JsonSerializerContext;
