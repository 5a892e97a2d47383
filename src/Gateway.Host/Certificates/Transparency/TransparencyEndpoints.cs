using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Host.Certificates.Transparency;

/// <summary>What the public logs have for the gateway's names, beside its own certificates.</summary>
/// <param name="Monitor">Who is asked; empty for nobody.</param>
/// <param name="Names">Each name, since when it is watched over, and when its certificates were last read.</param>
/// <param name="Certificates">The newest first.</param>
internal sealed record TransparencyView(string Monitor, IReadOnlyList<WatchedView> Names, IReadOnlyList<LoggedView> Certificates);

/// <summary>A name.</summary>
internal sealed record WatchedView(string Name, DateTimeOffset Since, DateTimeOffset? Read, string Problem);

/// <summary>A certificate; <c>kind</c> is <c>foreign</c>, <c>known</c>, <c>before</c>, <c>above</c> or <c>ended</c>.</summary>
internal sealed record LoggedView(string Name, string Kind, string Words, string KeyFingerprint, string Issuer, IReadOnlyList<string> Names, DateTimeOffset From, DateTimeOffset Until);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TransparencyView))]
internal sealed partial class TransparencyJson : JsonSerializerContext;

/// <summary><c>/api/certificates</c>, for the owner: who else has certificates for the gateway's names, and "that was me".</summary>
internal static class TransparencyEndpoints
{
    public static void AddTransparency(this IServiceCollection services)
    {
        services.AddSingleton<TransparencyStore>();
        services.AddSingleton<MonitorClient>();
        services.AddSingleton(TransparencyPace.Agreed);
        services.AddSingleton<TransparencyWatch>();
        services.AddHostedService(p => p.GetRequiredService<TransparencyWatch>());
        services.AddJson(TransparencyJson.Default);
    }

    public static void MapTransparency(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/certificates").WithTags("Certificates").RequireAuthorization(Scopes.Admin);
        group.MapGet("", List).WithSummary("Certificates that others have for this gateway's names, as the public logs show them");
        group.MapPost("/{key}/known", Know).WithSummary("Says of a certificate's key that it is no stranger's").Produces(204).ProducesProblem(404);
    }

    private static JsonHttpResult<TransparencyView> List(TransparencyWatch watch, SettingsStore settings)
    {
        var all = watch.All();
        return TypedResults.Json(new TransparencyView(settings.Current.Text(TransparencySettings.Monitor)!,
            [.. all.Select(a => new WatchedView(a.Watched.Name, a.Watched.Since, a.Watched.Read, a.Watched.Words))],
            [.. all.SelectMany(a => a.Found.Select(f => new LoggedView(a.Watched.Name, JsonNamingPolicy.SnakeCaseLower.ConvertName(f.Kind.ToString()), Words(f.Kind), f.Certificate.KeyFingerprint, f.Certificate.Issuer, f.Certificate.Names, f.Certificate.From, f.Certificate.Until)))
                .OrderByDescending(c => c.Kind == "foreign").ThenByDescending(c => c.From)]), TransparencyJson.Default.TransparencyView);
    }

    private static IResult Know(string key, HttpContext context, TransparencyWatch watch, AuditLog audit, TimeProvider time)
    {
        if (watch.All().SelectMany(a => a.Found).FirstOrDefault(f => f.Certificate.KeyFingerprint == key) is not { Certificate: { } certificate }) return Problems.Of(404, "No certificate with this key was found for a name of this gateway.", "key");
        audit.Security(context.User.CallerName(), context.Origin(), "certificate.acknowledged", $"{certificate.Issuer}: {string.Join(", ", certificate.Names)}", c => TransparencyStore.Knows(c, key, time.GetUtcNow()));
        watch.LookAgain();
        return TypedResults.NoContent();
    }

    private static string Words(LoggedKind kind) => kind switch
    {
        LoggedKind.Foreign => "Its key is not this gateway's.",
        LoggedKind.Known => "You said that it is yours, or dealt with.",
        LoggedKind.Before => "Issued before this gateway watched over the name.",
        LoggedKind.Above => "Of whoever has the domain above; no alarm.",
        LoggedKind.Ended => "It has ended.",
        _ => "This gateway's own.",
    };
}
