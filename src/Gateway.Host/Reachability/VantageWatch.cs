using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// Has every vantage look at every open way in, each pair at its own pace: a door that swallows packets holds up no other, and a new address, or one to which the name leads now, is looked at at once.
/// While there is nothing to look at, nothing runs.
/// </summary>
internal sealed class VantageWatch : BackgroundService
{
    /// <summary>A look that failed after one that got in is repeated so soon: chance or change?</summary>
    public static readonly TimeSpan Doubt = TimeSpan.FromSeconds(1);

    private readonly Vantages _vantages;
    private readonly StatusStore _status;
    private readonly AddressScopes _scopes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Bell _changed;
    private readonly Dictionary<Pair, Running> _running = [];
    private long _looks, _failed;
    private bool _anew;

    public VantageWatch(Vantages vantages, StatusStore status, AddressScopes scopes, TimeProvider time, Metrics metrics, ILogger<VantageWatch> logger)
    {
        (_vantages, _status, _scopes, _time, _logger, _changed) = (vantages, status, scopes, time, logger, new Bell(time));
        Checks = new TokenBuckets(3, TimeSpan.FromSeconds(10), time, size: 1);
        vantages.OnChange(_changed.Ring);
        status.OnChange((before, after) =>
        {
            if (after.Internet.Answers == true && before.Internet.Answers == false) Volatile.Write(ref _anew, true);
            else if (ReferenceEquals(before.Leases, after.Leases) && ReferenceEquals(before.Names, after.Names) && before.Certificate == after.Certificate && before.IsClaimed == after.IsClaimed) return;
            _changed.Ring();
        });
        metrics.Counter("gateway_looks_total", "Looks from outside at this gateway", () => Interlocked.Read(ref _looks));
        metrics.Counter("gateway_looks_failed_total", "Looks from outside that could not get in", () => Interlocked.Read(ref _failed));
    }

    /// <summary>How often anybody may have everybody look: 3 times at once, then once each ten seconds.</summary>
    public TokenBuckets Checks { get; }

    /// <summary>Every vantage looks at everything now; returns when all have.</summary>
    public Task LookNowAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Pairs().Select(p => LookAsync(p.Vantage, p.Target, cancellationToken)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                Reconcile(stoppingToken);
                await _changed.WaitAsync(null, stoppingToken);
            }
        }
        catch (OperationCanceledException) { }
        finally
        {
            await Task.WhenAll(_running.Values.Select(r => r.Loop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<Pair> Pairs()
    {
        var status = _status.Current;
        return from target in Evidence.Targets(status, _scopes) from vantage in _vantages.All where status.Leases.Any(l => target.IsOf(l) && vantage.LooksAt(l))
            select new Pair(vantage, target, status.Leases.Any(l => target.IsOf(l) && Evidence.IsPublished(l, status)));
    }

    private void Reconcile(CancellationToken stoppingToken)
    {
        var anew = Interlocked.Exchange(ref _anew, false); // the internet is back: nobody waits for his turn
        var wanted = Pairs().ToHashSet();
        foreach (var (pair, running) in _running.Where(r => anew || !wanted.Contains(r.Key)).ToArray())
        {
            running.End.Cancel();
            _running.Remove(pair);
        }
        foreach (var pair in wanted.Where(p => !_running.ContainsKey(p)))
        {
            var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            _running[pair] = new Running(end, RepeatAsync(pair, end));
        }
    }

    /// <summary>Until <paramref name="end"/>, which it disposes.</summary>
    private async Task RepeatAsync(Pair pair, CancellationTokenSource end)
    {
        using var _ = end;
        var cancellationToken = end.Token;
        var last = ProbeOutcome.Unknown;
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = _time.GetTimestamp();
            var outcome = await LookAsync(pair.Vantage, pair.Target, cancellationToken);
            // Only what works may wait: a door that opens is seen soon.
            var pace = VantagePace.Of(pair.Vantage.Kind, pair.IsPublished || outcome != ProbeOutcome.Reached).Interval;
            var wait = outcome == ProbeOutcome.Failed && last == ProbeOutcome.Reached ? Doubt : pace - _time.GetElapsedTime(started);
            last = outcome;
            if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ProbeOutcome> LookAsync(IVantage vantage, ProbeTarget target, CancellationToken cancellationToken)
    {
        try
        {
            var observation = await vantage.LookAsync(target, cancellationToken);
            Interlocked.Increment(ref _looks);
            if (observation.Outcome == ProbeOutcome.Failed) Interlocked.Increment(ref _failed);
            _status.Update(s => s with { Observations = Evidence.With(s, observation, _scopes) });
            return observation.Outcome;
        }
        catch (OperationCanceledException) { }
        catch (Exception e) { _logger.LogError(e, "{Vantage} could not look", vantage.Name); }
        return ProbeOutcome.Unknown;
    }

    private sealed record Pair(IVantage Vantage, ProbeTarget Target, bool IsPublished);

    private sealed record Running(CancellationTokenSource End, Task Loop);
}
