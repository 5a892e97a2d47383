using System.Text;
using System.Text.Json;
using Gateway.Host.Core;
using Gateway.Host.Tests.Doctor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability;

/// <summary>What a page is told, and for how long.</summary>
public sealed class ReachabilityEventsTests
{
    [Fact]
    public async Task A_claim_is_told_with_the_time_that_it_is_good_for_and_told_again_when_it_is_made_again()
    {
        var time = new FakeTimeProvider();
        var home = new MadeUp(time) { GoodFor = TimeSpan.FromSeconds(12) };
        await using var gateway = await GatewayUnderTest.StartAsync(services =>
        {
            services.KeepFactsStill();
            services.AddSingleton<TimeProvider>(time);
        });
        var store = gateway.Get<StatusStore>();
        var before = gateway.Get<EventHub>().Last;
        store.Update(_ => home.Verified());
        time.Advance(TimeSpan.FromSeconds(2));
        store.Update(s => s with { Report = s.Report with { Made = time.GetTimestamp() } }); // too soon to be news
        time.Advance(TimeSpan.FromSeconds(4));
        store.Update(s => s with { Report = home.Verified().Report });
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal([("verified", 12), ("verified", 12)], Told(gateway, before));
        Assert.Equal(("verified", 9), Of(gateway.Get<EventHub>().Snapshot().Frame.Span, "reachability"));

        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(("verified", 0), Of(gateway.Get<EventHub>().Snapshot().Frame.Span, "reachability")); // nobody made it again: it is no claim any more
    }

    private static (string?, double)[] Told(GatewayUnderTest gateway, long after)
    {
        gateway.Get<EventHub>().Pulse(); // whoever listens waits a moment otherwise
        return [.. gateway.Get<EventHub>().Since(after)!.Where(e => Encoding.UTF8.GetString(e.Frame.Span).Contains("event: reachability", StringComparison.Ordinal)).Select(e => Of(e.Frame.Span, null))];
    }

    private static (string?, double) Of(ReadOnlySpan<byte> frame, string? part)
    {
        var json = JsonElement.Parse(Encoding.UTF8.GetString(frame).Split("data: ", 2)[1]);
        if (part is not null) json = json.GetProperty(part);
        return (json.GetProperty("pattern").GetString(), json.GetProperty("good_for").GetDouble());
    }
}
