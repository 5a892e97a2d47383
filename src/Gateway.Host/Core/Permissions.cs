using System.Security.Claims;

namespace Gateway.Host.Core;

/// <summary>What a caller may do; tokens carry a choice of these, a member all of the house's, the owner everything.</summary>
public static class Scopes
{
    /// <summary>See lights and their changes.</summary>
    public const string LightsRead = "lights:read";
    /// <summary>Switch lights.</summary>
    public const string LightsWrite = "lights:write";
    /// <summary>See whether the gateway is reachable, and its metrics.</summary>
    public const string StatusRead = "status:read";
    /// <summary>Sign in at the MQTT broker.</summary>
    public const string Mqtt = "mqtt";
    /// <summary>People, tokens, settings: everything.</summary>
    public const string Admin = "admin";

    /// <summary>Every scope.</summary>
    public static IReadOnlyList<string> All { get; } = [LightsRead, LightsWrite, StatusRead, Mqtt, Admin];

    /// <summary>Scopes of a member of the household.</summary>
    public static IReadOnlyList<string> OfMember { get; } = [LightsRead, LightsWrite, StatusRead];
}

/// <summary>By what a caller is known.</summary>
public enum CallerKind
{
    /// <summary>By nothing.</summary>
    Anonymous = 0,
    /// <summary>Through the local socket.</summary>
    Local,
    /// <summary>A person who signed in.</summary>
    Session,
    /// <summary>A program with an API token.</summary>
    Token,
}

/// <summary>Who makes a request: <c>HttpContext.User</c> of every request that is not anonymous. One object for all requests of a session or token.</summary>
public sealed class Caller : ClaimsPrincipal
{
    private readonly bool _everything;

    /// <summary>Describes a caller; <paramref name="ended"/> fires when it is signed out, revoked or expired.</summary>
    public Caller(CallerKind kind, string id, string name, string role, IReadOnlyList<string> scopes, CancellationToken ended)
        : base(new ClaimsIdentity([new Claim(ClaimTypes.Name, kind == CallerKind.Token ? "token:" + name : name)], "gateway"))
    {
        (Kind, Id, Name, Role, Scopes, Ended) = (kind, id, name, role, scopes, ended);
        _everything = scopes.Contains(Core.Scopes.Admin, StringComparer.Ordinal);
    }

    /// <summary>By what it is known.</summary>
    public CallerKind Kind { get; }

    /// <summary>The session's public id; empty for others.</summary>
    public string Id { get; }

    /// <summary>The person's or the token's name.</summary>
    public string Name { get; }

    /// <summary>Of a session: browser and system in words, such as <c>Firefox on Android</c>; empty for others.</summary>
    public string Device { get; init; } = "";

    /// <summary><c>owner</c> or <c>member</c>; a token with the scope <c>admin</c> and the local socket count as owner.</summary>
    public string Role { get; }

    /// <summary>What it may do.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>Fires when the caller may no longer go on.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Whether it has this scope; <see cref="Scopes.Admin"/> has them all.</summary>
    public bool May(string scope) => _everything || Scopes.Contains(scope, StringComparer.Ordinal);
}

/// <summary>Who makes a request, as its features see it. An endpoint asks for a scope with <c>RequireAuthorization(Scopes.LightsRead)</c>.</summary>
public static class CallerExtensions
{
    /// <summary>The caller's name for the audit log: a person's, <c>token:NAME</c>, <c>local</c> or <c>anonymous</c>.</summary>
    public static string CallerName(this ClaimsPrincipal user) => user.Identity?.Name ?? "anonymous";

    /// <summary>Whether the caller has this scope.</summary>
    public static bool Has(this ClaimsPrincipal user, string scope) => user is Caller caller && caller.May(scope);

    /// <summary>Fires when the caller is signed out, revoked or expired: long answers (event streams, WebSockets) end with it.</summary>
    public static CancellationToken CallerEnded(this HttpContext context) => (context.User as Caller)?.Ended ?? CancellationToken.None;
}

/// <summary>What a valid API token allows at the broker.</summary>
/// <param name="Name">The token's name, for the audit log.</param>
/// <param name="TopicFilter">The topics it is narrowed to; null for all.</param>
/// <param name="Expires">When it ends; null for never.</param>
public sealed record MqttGrant(string Name, string? TopicFilter, DateTimeOffset? Expires)
{
    /// <summary>Fires when the token is revoked or expires: its connections end with it.</summary>
    public CancellationToken Ended { get; init; }
}

/// <summary>Judges an API token for the broker: null when it is wrong, expired, revoked or lacks the scope <c>mqtt</c>. Access has the answer, the broker asks.</summary>
public delegate MqttGrant? VerifyMqttToken(string token, ClientOrigin origin);
