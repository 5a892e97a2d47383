using System.Buffers;
using Gateway.Host.Core;
using MQTTnet.Adapter;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>
/// The last message of each topic that asked to be retained, in memory and, batched, in the database: only what changed is
/// written, all within <see cref="Database.BatchDelay"/>. A power cut loses at most that.
/// </summary>
internal sealed class RetainedMessages
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BrokerMessage> _messages = new(StringComparer.Ordinal);
    private readonly Database _database;
    private readonly BrokerLimits _limits;
    private readonly TimeProvider _time;
    private long _bytes;

    public RetainedMessages(Database database, BrokerLimits limits, TimeProvider time)
    {
        (_database, _limits, _time) = (database, limits, time);
        // The packet as it would go over the wire in MQTT 5: whatever properties it has are kept.
        database.Migrate("retained", "CREATE TABLE retained (topic TEXT PRIMARY KEY, packet BLOB NOT NULL, publisher TEXT NOT NULL, publisher_topics TEXT NOT NULL, expires INTEGER) WITHOUT ROWID;");
        foreach (var message in database.Read(c => c.Rows("SELECT packet, publisher, publisher_topics, expires FROM retained", r => Read((byte[])r[0], r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetInt64(3)))))
        {
            _messages[message.Topic] = message;
            _bytes += message.Size;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get { lock (_lock) return _messages.Count; }
    }

    /// <summary>Keeps the message, or with an empty payload forgets the topic's; false when there is no room.</summary>
    public bool Set(BrokerMessage message)
    {
        lock (_lock)
        {
            _messages.TryGetValue(message.Topic, out var old);
            if (message.Packet.Payload.IsEmpty)
            {
                if (old is null) return true;
                Forget(old);
                return true;
            }
            if (old is not null && IsSame(old, message)) return true;
            var bytes = _bytes - (old?.Size ?? 0) + message.Size;
            if (bytes > _limits.RetainedBytes || old is null && _messages.Count >= _limits.RetainedMessages) return false;
            _messages[message.Topic] = new BrokerMessage(message.Packet, message.Publisher, message.PublisherTopics, message.Expires);
            _bytes = bytes;
            _database.Later("retained/" + message.Topic, c => c.Execute(
                "INSERT OR REPLACE INTO retained VALUES ($topic, $packet, $publisher, $topics, $expires)",
                ("$topic", message.Topic), ("$packet", MqttCodec.Encode(message.Packet, MqttProtocolVersion.V500)), ("$publisher", message.Publisher), ("$topics", message.PublisherTopics), ("$expires", message.Expires)));
            return true;
        }
    }

    /// <summary>Those that <paramref name="filter"/> stands for.</summary>
    public List<BrokerMessage> Matching(string filter)
    {
        lock (_lock)
        {
            if (filter.AsSpan().IndexOfAny('+', '#') < 0) return _messages.TryGetValue(filter, out var one) && !IsOver(one) ? [one] : [];
            var found = _messages.Values.Where(m => TopicFilter.Matches(filter, m.Topic)).ToList();
            foreach (var over in found.Where(IsOver).ToArray()) Forget(over);
            found.RemoveAll(IsOver);
            return found;
        }
    }

    private bool IsOver(BrokerMessage message) => message.Expires <= _time.GetUtcNow().ToUnixTimeSeconds();

    private void Forget(BrokerMessage message)
    {
        _messages.Remove(message.Topic);
        _bytes -= message.Size;
        _database.Later("retained/" + message.Topic, c => c.Execute("DELETE FROM retained WHERE topic = $topic", ("$topic", message.Topic)));
    }

    private static bool IsSame(BrokerMessage a, BrokerMessage b) =>
        a.Publisher == b.Publisher && a.PublisherTopics == b.PublisherTopics && a.Expires == b.Expires
        && a.Packet.QualityOfServiceLevel == b.Packet.QualityOfServiceLevel && a.Packet.ContentType == b.Packet.ContentType && a.Packet.ResponseTopic == b.Packet.ResponseTopic
        && (a.Packet.UserProperties?.Count ?? 0) == 0 && (b.Packet.UserProperties?.Count ?? 0) == 0
        && a.Packet.CorrelationData is null && b.Packet.CorrelationData is null && a.Packet.PayloadFormatIndicator == b.Packet.PayloadFormatIndicator
        && a.Packet.Payload.Length == b.Packet.Payload.Length && a.Packet.Payload.FirstSpan.SequenceEqual(b.Packet.Payload.FirstSpan);

    private static BrokerMessage Read(byte[] bytes, string publisher, string topics, long? expires)
    {
        var all = new ReadOnlySequence<byte>(bytes);
        MqttFrame.TryRead(ref all, int.MaxValue, out ReceivedMqttPacket packet);
        return new BrokerMessage((MqttPublishPacket)MqttCodec.Decode(packet, MqttProtocolVersion.V500), publisher, topics, expires);
    }
}
