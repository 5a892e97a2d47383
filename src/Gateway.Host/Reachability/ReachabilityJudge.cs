using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// Judges again whenever a fact changes or runs out, and often enough that a claim does not end by itself. LED and watchdog are fed by what this loop writes, and by
/// nothing else: while it hangs, no claim is made anew.
/// </summary>
internal sealed class ReachabilityJudge(StatusStore status, AddressScopes scopes, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ReachabilityJudge> logger) : BackgroundService
{
    /// <summary>The verdict is made anew this often, whatever it is.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan AfterError = TimeSpan.FromSeconds(2);

    private readonly long _born = time.GetTimestamp();

    public Moment Now => Moment.Of(time, _born);

    /// <summary>The status with the verdict of this moment; nothing is written.</summary>
    public GatewayStatus Judged() => status.Current is var s ? s with { Report = ReachabilityPolicy.Judge(s, Now, scopes) } : null!;

    /// <summary>Until the gateway stops: then ways in and name are given back, and nothing is claimed any more.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await time.RepeatAsync(TurnAsync, AfterError, e => logger.LogError(e, "The verdict about being reached could not be made"), stop.Token);
        var (now, at) = (time.GetTimestamp(), time.GetUtcNow());
        status.Update(s => s with { Report = new ReachabilityReport(LedPattern.Off, "The gateway was stopped.", at, now, now, at, [], []) });
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var before = status.Current.Report.Pattern;
        var (now, judged) = (Now, status.Current);
        status.Update(s => judged = Judge(s, now));
        if (judged.Report.Pattern != before) logger.LogInformation("{Pattern}: {Words}", judged.Report.Pattern.ApiName(), judged.Report.Words);
        await status.WaitForOtherAsync(judged, Next(judged, Now), time, cancellationToken);
    }

    private GatewayStatus Judge(GatewayStatus current, Moment now)
    {
        var observations = Evidence.With(current, null, scopes);
        if (observations.Count < current.Observations.Count) current = current with { Observations = observations };
        return current with { Report = ReachabilityPolicy.Judge(current, now, scopes) };
    }

    /// <summary>How long until the verdict may be another although no fact has changed: something runs out, or it has to be made anew.</summary>
    public static TimeSpan Next(GatewayStatus judged, Moment now)
    {
        var report = judged.Report;
        var names = judged.Names.Take(1).SelectMany(n => new[] { n.V4, n.V6 }).Where(a => a.Old is not null).Select(a => (long?)a.OldUntil);
        var young = report.Pattern == LedPattern.Starting ? now.After(now.Born, ReachabilityPolicy.Grace) : (long?)null;
        var next = report.Ways.Select(w => w.GoodUntil).Concat(names).Append(young).Append(now.After(report.Made, Again)).Where(t => t > now.Timestamp).Min();
        return next is { } at ? -now.Since(at) + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
    }
}
