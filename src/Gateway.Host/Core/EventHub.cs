using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gateway.Host.Core;

/// <summary>One event, encoded when the first listener gets it and the same for all of them.</summary>
public sealed class HubEvent
{
    private readonly Func<byte[]> _encode;
    private byte[]? _frame;

    internal HubEvent(long sequence, Func<byte[]> encode) => (Sequence, _encode) = (sequence, encode);

    /// <summary>Counts up from 1 since the process started.</summary>
    public long Sequence { get; }

    /// <summary>The whole server-sent event: id, name, one line of JSON and the empty line that ends it.</summary>
    public ReadOnlyMemory<byte> Frame => _frame ??= _encode();
}

/// <summary>
/// The last events of the house in a ring. Listeners hold a place in it and read on at their own speed,
/// so a slow one costs nothing: once the ring has gone past it, it starts again from a snapshot.
/// </summary>
public sealed class EventHub : IDisposable
{
    /// <summary>How many events a listener may lag behind before it gets a snapshot instead.</summary>
    public const int Kept = 1024;

    /// <summary>After listeners were woken they rest so long: what comes meanwhile is told together, so that a thousand of them leave a small machine time for its lights.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a snapshot is handed out again when nothing has happened.</summary>
    private static readonly TimeSpan SnapshotShared = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HubEvent[] _ring = new HubEvent[Kept];
    private readonly List<(string Name, Func<ReadOnlyMemory<byte>> Part)> _parts = [];
    private readonly TimeProvider _time;
    private readonly ITimer _rested;
    private HubEvent? _snapshot;
    private long _snapshotAt;
    private long _last, _told;
    private bool _resting;
    private TaskCompletionSource _more = New();

    public EventHub(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _rested = time.CreateTimer(_ => AfterRest(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Names this process: an event's id is <c>Boot-Sequence</c>, and a sequence of another boot means nothing here.</summary>
    public string Boot { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));

    /// <summary>The newest sequence; 0 before the first event.</summary>
    public long Last
    {
        get { lock (_lock) return _last; }
    }

    /// <summary>What a listener starts from: one part a feature, each one line of JSON under its name.</summary>
    public void AddSnapshot(string name, Func<ReadOnlyMemory<byte>> part)
    {
        lock (_lock) _parts.Add((name, part));
    }

    /// <summary>Adds an event; never waits.</summary>
    /// <param name="type">The event's name, such as <c>light</c>.</param>
    /// <param name="json">Gives one line of JSON, UTF-8, when a listener wants it; gives the same whenever it is asked.</param>
    public void Publish(string type, Func<ReadOnlyMemory<byte>> json)
    {
        lock (_lock)
        {
            var sequence = ++_last;
            _ring[sequence % Kept] = new HubEvent(sequence, () => Frame(sequence, type, json().Span));
            if (!_resting) Tell_NeedsLock();
        }
    }

    /// <summary>Wakes every listener, so that it finds out whether its line still stands.</summary>
    public void Pulse()
    {
        lock (_lock) Tell_NeedsLock();
    }

    /// <summary>The events after <paramref name="sequence"/> that may be told by now, or null when the ring no longer (or not yet) holds them all.</summary>
    public IReadOnlyList<HubEvent>? Since(long sequence)
    {
        lock (_lock)
        {
            if (sequence > _last || sequence < 0 || _last - sequence > Kept) return null;
            var events = new HubEvent[Math.Max(0, _told - sequence)];
            for (var i = 0; i < events.Length; i++) events[i] = _ring[(sequence + 1 + i) % Kept];
            return events;
        }
    }

    /// <summary>
    /// The house as it is now, as one event whose sequence is the place to read on from. What happens while it is put together
    /// is told again afterwards rather than lost. A thousand listeners that come at once share one, for <see cref="SnapshotShared"/>: some of it tells how long it is good.
    /// </summary>
    public HubEvent Snapshot()
    {
        (string Name, Func<ReadOnlyMemory<byte>> Part)[] parts;
        long place;
        lock (_lock)
        {
            if (_snapshot?.Sequence == _last && _time.GetElapsedTime(_snapshotAt) < SnapshotShared) return _snapshot;
            place = _last;
            parts = [.. _parts];
        }
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, part) in parts)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(part().Span, skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        var frame = Frame(place, "snapshot", buffer.WrittenSpan);
        var snapshot = new HubEvent(place, () => frame);
        lock (_lock) (_snapshot, _snapshotAt) = (snapshot, _time.GetTimestamp());
        return snapshot;
    }

    /// <summary>Ends when there is an event after <paramref name="sequence"/> to be told, or at the next <see cref="Pulse"/>.</summary>
    public Task WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        lock (_lock) return _told > sequence ? Task.CompletedTask : _more.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose() => _rested.Dispose();

    private void AfterRest()
    {
        lock (_lock)
        {
            _resting = false;
            if (_told < _last) Tell_NeedsLock();
        }
    }

    private void Tell_NeedsLock()
    {
        _told = _last;
        _more.TrySetResult(); // whoever waits goes on on another thread
        _more = New();
        _resting = true;
        _rested.Change(Rest, Timeout.InfiniteTimeSpan);
    }

    private byte[] Frame(long sequence, string type, ReadOnlySpan<byte> json)
    {
        var head = Encoding.ASCII.GetBytes($"id: {Boot}-{sequence}\nevent: {type}\ndata: ");
        var frame = new byte[head.Length + json.Length + 2];
        head.CopyTo(frame, 0);
        json.CopyTo(frame.AsSpan(head.Length));
        frame[^2] = frame[^1] = (byte)'\n';
        return frame;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
