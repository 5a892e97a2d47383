using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// Tells listeners of <c>/api/events</c> when what there is to be shown has become another, and claims again before they run out: a page shows them no longer
/// than they are good for. Any other verdict that is only made anew is no news.
/// </summary>
internal sealed class ReachabilityEvents(StatusStore status, EventHub events, Metrics metrics, TimeProvider time) : IHostedService
{
    /// <summary>A claim that stands is told again so often; it is made anew every <see cref="ReachabilityJudge.Again"/> at the latest.</summary>
    private static readonly TimeSpan ClaimAgain = TimeSpan.FromSeconds(5);

    private long _told;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        status.OnChange((before, after) =>
        {
            var isAgain = after.Report.IsClaim && after.Report.Made != before.Report.Made && time.GetElapsedTime(_told) >= ClaimAgain;
            if (!isAgain && !IsNews(before, after)) return;
            _told = time.GetTimestamp();
            var view = View(after.Report); // not later: seconds count from now
            events.Publish("reachability", () => Json(view));
        });
        events.AddSnapshot("reachability", () => Json(View(status.Current.Report)));
        metrics.Gauge("gateway_reachability", "2 while being reached is proven, 1 while it is believed, else 0", () => status.Current.Report.Pattern switch
        {
            LedPattern.Verified or LedPattern.Attention => 2,
            LedPattern.Believed => 1,
            _ => 0,
        });
        metrics.Gauge("gateway_internet", "1 while the internet answers, 0 while it does not", () => status.Current.Internet.Answers == true ? 1 : 0);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private ReachabilityEventView View(ReachabilityReport report) =>
        new(report.Pattern.ApiName(), report.Since, report.IsClaim ? Math.Max(0, Math.Round(time.Until(report.GoodUntil).TotalSeconds, 1)) : 0);

    private static ReadOnlyMemory<byte> Json(ReachabilityEventView view) => JsonSerializer.SerializeToUtf8Bytes(view, ReachabilityJson.Default.ReachabilityEventView);

    private static bool IsNews(GatewayStatus before, GatewayStatus after)
    {
        if (!ReferenceEquals(before.Names, after.Names) || before.Clock != after.Clock || before.Internet != after.Internet || before.Certificate != after.Certificate) return true;
        var (a, b) = (before.Report, after.Report);
        if (ReferenceEquals(a, b)) return false;
        return a.Pattern != b.Pattern || a.Words != b.Words || !a.Warnings.SequenceEqual(b.Warnings) || !a.Ways.Select(Shown).SequenceEqual(b.Ways.Select(Shown));
    }

    private static WayEvidence Shown(WayEvidence way) => way with { GoodUntil = null };
}
