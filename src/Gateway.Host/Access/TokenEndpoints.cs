using System.Globalization;
using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>API tokens: shown once, listed and revoked by name.</summary>
internal static class TokenEndpoints
{
    private const int LongestTopic = 256;
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(3650);

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup("/api/tokens").WithTags("Tokens").RequireAuthorization(Scopes.Admin);
        tokens.MapGet("", (Tokens all) => TypedResults.Json(all.All.Select(TokenView.Of).ToArray(), AccessJson.Default.TokenViewArray)).WithSummary("Every API token");
        tokens.MapPost("", Create).WithSummary("Makes a token; it is shown this once").Produces<TokenView>(201).ProducesProblem(400).ProducesProblem(409);
        tokens.MapDelete("/{name}", Revoke).WithSummary("Revokes a token; its connections end").Produces(204).ProducesProblem(404);
    }

    private static IResult Create(TokenRequest request, HttpContext context, Accounts accounts, TimeProvider time)
    {
        if (AccountRules.RefuseName(request.Name) is { } badName) return Problems.Of(400, badName, "name");
        if (request.Scopes is not { Length: > 0 } scopes || scopes.Any(s => !Scopes.All.Contains(s, StringComparer.Ordinal)))
            return Problems.Of(400, $"One or more of {string.Join(", ", Scopes.All)}.", "scopes");
        if (request.Topic is { } topic && RefuseTopic(topic) is { } badTopic) return Problems.Of(400, badTopic, "topic");
        var life = request.Expires is null ? null : LifeOf(request.Expires);
        if (request.Expires is not null && life is null) return Problems.Of(400, "A number and a unit, such as 30m, 12h, 90d or 52w; at most ten years.", "expires");

        var (secret, now, who) = (Secrets.New(Tokens.Prefix), time.GetUtcNow(), context.User.CallerName());
        var token = new Token(Digest.Of(secret)!.Value, request.Name!, [.. Scopes.All.Where(s => scopes.Contains(s, StringComparer.Ordinal))], request.Topic, who, now, now + life, null);
        return accounts.AddToken(token, who, context.Origin())
            ? TypedResults.Json(TokenView.Of(token) with { Secret = secret }, AccessJson.Default.TokenView, statusCode: 201)
            : Problems.Of(409, "There is a token of that name already, or there are too many. Revoke one first.", "name");
    }

    private static IResult Revoke(string name, HttpContext context, Tokens tokens, Accounts accounts)
    {
        if (tokens.Find(name) is not { } token) return Problems.Of(404, "There is no token of that name.", "name");
        accounts.EndToken(token, context.User.CallerName(), context.Origin());
        return TypedResults.NoContent();
    }

    /// <summary>A topic filter by MQTT 5.0, section 4.7: <c>+</c> fills a level, <c>#</c> fills the last.</summary>
    internal static string? RefuseTopic(string topic)
    {
        if (topic.Length is 0 or > LongestTopic) return $"A topic filter of 1 to {LongestTopic} characters.";
        if (topic.Any(c => char.IsControl(c) || char.IsSurrogate(c))) return "No control characters in a topic filter.";
        var levels = topic.Split('/');
        var bad = levels.Where((level, i) => level.Length > 1 && level.AsSpan().ContainsAny('+', '#') || (level == "#" && i < levels.Length - 1));
        return bad.Any() ? "In a topic filter + stands for a whole level and # for the end: gateway/lights/+/set, zigbee2mqtt/#." : null;
    }

    internal static TimeSpan? LifeOf(string text)
    {
        if (text.Length is < 2 or > 6 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return null;
        TimeSpan? life = text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            'w' => TimeSpan.FromDays(7L * number),
            _ => null,
        };
        return life <= LongestLife ? life : null;
    }
}
