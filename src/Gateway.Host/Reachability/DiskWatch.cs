using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Says in time that the disk of the gateway's state is nearly full: a gateway that cannot write forgets who may enter.</summary>
internal sealed class DiskWatch(SettingsStore settings, StatusStore status, TimeProvider time, ILogger<DiskWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private const long Few = 100_000_000, Mega = 1_000_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do LookNow();
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) { }
    }

    private void LookNow()
    {
        try
        {
            var drive = new DriveInfo(settings.Current.Text("data.path")!);
            var isNearlyFull = drive.AvailableFreeSpace < Few || drive.AvailableFreeSpace < drive.TotalSize / 50;
            // The figure is told in steps, so that it is not news each time.
            var words = isNearlyFull ? $"The disk is nearly full: {Math.Max(10, drive.AvailableFreeSpace / Mega / 10 * 10)} MB are left." : "The disk has room.";
            if (isNearlyFull && status.Current.Disk is not { IsNearlyFull: true }) logger.LogWarning("{Words}", words);
            status.Update(s => s.Disk?.Words == words ? s : s with { Disk = new DiskFacts(isNearlyFull, words) });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            logger.LogDebug(e, "The disk's room is not known");
        }
    }
}
