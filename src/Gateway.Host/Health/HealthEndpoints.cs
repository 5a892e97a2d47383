using System.Diagnostics;
using Gateway.Host.Core;

namespace Gateway.Host.Health;

/// <summary><c>/healthz</c> says only whether all is well; <c>/metrics</c> tells those who may know how well.</summary>
internal static class HealthEndpoints
{
    public static void AddHealth(this IServiceCollection services) => services.AddSingleton<Metrics>();

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        AddProcessFigures(app.ServiceProvider.GetRequiredService<Metrics>(), app.ServiceProvider.GetRequiredService<Database>());
        app.MapGet("/healthz", (IHostApplicationLifetime lifetime, IEnumerable<IHostedService> services, Database database) =>
                IsWell(lifetime, services, database) ? Results.Text("ok") : Results.StatusCode(503))
            .AllowAnonymous().WithTags("Health").WithSummary("200 ok when this process serves and its loops turn");
        app.MapGet("/metrics", (Metrics metrics) => Results.Text(metrics.Write(), "text/plain; version=0.0.4"))
            .RequireAuthorization(Scopes.StatusRead).WithTags("Health").WithSummary("Figures as Prometheus text");
    }

    /// <summary>Serving starts before the last service has: until then nothing is well. A loop that has ended while the process has not is a broken gateway.</summary>
    private static bool IsWell(IHostApplicationLifetime lifetime, IEnumerable<IHostedService> services, Database database) =>
        lifetime.ApplicationStarted.IsCancellationRequested
        && !lifetime.ApplicationStopping.IsCancellationRequested
        && services.OfType<BackgroundService>().All(s => s.ExecuteTask is { IsCompleted: false })
        && database.IsUsable();

    private static void AddProcessFigures(Metrics metrics, Database database)
    {
        metrics.Gauge("process_resident_memory_bytes", "Resident memory", () => Environment.WorkingSet);
        metrics.Counter("process_cpu_seconds_total", "Processor time used", () => Environment.CpuUsage.TotalTime.TotalSeconds);
        metrics.Gauge("process_start_time_seconds", "When the process started, Unix time", StartTime);
        metrics.Gauge("dotnet_gc_heap_bytes", "Managed memory in use", () => GC.GetTotalMemory(forceFullCollection: false));
        metrics.Gauge("dotnet_threadpool_threads", "Threads of the pool", () => ThreadPool.ThreadCount);
        metrics.Counter("gateway_database_transactions_total", "Transactions written to the card", () => database.Transactions);
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }
}
