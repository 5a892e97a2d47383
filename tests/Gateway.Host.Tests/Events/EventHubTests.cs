using System.Text;
using Gateway.Host.Core;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Events;

public sealed class EventHubTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventHub _hub;

    public EventHubTests() => _hub = new EventHub(_time);

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void A_listener_gets_just_what_it_missed_in_order()
    {
        for (var i = 1; i <= 5; i++) _hub.Publish("light", () => Encoding.UTF8.GetBytes($"{i}"));

        _time.Advance(EventHub.Rest);

        Assert.Equal([4, 5], _hub.Since(3)!.Select(e => e.Sequence));
        Assert.Empty(_hub.Since(5)!);
    }

    [Fact]
    public void A_place_that_the_ring_has_passed_or_not_reached_is_unknown()
    {
        for (var i = 0; i <= EventHub.Kept; i++) _hub.Publish("light", () => "1"u8.ToArray());

        _time.Advance(EventHub.Rest);

        Assert.Null(_hub.Since(0));
        Assert.Equal(EventHub.Kept, _hub.Since(1)!.Count);
        Assert.Null(_hub.Since(EventHub.Kept + 2));
        Assert.Null(_hub.Since(-1));
    }

    [Fact]
    public void An_event_is_framed_as_server_sent_events_are()
    {
        _hub.Publish("light", () => "{\"id\":\"desk\"}"u8.ToArray());

        Assert.Equal($"id: {_hub.Boot}-1\nevent: light\ndata: {{\"id\":\"desk\"}}\n\n", Encoding.UTF8.GetString(_hub.Since(0)![0].Frame.Span));
    }

    [Fact]
    public void A_snapshot_holds_every_part_and_the_place_to_read_on_from()
    {
        _hub.AddSnapshot("lights", () => "[1]"u8.ToArray());
        _hub.AddSnapshot("reachability", () => "null"u8.ToArray());
        _hub.Publish("light", () => "1"u8.ToArray());

        var snapshot = _hub.Snapshot();

        Assert.Equal(1, snapshot.Sequence);
        Assert.Contains("data: {\"lights\":[1],\"reachability\":null}\n\n", Encoding.UTF8.GetString(snapshot.Frame.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_is_woken_by_the_next_event()
    {
        var waiting = _hub.WaitAsync(0, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        _hub.Publish("light", () => "1"u8.ToArray());

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_comes_soon_after_another_event_is_told_together_with_what_follows_it()
    {
        _hub.Publish("light", () => "1"u8.ToArray());
        _hub.Publish("light", () => "2"u8.ToArray());
        Assert.Equal([1], _hub.Since(0)!.Select(e => e.Sequence));
        var waiting = _hub.WaitAsync(1, TestContext.Current.CancellationToken);
        _hub.Publish("light", () => "3"u8.ToArray());
        Assert.False(waiting.IsCompleted);

        _time.Advance(EventHub.Rest);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([2, 3], _hub.Since(1)!.Select(e => e.Sequence));
    }
}
