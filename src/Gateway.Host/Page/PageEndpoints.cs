using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gateway.Host.Page;

/// <summary>
/// The page's static files, out of the assembly, with the headers that keep scripts out.
/// What lies under <c>assets/</c> is asked for under its version and never again; the few files at the root are revalidated by their hash.
/// </summary>
internal static class PageEndpoints
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>RFC 8246: a year without asking again.</summary>
    private const string Immutable = "max-age=31536000, immutable";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void AddPage(this IServiceCollection services) => services.AddSingleton<PageFiles>();

    /// <summary>What nothing serves gets a page that says so, and nobody is asked to sign in for it. Below /api programs read: routing answers them.</summary>
    public static void UseNotFoundPage(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<PageFiles>();
        var notFound = new Endpoint(context => ServeNotFoundAsync(context, files), new EndpointMetadataCollection(new AllowAnonymousAttribute()), "Not found");
        app.Use((context, next) =>
        {
            if (context.GetEndpoint() is null && Reading.Contains(context.Request.Method, StringComparer.Ordinal) && !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
                context.SetEndpoint(notFound);
            return next(context);
        });
    }

    public static void MapPage(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<PageFiles>();
        foreach (var name in files.RootNames)
            Map(app.MapMethods(name == "index.html" ? "/" : "/" + name, Reading, (RequestDelegate)(context => ServeAsync(context, files.Find(name)!, CachingOf(name)))));
        Map(app.MapMethods("/assets/{version}/{**name}", Reading, (RequestDelegate)(context => ServeAssetAsync(context, files))));
    }

    /// <summary>Icons keep for a day; what leads to the rest is asked for each time, and answered 304.</summary>
    private static string CachingOf(string name) => Path.GetExtension(name) is ".svg" or ".png" ? "max-age=86400" : "no-cache";

    private static void Map(IEndpointConventionBuilder endpoint) => endpoint.AllowAnonymous().ExcludeFromDescription();

    private static Task ServeAssetAsync(HttpContext context, PageFiles files)
    {
        var (version, name) = (context.GetRouteValue("version") as string, context.GetRouteValue("name") as string);
        return version == files.Version && files.Find("assets/" + name) is { } file
            ? ServeAsync(context, file, Immutable)
            : ServeNotFoundAsync(context, files);
    }

    private static Task ServeNotFoundAsync(HttpContext context, PageFiles files)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return ServeAsync(context, files.Find("not-found.html")!, "no-store");
    }

    private static async Task ServeAsync(HttpContext context, PageFile file, string caching)
    {
        var (request, response) = (context.Request, context.Response);
        var encoding = PreferredEncoding(request.Headers.AcceptEncoding);
        var body = file.In(encoding);
        if (file.Runs)
        {
            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
            response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        }
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = caching;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (caching != Immutable) response.Headers.ETag = body.ETag.ToString();
        if (request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(body.ETag, useStrongComparison: false) || known.Equals(EntityTagHeaderValue.Any)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        response.ContentType = file.ContentType;
        response.ContentLength = body.Bytes.Length;
        if (!HttpMethods.IsHead(request.Method)) await response.Body.WriteAsync(body.Bytes, context.RequestAborted);
    }

    private static string? PreferredEncoding(StringValues accepted)
    {
        if (!StringWithQualityHeaderValue.TryParseList(accepted, out var values)) return null;
        bool Takes(string encoding) => values.Any(v => v.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && v.Quality is not 0);
        return Takes(PageFile.Brotli) ? PageFile.Brotli : Takes(PageFile.GZip) ? PageFile.GZip : null;
    }
}
