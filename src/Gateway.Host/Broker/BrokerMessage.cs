using Gateway.Host.Core;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>
/// A published message, shared by all who get it. It is encoded once for each form that its receivers want (protocol version, QoS)
/// and then only copied; a packet identifier is patched in.
/// </summary>
internal sealed class BrokerMessage(MqttPublishPacket packet, string publisher, string publisherTopics, long? expires)
{
    private byte[]?[]? _encoded;

    public string Topic => Packet.Topic;
    public MqttPublishPacket Packet { get; } = packet;

    /// <summary>Who published it, and the filter that narrows the publisher: <see cref="MqttPublisher"/>.</summary>
    public string Publisher { get; } = publisher;
    public string PublisherTopics { get; } = publisherTopics;

    /// <summary>Unix seconds when it is no longer worth delivering; null for never (MQTT 5.0 section 3.3.2.3.3).</summary>
    public long? Expires { get; } = expires;

    /// <summary>About the memory it takes, in bytes: once as it came, once encoded.</summary>
    public int Size { get; } = 300 + 2 * packet.Topic.Length + 2 * (int)packet.Payload.Length;

    /// <summary>The PUBLISH for one receiver. The array is shared: copy, then patch.</summary>
    public byte[] Encode(MqttProtocolVersion version, bool toGateway, byte qos, bool retain, List<uint>? identifiers, long now)
    {
        if (version != MqttProtocolVersion.V500) return Shared(0, MqttProtocolVersion.V311, false, qos, retain);
        if (Expires is null && identifiers is null) return Shared(toGateway ? 6 : 3, version, toGateway, qos, retain);
        return Make(version, toGateway, qos, retain, identifiers, Expires is { } e ? (uint)Math.Max(1, e - now) : 0);
    }

    private byte[] Shared(int variant, MqttProtocolVersion version, bool toGateway, byte qos, bool retain) =>
        retain ? Make(version, toGateway, qos, retain, null, 0) : (_encoded ??= new byte[]?[9])[variant + qos] ??= Make(version, toGateway, qos, retain, null, 0);

    private byte[] Make(MqttProtocolVersion version, bool toGateway, byte qos, bool retain, List<uint>? identifiers, uint expiry) => MqttCodec.Encode(new MqttPublishPacket
    {
        Topic = Packet.Topic,
        Payload = Packet.Payload,
        QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos,
        PacketIdentifier = (ushort)(qos > 0 ? 1 : 0),
        Retain = retain,
        ContentType = Packet.ContentType,
        CorrelationData = Packet.CorrelationData,
        PayloadFormatIndicator = Packet.PayloadFormatIndicator,
        ResponseTopic = Packet.ResponseTopic,
        MessageExpiryInterval = expiry,
        SubscriptionIdentifiers = identifiers,
        UserProperties = toGateway ? [.. Packet.UserProperties ?? [], Property(MqttPublisher.NameProperty, Publisher), Property(MqttPublisher.TopicsProperty, PublisherTopics)] : Packet.UserProperties,
    }, version);

    private static MqttUserProperty Property(string name, string value) => new(name, System.Text.Encoding.UTF8.GetBytes(value).AsMemory());
}
