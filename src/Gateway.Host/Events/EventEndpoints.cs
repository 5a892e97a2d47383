using Gateway.Host.Core;

namespace Gateway.Host.Events;

/// <summary><c>GET /api/events</c>: changes as they happen.</summary>
internal static class EventEndpoints
{
    public static void AddEvents(this IServiceCollection services) => services.AddSingleton<EventStream>();

    public static void MapEvents(this IEndpointRouteBuilder app) => app.MapGet("/api/events", StreamAsync)
        .RequireAuthorization(Scopes.LightsRead).WithTags("Events")
        .WithSummary("Server-sent events light and reachability; first a snapshot, or just what was missed since a known Last-Event-ID")
        .Produces<string>(200, "text/event-stream").ProducesProblem(503);

    private static async Task StreamAsync(HttpContext context, EventStream stream, IHostApplicationLifetime lifetime)
    {
        if (!stream.TryEnter())
        {
            context.Response.Headers.RetryAfter = "30";
            await Problems.Of(503, $"More than {EventStream.MaxListeners} listen already; close some pages or wait.").ExecuteAsync(context);
            return;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, context.CallerEnded());
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await stream.WriteAsync(context.Response, context.Request.Headers["Last-Event-ID"], stop.Token);
        }
        catch (OperationCanceledException) { }
        finally
        {
            stream.Leave();
        }
    }
}
