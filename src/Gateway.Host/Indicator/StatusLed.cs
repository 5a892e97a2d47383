using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Indicator;

/// <summary>
/// Shows the policy's verdict on the LED and nothing else. What is shown ends <see cref="LedOutputs.LongestUnfed"/> after the report was made, a claim at the latest when the report says so:
/// only whoever judges the evidence, by judging it again, keeps the LED lit. This loop turning proves nothing and prolongs nothing.
/// </summary>
/// <param name="status">Where the verdict is.</param>
/// <param name="open">Opens the output.</param>
/// <param name="name">The output, for messages.</param>
/// <param name="time">Monotonic time.</param>
/// <param name="logger">Says once when the LED cannot be used and once when it can again.</param>
internal sealed class StatusLed(StatusStore status, Func<CancellationToken, Task<ILedOutput>> open, string name, TimeProvider time, ILogger<StatusLed> logger) : BackgroundService
{
    /// <summary>The output hears from us at least this often, so that one that hangs is noticed.</summary>
    public static readonly TimeSpan Ping = TimeSpan.FromSeconds(5);

    /// <summary>An output that has worked for so long was not the reason of the next failure.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    private bool _saidBroken;
    private long _start;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (name == IndicatorSettings.None) await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        _start = time.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            var opened = time.GetTimestamp();
            try { await ShowUntilLostAsync(stoppingToken); }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(opened) > Settled) failures = 1;
                if (!_saidBroken) logger.LogWarning("The status LED {Output} cannot be used: {Reason} It is tried again", name, e.Message);
                _saidBroken = true;
                await Task.Delay(Backoff.After(failures, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), Random.Shared.NextDouble()), time, stoppingToken);
            }
        }
    }

    private async Task ShowUntilLostAsync(CancellationToken stoppingToken)
    {
        await using var output = await open(stoppingToken);
        while (true)
        {
            var seen = status.Current;
            // Before the first verdict the start of the gateway is all there is to be shown.
            var report = seen.Report.Made == 0 ? seen.Report with { Made = _start } : seen.Report;
            await output.ShowAsync(LedTimeline.Of(report.Pattern), Until(report, time), stoppingToken);
            if (_saidBroken) logger.LogInformation("The status LED {Output} works again", name);
            _saidBroken = false;
            await NewsAsync(seen, output.Lost, stoppingToken);
        }
    }

    /// <summary>When a report is too old to be shown: a <see cref="TimeProvider.GetTimestamp"/> value.</summary>
    internal static long Until(ReachabilityReport report, TimeProvider time)
    {
        var unfed = time.After(report.Made, LedOutputs.LongestUnfed);
        return report.IsClaim ? Math.Min(unfed, report.GoodUntil) : unfed;
    }

    /// <summary>Waits for another report, for the output's end, or for the next <see cref="Ping"/>.</summary>
    private async Task NewsAsync(GatewayStatus seen, CancellationToken lost, CancellationToken stoppingToken)
    {
        using var ping = new CancellationTokenSource(Ping, time);
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(ping.Token, lost, stoppingToken);
        try
        {
            var now = seen;
            for (; ReferenceEquals(now.Report, seen.Report); now = status.Current) await status.WaitForOtherAsync(now, wake.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested) { }
    }
}
