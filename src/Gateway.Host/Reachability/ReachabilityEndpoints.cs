using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary><c>/api/reachability</c>: the verdict and all that it rests on.</summary>
internal static class ReachabilityEndpoints
{
    private const int LinesOfHistory = 200;

    public static void MapReport(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/reachability").RequireAuthorization(Scopes.StatusRead).WithTags("Reachability");
        group.MapGet("", Get).WithSummary("Verdict, ways in, evidence with times and vantages, LED pattern, history").Produces<ReachabilityView>();
        group.MapPost("/check", CheckAsync).WithSummary("Every vantage looks now; answers with the fresh verdict").Produces<ReachabilityView>().ProducesProblem(429);
    }

    private static IResult Get(ReachabilityJudge judge, Vantages vantages, ReachabilityHistory history) => View(judge, vantages, history);

    private static async Task<IResult> CheckAsync(HttpContext context, ReachabilityJudge judge, Vantages vantages, ReachabilityHistory history, VantageWatch watch, CancellationToken cancellationToken)
    {
        if (watch.Checks.Take("") is { } wait) return Problems.TooOften(context, wait, "The gateway has just been looked at.");
        await watch.LookNowAsync(cancellationToken);
        return View(judge, vantages, history);
    }

    /// <summary>Judged for whoever asks, and not written: the loop alone makes claims anew.</summary>
    private static IResult View(ReachabilityJudge judge, Vantages vantages, ReachabilityHistory history) =>
        TypedResults.Json(ReachabilityView.Of(judge.Judged(), judge.Now, vantages.All, history.Newest(LinesOfHistory)), ReachabilityJson.Default.ReachabilityView);
}
