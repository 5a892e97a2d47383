using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>A message on its way to one client.</summary>
internal sealed record Outgoing(BrokerMessage Message, byte Qos, bool Retain, List<uint>? Identifiers)
{
    /// <summary>A retained message for a new subscription: kept anyway, so that its waiting costs next to nothing and does not count against the queue.</summary>
    public bool IsStored { get; init; }

    /// <summary>What its waiting costs, in bytes.</summary>
    public int Cost => IsStored ? 64 : Message.Size;

    /// <summary>Set once it was sent with QoS 1 or 2; the client may have it already.</summary>
    public ushort Identifier { get; set; }

    /// <summary>QoS 2: the client has it (PUBREC), PUBREL is on its way.</summary>
    public bool Released { get; set; }
}

/// <summary>What one turn of a read loop published: whom to flush at its end, and a receiver that cannot keep up.</summary>
internal sealed class PublishBatch
{
    public List<MqttConnection> Written { get; } = [];
    public ClientSession? Slow { get; set; }

    public void Flush()
    {
        foreach (var connection in Written) _ = connection.FlushAsync();
        Written.Clear();
    }
}

/// <summary>Bytes that wait in queues, of all clients together.</summary>
internal sealed class QueueBudget(long limit)
{
    private long _used;

    /// <summary>How many there are now.</summary>
    public long Used => Interlocked.Read(ref _used);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limit) return true;
        GiveBack(bytes);
        return false;
    }

    /// <summary>Takes what was taken before and must not be lost now.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _used, bytes);

    public void GiveBack(long bytes) => Interlocked.Add(ref _used, -bytes);
}

/// <summary>
/// What the broker keeps for a client beyond its connection (MQTT 5.0 section 4.1): subscriptions, messages that wait or are not acknowledged,
/// QoS 2 identifiers received. One lock; lock order is session, then connection.
/// </summary>
internal sealed class ClientSession(string clientId, string owner, BrokerLimits limits, QueueBudget budget, TimeProvider time)
{
    /// <summary>What a slow client may hold up each of those who publish to it, and after which silence it no longer may.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20), StalledAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<Outgoing> _queue = [];
    private readonly List<Outgoing> _inFlight = [];
    private ushort _lastIdentifier;
    private bool _discarded;
    private long _lastSent;
    private long _queuedBytes;
    private int _stored;

    public string ClientId { get; } = clientId;

    /// <summary>Whose it is (<see cref="ClientRights.Name"/>): nobody else resumes it.</summary>
    public string Owner { get; } = owner;

    /// <summary>The subscriptions by filter; the <see cref="SubscriptionIndex"/> guards them.</summary>
    public Dictionary<string, Subscription> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>QoS 2 messages received whose PUBREL is to come; only the read loop of the current connection uses it.</summary>
    public HashSet<ushort> Received { get; } = [];

    /// <summary>How long it is kept without a connection, and since when it has none (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public TimeSpan KeepFor { get; set; }
    public long AwaySince { get; set; }

    /// <summary>Fires when the rights it was opened with end; it does not outlive them.</summary>
    public CancellationToken RightsEnded { get; set; }

    public MqttConnection? Connection { get; private set; }

    /// <summary>Messages that wait, without the stored ones.</summary>
    private int Waiting => _queue.Count - _stored;

    /// <summary>Sends or queues a message, or drops it where the queue is full; the batch learns who is to be flushed and who is slow.</summary>
    public void Deliver(BrokerMessage message, byte qos, bool retain, List<uint>? identifiers, PublishBatch batch)
    {
        lock (_lock)
        {
            var connection = Connection;
            if (connection is null && qos == 0 || _discarded) return;
            if (_queue.Count == 0 && connection is not null && TrySend(connection, message, qos, retain, identifiers, batch)) return;
            if (connection is not null && (Waiting >= limits.QueuedMessages / 2 || _queuedBytes >= limits.QueuedBytesPerClient / 2)) batch.Slow = this;
            if (Waiting >= limits.QueuedMessages || _queuedBytes + message.Size > limits.QueuedBytesPerClient || !budget.TryTake(message.Size)) return;
            _queuedBytes += message.Size;
            _queue.AddLast(new Outgoing(message, qos, retain, identifiers));
        }
    }

    /// <summary>Waits a moment for a client that reads, only slower than others write, so that it need not lose messages; not for one that does not read.</summary>
    public async Task WaitForRoomAsync()
    {
        var since = time.GetTimestamp();
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (Connection is not { } connection || Waiting < limits.QueuedMessages / 4 && _queuedBytes < limits.QueuedBytesPerClient / 4 || time.GetElapsedTime(_lastSent) > StalledAfter) return;
                room = connection.FlushAsync();
            }
            var left = LongestWait - time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) return;
            if (room.IsCompleted) room = Task.Delay(TimeSpan.FromMilliseconds(1), time);
            await Task.WhenAny(room, Task.Delay(left, time));
        }
    }

    /// <summary>Retained messages for a new subscription: as many as there are, they do not count against the queue.</summary>
    public void DeliverRetained(IEnumerable<Outgoing> messages)
    {
        lock (_lock)
        {
            if (_discarded) return;
            foreach (var message in messages)
            {
                if (!budget.TryTake(message.Cost)) break;
                _queue.AddLast(message);
                _stored++;
            }
        }
        Pump();
    }

    /// <summary>A new connection takes over; what was not acknowledged goes first and again [MQTT-4.4.0-1].</summary>
    public void Attach(MqttConnection connection)
    {
        lock (_lock)
        {
            for (var i = _inFlight.Count - 1; i >= 0; i--)
            {
                if (_inFlight[i].Released) continue;
                budget.Take(_inFlight[i].Cost);
                Count(_inFlight[i], +1);
                _queue.AddFirst(_inFlight[i]);
                _inFlight.RemoveAt(i);
            }
            Connection = connection;
            connection.OnWritable = Pump;
            foreach (var released in _inFlight) connection.Write(new MqttPubRelPacket { PacketIdentifier = released.Identifier });
        }
        Pump();
    }

    /// <summary>The connection is over. False when another one took its place already.</summary>
    public bool Detach(MqttConnection connection)
    {
        lock (_lock)
        {
            if (Connection != connection) return false;
            Connection = null;
            AwaySince = time.GetTimestamp();
            for (var node = _queue.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Qos == 0) Remove(node);
                node = next;
            }
            return true;
        }
    }

    /// <summary>The session is over.</summary>
    public void Discard()
    {
        lock (_lock)
        {
            _discarded = true;
            Connection = null;
            while (_queue.First is { } node) Remove(node);
            _inFlight.Clear();
        }
    }

    /// <summary>PUBACK and PUBCOMP, and a PUBREC that refuses: the message is done with.</summary>
    public void Acknowledge(ushort identifier)
    {
        lock (_lock) _inFlight.RemoveAll(o => o.Identifier == identifier);
        Pump();
    }

    /// <summary>PUBREC: the client has it; false when it was never sent.</summary>
    public bool Release(ushort identifier)
    {
        lock (_lock)
        {
            if (_inFlight.Find(o => o.Identifier == identifier && o.Qos == 2) is not { } outgoing) return false;
            outgoing.Released = true;
            return true;
        }
    }

    /// <summary>Sends what waits, as far as the client takes it.</summary>
    private void Pump()
    {
        lock (_lock)
        {
            if (Connection is not { } connection) return;
            while (_queue.First is { } node)
            {
                var outgoing = node.Value;
                if (!TrySend(connection, outgoing.Message, outgoing.Qos, outgoing.Retain, outgoing.Identifiers, batch: null, outgoing)) break;
                Remove(node);
                _lastSent = time.GetTimestamp();
            }
            _ = connection.FlushAsync();
        }
    }

    private void Remove(LinkedListNode<Outgoing> node)
    {
        budget.GiveBack(node.Value.Cost);
        Count(node.Value, -1);
        _queue.Remove(node);
    }

    private void Count(Outgoing outgoing, int sign)
    {
        if (outgoing.IsStored) _stored += sign;
        else _queuedBytes += sign * outgoing.Cost;
    }

    private bool TrySend(MqttConnection connection, BrokerMessage message, byte qos, bool retain, List<uint>? identifiers, PublishBatch? batch, Outgoing? queued = null)
    {
        if (!connection.CanWrite) return false;
        var now = message.Expires is null ? 0 : time.GetUtcNow().ToUnixTimeSeconds();
        if (message.Expires <= now) return true;
        var bytes = message.Encode(connection.Version, connection.Rights!.IsGateway, qos, retain, identifiers, now);
        if (qos == 0) return connection.TryWrite(bytes, 0, duplicate: false, batch);
        if (bytes.Length > connection.MaximumPacketSize) return true;
        if (_inFlight.Count >= connection.ReceiveMaximum) return false;
        var outgoing = queued ?? new Outgoing(message, qos, retain, identifiers);
        var again = outgoing.Identifier != 0;
        if (!again) outgoing.Identifier = NextIdentifier();
        if (!connection.TryWrite(bytes, outgoing.Identifier, again, batch)) return false;
        _inFlight.Add(outgoing);
        return true;
    }

    private ushort NextIdentifier()
    {
        do _lastIdentifier = (ushort)(_lastIdentifier == ushort.MaxValue ? 1 : _lastIdentifier + 1);
        while (_inFlight.Exists(o => o.Identifier == _lastIdentifier) || _queue.Any(o => o.Identifier == _lastIdentifier));
        return _lastIdentifier;
    }
}
