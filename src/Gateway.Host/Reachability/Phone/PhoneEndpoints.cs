using System.Text.Json.Serialization;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Phone;

/// <param name="Path">What the device fetches next, from the same origin: by that it is proven.</param>
internal sealed record PhoneProofView(string Path);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PhoneProofView))]
internal sealed partial class PhoneJson : JsonSerializerContext;

/// <summary>"Prove it from mobile data": the page does it by itself, whenever somebody of the house uses it away from home.</summary>
internal static class PhoneEndpoints
{
    public static void AddPhone(this IServiceCollection services)
    {
        services.AddSingleton<PhoneProofs>();
        services.AddJson(PhoneJson.Default);
    }

    public static void MapPhone(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/reachability").RequireAuthorization(Scopes.StatusRead).WithTags("Reachability");
        group.MapPost("/proof", Prove).WithSummary("Lets a person's device that comes from outside prove the way by which it came").Produces<PhoneProofView>().ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        group.MapGet("/qr", Code).WithSummary("The gateway's public link as a QR code").Produces<string>(200, "image/svg+xml").ProducesProblem(404);
    }

    private static IResult Prove(HttpContext context, PhoneProofs proofs)
    {
        if (context.User is not Caller { Kind: CallerKind.Session } caller) return Problems.Of(403, "Only a person who is signed in on a device of his own proves anything.");
        if (!context.Request.IsHttps) return Problems.Of(403, "Only over HTTPS.");
        if (proofs.Pace.Take(caller.Name) is { } wait) return Problems.TooOften(context, wait, "That has just been proven.");
        var (target, why) = proofs.Judge(context.Origin(), ChallengeEndpoint.LocalEndPoint(context.Connection), context.Request.Host);
        if (target is null) return Problems.Of(409, why);
        return proofs.Issue(caller, target, context.Request.Host) is { } nonce
            ? TypedResults.Json(new PhoneProofView(ChallengeEndpoint.Path + nonce), PhoneJson.Default.PhoneProofView) : Problems.Of(503, "Too many looks are under way. Try again in some seconds.");
    }

    private static IResult Code(StatusStore status) => PublicDoor.Of(status.Current) is { } door
        ? TypedResults.Text(QrCode.Svg(door.Link.ToString()), "image/svg+xml") : Problems.Of(404, "This gateway has no public name yet ([name] in gateway.toml).");
}
