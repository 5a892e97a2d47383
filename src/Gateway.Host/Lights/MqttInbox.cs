using System.Threading.Channels;

namespace Gateway.Host.Lights;

/// <summary>Announcements that wait to be taken up: the newest of each topic, in order, bounded in bytes.</summary>
internal sealed class MqttInbox
{
    private const long MaxBytes = 16 * 1024 * 1024;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MqttArrival> _waiting = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _bytes;
    private bool _overflowed;

    /// <summary>Adds an announcement, in place of an older one of the same topic; leaves it out when there is no room.</summary>
    public void Post(in MqttArrival message)
    {
        lock (_lock)
        {
            var known = _waiting.TryGetValue(message.Topic, out var older);
            var bytes = _bytes + message.Payload.Length + message.Topic.Length - (known ? older.Payload.Length + older.Topic.Length : 0);
            if (bytes > MaxBytes) _overflowed = true;
            else
            {
                _bytes = bytes;
                _waiting[message.Topic] = message;
                if (!known) _order.Enqueue(message.Topic);
            }
        }
        Wake();
    }

    /// <summary>Lets <see cref="WaitAsync"/> end.</summary>
    public void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Takes up to <paramref name="most"/> of the oldest.</summary>
    public IReadOnlyList<MqttArrival> Take(int most)
    {
        var taken = new List<MqttArrival>();
        lock (_lock)
        {
            while (taken.Count < most && _order.TryDequeue(out var topic))
            {
                if (!_waiting.Remove(topic, out var message)) continue;
                _bytes -= message.Payload.Length + message.Topic.Length;
                taken.Add(message);
            }
        }
        return taken;
    }

    /// <summary>Whether something was left out since the last time this was asked.</summary>
    public bool TakeOverflow()
    {
        lock (_lock)
        {
            var overflowed = _overflowed;
            _overflowed = false;
            return overflowed;
        }
    }

    /// <summary>Ends when something was posted, or with false after <paramref name="atMost"/>.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try { return await _signal.Reader.ReadAsync(either.Token); }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return false; }
    }
}
