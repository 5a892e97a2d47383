using System.Buffers;
using Gateway.Host.Core;

namespace Gateway.Host.Events;

/// <summary>
/// Writes the house's events to its listeners (https://html.spec.whatwg.org/multipage/server-sent-events.html).
/// One timer for all of them, and only while there are any.
/// </summary>
internal sealed class EventStream : IDisposable
{
    /// <summary>How many listeners at once; each costs a connection and about 20 kB.</summary>
    public const int MaxListeners = 2000;

    /// <summary>An event <c>alive</c> this often keeps middleboxes from dropping a quiet line and finds out dead listeners; a page, which cannot see comments, finds out a dead line by its absence.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(25);

    /// <summary>So many bytes of events, or fewer, go out in one piece.</summary>
    private const int SentAtOnce = 16 * 1024;

    private static readonly ReadOnlyMemory<byte> Alive = "event: alive\ndata: {}\n\n"u8.ToArray();

    private readonly EventHub _hub;
    private readonly ITimer _pulse;
    private readonly Lock _lock = new();

    public EventStream(EventHub hub, TimeProvider time, Metrics metrics)
    {
        _hub = hub;
        _pulse = time.CreateTimer(_ => hub.Pulse(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        metrics.Gauge("gateway_event_listeners", "Listeners of /api/events", () => Listeners);
        metrics.Counter("gateway_events_total", "Events told to listeners", () => hub.Last);
    }

    /// <summary>How many listen now.</summary>
    public int Listeners { get; private set; }

    /// <summary>Whether there was room for one more; then <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (Listeners >= MaxListeners) return false;
            if (Listeners++ == 0) _pulse.Change(KeepAlive, KeepAlive);
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            if (--Listeners == 0) _pulse.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Tells one listener everything after <paramref name="lastEventId"/>, then what happens, until it leaves.</summary>
    public async Task WriteAsync(HttpResponse response, string? lastEventId, CancellationToken stop)
    {
        var place = PlaceOf(lastEventId);
        while (!stop.IsCancellationRequested)
        {
            if (place is { } known && _hub.Since(known) is { } events)
            {
                var unsent = 0;
                foreach (var e in events)
                {
                    response.BodyWriter.Write(e.Frame.Span);
                    if ((unsent += e.Frame.Length) < SentAtOnce) continue;
                    await response.BodyWriter.FlushAsync(stop);
                    unsent = 0;
                }
                if (unsent > 0) await response.BodyWriter.FlushAsync(stop);
                if (events.Count > 0) place = events[^1].Sequence;
            }
            else
            {
                var snapshot = _hub.Snapshot();
                place = snapshot.Sequence;
                await response.BodyWriter.WriteAsync(snapshot.Frame, stop);
            }
            await _hub.WaitAsync(place.Value, stop);
            if (_hub.Last == place) await response.BodyWriter.WriteAsync(Alive, stop);
        }
    }

    public void Dispose() => _pulse.Dispose();

    private long? PlaceOf(string? lastEventId) =>
        lastEventId?.Split('-') is [var boot, var sequence] && boot == _hub.Boot && long.TryParse(sequence, out var n) ? n : null;
}
