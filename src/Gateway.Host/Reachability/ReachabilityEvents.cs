using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Tells listeners of <c>/api/events</c> when what there is to be shown has become another; a verdict that is only made anew is no news.</summary>
internal sealed class ReachabilityEvents(StatusStore status, EventHub events, Metrics metrics) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        status.OnChange((before, after) =>
        {
            if (IsNews(before, after)) events.Publish("reachability", () => View(after.Report));
        });
        events.AddSnapshot("reachability", () => View(status.Current.Report));
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

    private static ReadOnlyMemory<byte> View(ReachabilityReport report) =>
        JsonSerializer.SerializeToUtf8Bytes(new ReachabilityEventView(report.Pattern.ApiName(), report.Since), ReachabilityJson.Default.ReachabilityEventView);

    private static bool IsNews(GatewayStatus before, GatewayStatus after)
    {
        if (!ReferenceEquals(before.Names, after.Names) || before.Clock != after.Clock || before.Internet != after.Internet || before.Certificate != after.Certificate) return true;
        var (a, b) = (before.Report, after.Report);
        if (ReferenceEquals(a, b)) return false;
        return a.Pattern != b.Pattern || a.Words != b.Words || !a.Warnings.SequenceEqual(b.Warnings) || !a.Ways.Select(Shown).SequenceEqual(b.Ways.Select(Shown));
    }

    private static WayEvidence Shown(WayEvidence way) => way with { GoodUntil = null };
}
