using System.Buffers;
using System.IO.Pipelines;
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

    /// <summary>After so many bytes of events a listener must have taken them before it gets more.</summary>
    private const int SentAtOnce = 16 * 1024;

    private static readonly ReadOnlyMemory<byte> Alive = "event: alive\ndata: {}\n\n"u8.ToArray();

    /// <summary>One listener after the other, and others' work in between: a thousand of them woken at once would be one long pause for everybody else.</summary>
    private readonly SemaphoreSlim _turn = new(1);

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
            await _turn.WaitAsync(stop);
            try
            {
                await Task.Yield();
                place = Write(response.BodyWriter, place);
            }
            finally { _turn.Release(); }
            await response.BodyWriter.FlushAsync(stop);
            await _hub.WaitAsync(place.Value, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Writes what follows <paramref name="place"/>, not more than <see cref="SentAtOnce"/> and one event; gives the new place.</summary>
    private long Write(PipeWriter writer, long? place)
    {
        if (place is not { } known || _hub.Since(known) is not { } events)
        {
            var snapshot = _hub.Snapshot();
            writer.Write(snapshot.Frame.Span);
            return snapshot.Sequence;
        }
        if (events.Count == 0) writer.Write(Alive.Span);
        var written = 0;
        foreach (var e in events)
        {
            writer.Write(e.Frame.Span);
            known = e.Sequence;
            if ((written += e.Frame.Length) >= SentAtOnce) break;
        }
        return known;
    }

    public void Dispose()
    {
        _pulse.Dispose();
        _turn.Dispose();
    }

    private long? PlaceOf(string? lastEventId) =>
        lastEventId?.Split('-') is [var boot, var sequence] && boot == _hub.Boot && long.TryParse(sequence, out var n) ? n : null;
}
