using Gateway.Host.Core;
using Microsoft.Net.Http.Headers;

namespace Gateway.Host.Access;

/// <summary>
/// Turns away, before anything else looks at it, what no client of ours sends: a foreign Host, another site's page speaking for somebody
/// who is signed in here, and anybody from outside as long as the gateway has no owner.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, HostAllowList hosts, People people)
{
    private static readonly string[] ProxyHeaders = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"];

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var origin = BehindProxy(context);
        if (request.Path == "/healthz" || origin.Kind == OriginKind.LocalSocket) return next(context);
        if (origin.IsOutside && !people.IsClaimed) return Refuse(context, 403, "This gateway has no owner yet and serves only its home network.");
        // What a provider has read and could change carries no owner: no password, no session, nothing that makes one. Its name is the provider's.
        if (origin.IsReadable && ReadableWays.Refuse(context) is { } refused) return Refuse(context, 403, refused);
        if (!origin.IsReadable && !hosts.Allows(request.Host, origin.IsOutside))
            return Refuse(context, 421, $"This gateway does not go by the name in the header Host. If it should, add the name to \"hosts\" in the section [http] of gateway.toml.");

        var isApi = request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);
        var isSafe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (isApi || !isSafe || request.Headers.Upgrade.Count > 0)
        {
            if (!IsOurPage(request)) return Refuse(context, 403, "Pages of other sites may not use this gateway.");
            if (!isSafe && isApi && HasBody(request) && !IsJson(request)) return Refuse(context, 415, "The body must be JSON in UTF-8, with the header Content-Type: application/json.");
        }
        if (isApi)
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
        }
        return next(context);
    }

    /// <summary>
    /// A proxy on this machine speaks for somebody else; whoever it is, he is not on this machine. (Tunnels that the gateway knows have listeners of
    /// their own. Nobody gains by adding such a header: it only takes trust away.)
    /// </summary>
    private static ClientOrigin BehindProxy(HttpContext context)
    {
        var origin = context.Origin();
        if (origin.SaysWhoComes && ReadableWays.Client(context.Request) is { } client) context.Features.Set(origin = new ClientOrigin(origin.Kind, client, origin.Tunnel) { IsReadable = true });
        if (origin.Kind != OriginKind.ThisMachine || !HasAny(context.Request.Headers, ProxyHeaders)) return origin;
        origin = new ClientOrigin(OriginKind.OutsideTunnel, null, "proxy");
        context.Features.Set(origin);
        return origin;
    }

    /// <summary>
    /// Browsers say where a request comes from (https://www.w3.org/TR/fetch-metadata/, RFC 6454); programs say nothing. A neighbour on the
    /// same site is a stranger too: on duckdns.org everybody is one.
    /// </summary>
    private static bool IsOurPage(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site is not ["same-origin"] and not ["none"]) return false;
        if (request.Headers.Origin is not { Count: > 0 } header) return true;
        return header is [{ } origin] && origin.Length == request.Scheme.Length + 3 + request.Host.Value!.Length
            && origin.StartsWith(request.Scheme, StringComparison.OrdinalIgnoreCase)
            && origin.AsSpan(request.Scheme.Length).StartsWith("://")
            && origin.EndsWith(request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    private static bool HasAny(IHeaderDictionary headers, string[] names)
    {
        foreach (var name in names)
        {
            if (headers.ContainsKey(name)) return true;
        }
        return false;
    }

    /// <summary>RFC 8259, section 8.1: JSON is UTF-8. Other encodings are not tried; names of none would end in an error of our own.</summary>
    private static bool IsJson(HttpRequest request) => request.HasJsonContentType()
        && (!request.ContentType!.Contains("charset", StringComparison.OrdinalIgnoreCase)
            || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)));

    private static bool HasBody(HttpRequest request) => request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    private static Task Refuse(HttpContext context, int status, string detail) => Problems.Of(status, detail).ExecuteAsync(context);
}
