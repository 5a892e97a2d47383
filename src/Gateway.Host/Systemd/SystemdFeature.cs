using Gateway.Host.Core;

namespace Gateway.Host.Systemd;

/// <summary>
/// <c>Type=notify</c> and <c>WatchdogSec=</c>: ready when all serves, the verdict as the unit's status, and the watchdog fed on the very thread that has just judged the evidence.
/// There is no timer that could go on feeding it for a loop that hangs.
/// </summary>
internal static class SystemdFeature
{
    public static void AddSystemd(this IServiceCollection services)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 } address) 
            services.AddHostedService(p => new SystemdReports(address, p.GetRequiredService<StatusStore>(), p.GetRequiredService<IHostApplicationLifetime>(), p.GetRequiredService<ILogger<SystemdReports>>()));
    }
}

/// <summary>What systemd is told, and when.</summary>
internal sealed class SystemdReports(string address, StatusStore status, IHostApplicationLifetime lifetime, ILogger<SystemdReports> logger) : IHostedService, IDisposable
{
    private SystemdNotify? _systemd;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var systemd = _systemd = new SystemdNotify(address);
            lifetime.ApplicationStarted.Register(() => systemd.Send("READY=1", Status(status.Current)));
            lifetime.ApplicationStopping.Register(() => systemd.Send("STOPPING=1", "STATUS=Stopping."));
            status.OnChange((before, after) =>
            {
                if (after.Report.Made != before.Report.Made) systemd.Send("WATCHDOG=1");
                if (after.Report.Words != before.Report.Words) systemd.Send(Status(after));
            });
        }
        catch (ArgumentException e)
        {
            logger.LogWarning("The service manager cannot be told that the gateway is ready: {Reason}", e.Message);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _systemd?.Dispose();

    private static string Status(GatewayStatus status) => "STATUS=" + status.Report.Words.ReplaceLineEndings(" ");
}
