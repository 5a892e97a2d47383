using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary><c>GET /.well-known/gateway-challenge/{nonce}</c>: answers the nonces that this process has sent round through the outside, and nothing else.</summary>
internal static class ChallengeEndpoint
{
    public const string Path = "/.well-known/gateway-challenge/";

    public static void MapChallenge(this IEndpointRouteBuilder app) => app.MapGet(Path + "{nonce}", Answer)
        .AllowAnonymous().WithTags("Reachability").WithSummary("For those who look whether this gateway can be reached: answers a fresh nonce of its own, once")
        .Produces<string>(200, "text/plain").ProducesProblem(404);

    private static IResult Answer(HttpContext context, Challenges challenges, string nonce)
    {
        context.Response.Headers.CacheControl = "no-store";
        return challenges.Arrive(nonce, new Arrival(LocalEndPoint(context.Connection), context.Request.IsHttps, context.Origin())) is { } answer
            ? TypedResults.Text(answer) : Problems.Of(404, "This gateway waits for no such nonce.");
    }

    /// <summary>Where a request arrived on this machine; IPv4 as IPv4.</summary>
    public static IPEndPoint LocalEndPoint(ConnectionInfo connection) => new((connection.LocalIpAddress ?? IPAddress.None).Unmapped(), connection.LocalPort);
}
