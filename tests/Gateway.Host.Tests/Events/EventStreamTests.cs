using System.Net.Http.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Events;

public sealed class EventStreamTests
{
    [Fact]
    public async Task A_new_listener_gets_a_snapshot_and_then_what_happens()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var listener = await Listener.OpenAsync(gateway);
        Assert.Equal("snapshot", (await listener.NextAsync()).Type);

        await gateway.Local.PatchAsJsonAsync("/api/lights/desk", new { state = "ON" });

        var light = await listener.NextAsync();
        Assert.Equal("light", light.Type);
        Assert.Contains("\"id\":\"desk\"", light.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_comes_back_gets_just_what_it_missed()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        string last;
        using (var first = await Listener.OpenAsync(gateway)) last = (await first.NextAsync()).Id;
        gateway.Get<EventHub>().Publish("light", () => "{\"missed\":1}"u8.ToArray());

        using var second = await Listener.OpenAsync(gateway, last);

        Assert.Equal("{\"missed\":1}", (await second.NextAsync()).Data);
    }

    [Fact]
    public async Task A_listener_from_before_the_restart_gets_a_snapshot()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var listener = await Listener.OpenAsync(gateway, "0123456789ab-1");
        Assert.Equal("snapshot", (await listener.NextAsync()).Type);
    }

    [Fact]
    public async Task A_listener_that_reads_nothing_is_given_a_snapshot_once_the_ring_has_passed_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var listener = await Listener.OpenAsync(gateway);
        await listener.NextAsync();
        var hub = gateway.Get<EventHub>();
        var big = System.Text.Encoding.UTF8.GetBytes('"' + new string('x', 20_000) + '"');

        // Far more than sockets and buffers hold: the writer must be stuck, and the ring goes past it.
        for (var i = 0; i < 3 * EventHub.Kept; i++) hub.Publish("noise", () => big);
        hub.Publish("last", () => "1"u8.ToArray());

        var types = new HashSet<string>(StringComparer.Ordinal);
        while ((await listener.NextAsync()) is { } e && e.Type != "snapshot") types.Add(e.Type);
        Assert.DoesNotContain("last", types);
    }

    [Fact]
    public async Task A_thousand_listeners_all_hear_of_a_light()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var listeners = new List<Listener>();
        try
        {
            for (var i = 0; i < 1000; i++) listeners.Add(await Listener.OpenAsync(gateway));
            foreach (var listener in listeners) Assert.Equal("snapshot", (await listener.NextAsync()).Type);

            await gateway.Local.PatchAsJsonAsync("/api/lights/desk", new { state = "ON" });

            foreach (var listener in listeners) Assert.Contains("\"id\":\"desk\"", (await listener.NextAsync()).Data, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var listener in listeners) listener.Dispose();
        }
    }

    [Fact]
    public async Task An_open_stream_does_not_hold_up_the_end_of_the_gateway()
    {
        var gateway = await GatewayUnderTest.StartAsync();
        using var listener = await Listener.OpenAsync(gateway);
        await listener.NextAsync();

        await gateway.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    private sealed record Event(string Id, string Type, string Data);

    private sealed class Listener(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<Listener> OpenAsync(GatewayUnderTest gateway, string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
            if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
            var response = await gateway.Local.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
            return new Listener(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        public async Task<Event> NextAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            while (true)
            {
                var line = await reader.ReadLineAsync(patience.Token) ?? throw new EndOfStreamException();
                // The verdict about being reached may change at any time, whatever a test does.
                if (line.Length == 0 && fields.Count == 3 && fields["event"] != "reachability") return new Event(fields["id"], fields["event"], fields["data"]);
                if (line.Split(": ", 2) is [{ Length: > 0 } name, var value]) fields[name] = value;
            }
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
