using System.Net;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Authorization;

namespace Gateway.Host.Access;

/// <summary>What may be said over a way in whose provider reads along, and has the power to change what passes.</summary>
internal static class ReadableWays
{
    public const string OnlyTokens = "This way in can be read by its provider: only API tokens without the right \"admin\" are taken here, in the header Authorization. Sign in under the house's own name.";

    /// <summary>Why a request is turned away; null when it may go on. Whatever changes something has to carry a token of its own, which keeps out all that makes owners, members and sessions.</summary>
    public static string? Refuse(HttpContext context)
    {
        var request = context.Request;
        if (Cookies.Has(request)) return "This way in can be read by its provider: no session counts here. Open the page under the house's own name, and sign out everywhere if this browser has sent its cookie here before.";
        if (request.Headers.Upgrade.Count > 0) return "This way in can be read by its provider: only plain requests are answered here.";
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        return isSafe || request.Headers.Authorization.Count > 0 && !IsForStrangers(context) ? null : "This way in can be read by its provider: nobody claims, signs in or is invited here. " + OnlyTokens;
    }

    /// <summary>The client as the tunnel's program has said: the last one in X-Forwarded-For. What stands before it the client may have written.</summary>
    public static IPAddress? Client(HttpRequest request) =>
        request.Headers["X-Forwarded-For"] is { Count: > 0 } header && header[^1]?.Split(',')[^1].Trim() is { Length: <= 64 } last && IPAddress.TryParse(last, out var address) ? address.Unmapped() : null;

    /// <summary>What changes something without knowing who asks is how one becomes somebody: claiming, signing in, joining, pairing.</summary>
    private static bool IsForStrangers(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
}
