using Gateway.Host.Core;

namespace Gateway.Host.Ingress;

/// <summary>Runs the ways in that the owner wants while the gateway has an owner, starts again what fails, and puts together what they hold. The demonstration home opens nothing.</summary>
internal sealed class IngressSupervisor(
    IEnumerable<IIngress> ways, SettingsStore settings, StatusStore status, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<IngressSupervisor> logger) : BackgroundService
{
    /// <summary>What ways in hold at routers and providers is given back within this.</summary>
    public static readonly TimeSpan GiveBackWithin = TimeSpan.FromSeconds(2);

    /// <summary>A way that ran for so long has recovered.</summary>
    private static readonly TimeSpan Recovered = TimeSpan.FromMinutes(1);

    private readonly IIngress[] _ways = [.. ways.Where(w => IngressSettings.Place(settings.Current, w.Way) >= 0)
        .OrderBy(w => IngressSettings.Place(settings.Current, w.Way)).ThenBy(w => w.Way, StringComparer.Ordinal)];

    private readonly Lock _lock = new();
    private readonly Dictionary<IIngress, IReadOnlyList<IngressLease>> _leases = [];

    /// <summary>Waits by its own clock: when the host's time for stopping is used up by others, the routers still get back what is theirs.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var soon = new CancellationTokenSource(GiveBackWithin, time);
        await base.StopAsync(soon.Token);
        if (ExecuteTask is { IsCompleted: false }) logger.LogWarning("Not every way in was given back in time");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Begins while the server is still letting its clients go.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        // The demonstration home opens nothing. A service that ends is a broken one: this one waits.
        var running = settings.Current.IsDemonstration ? [] : _ways.Select(w => KeepAsync(w, stop.Token));
        await Task.WhenAll(running.Append(Task.Delay(Timeout.InfiniteTimeSpan, time, stop.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task KeepAsync(IIngress way, CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            try
            {
                await UntilClaimedIsAsync(true, stop);
                started = time.GetTimestamp();
                if (!await RunAsync(way, stop)) continue; // nobody's any more, or at an end
                throw new InvalidOperationException($"The way in {way.Way} has ended by itself.");
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                failures = time.GetElapsedTime(started) >= Recovered ? 1 : failures + 1;
                logger.Log(failures == 1 ? LogLevel.Error : LogLevel.Debug, e, "The way in {Way} failed; it is started again", way.Way);
            }
            await Task.Delay(Backoff.After(failures, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1), Random.Shared.NextDouble()), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs it until the gateway has no owner or stops; true when it returned before that. What it throws comes out, unless it was told to end.</summary>
    private async Task<bool> RunAsync(IIngress way, CancellationToken stop)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = way.RunAsync(leases => Put(way, leases, run.Token), run.Token);
        var isLost = UntilClaimedIsAsync(false, run.Token);
        await Task.WhenAny(running, isLost);
        var byItself = running.IsCompleted && !run.IsCancellationRequested;
        await run.CancelAsync();
        Put(way, [], CancellationToken.None);
        try { await running; }
        catch (Exception e) when (!byItself)
        {
            if (e is not OperationCanceledException) logger.LogError(e, "The way in {Way} failed when it was to end", way.Way);
        }
        return byItself;
    }

    private async Task UntilClaimedIsAsync(bool wanted, CancellationToken cancellationToken)
    {
        for (var seen = status.Current; seen.IsClaimed != wanted; seen = status.Current) await status.WaitForOtherAsync(seen, cancellationToken);
    }

    /// <summary>Takes what a way reports, while it runs.</summary>
    private void Put(IIngress way, IReadOnlyList<IngressLease> leases, CancellationToken run)
    {
        lock (_lock)
        {
            if (run.IsCancellationRequested) return;
            var before = _leases.GetValueOrDefault(way, []);
            if (before.SequenceEqual(leases)) return;
            _leases[way] = [.. leases];
            foreach (var lease in leases)
            {
                var old = before.FirstOrDefault(l => l.Family == lease.Family);
                if (old is null || !(old.State, old.Address, old.Port, old.Problem).Equals((lease.State, lease.Address, lease.Port, lease.Problem)))
                    logger.LogInformation("{Way} over {Family}, {State}: {Words}", lease.Way, lease.Family.Words(), lease.State.ToString().ToLowerInvariant(), lease.Words);
            }
            var all = _ways.SelectMany(w => _leases.GetValueOrDefault(w, [])).ToArray();
            status.Update(s => s with { Leases = all });
        }
    }
}
