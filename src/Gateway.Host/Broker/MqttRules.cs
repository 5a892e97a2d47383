using System.Text.Unicode;
using Gateway.Host.Core;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>What the protocol demands of a packet and MQTTnet's decoders do not check.</summary>
internal static class MqttRules
{
    /// <summary>Throws <see cref="MqttRefusedException"/> with the reason that the client is told.</summary>
    public static void Check(MqttPacket packet, ReadOnlySpan<byte> body)
    {
        switch (packet)
        {
            case MqttPublishPacket p:
                if (p.TopicAlias != 0) Refuse(MqttDisconnectReasonCode.TopicAliasInvalid, "No topic alias was offered."); // [MQTT-3.2.2-18]
                if (!TopicFilter.IsValidTopic(p.Topic)) Refuse(MqttDisconnectReasonCode.TopicNameInvalid, "The topic is empty, too long or has wildcards.");
                if (p.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce) Identified(p.PacketIdentifier);
                Text(body, p.Topic, p.ResponseTopic, p.ContentType);
                Properties(p.UserProperties, body);
                break;
            case MqttConnectPacket p:
                if (p.WillQoS > MqttQualityOfServiceLevel.ExactlyOnce) Refuse(MqttDisconnectReasonCode.MalformedPacket, "The will's QoS is 3."); // [MQTT-3.1.2-12]
                if (p.WillFlag && !TopicFilter.IsValidTopic(p.WillTopic)) Refuse(MqttDisconnectReasonCode.TopicNameInvalid, "The will's topic is empty, too long or has wildcards.");
                if (p.ClientId.Length > 256) Refuse(MqttDisconnectReasonCode.MalformedPacket, "The client identifier is longer than 256.");
                Text(body, p.ClientId, p.Username, p.WillTopic, p.WillContentType, p.WillResponseTopic);
                Properties(p.UserProperties, body);
                Properties(p.WillUserProperties, body);
                break;
            case MqttSubscribePacket p:
                Identified(p.PacketIdentifier);
                if (p.TopicFilters.Count == 0) Refuse(MqttDisconnectReasonCode.ProtocolError, "A SUBSCRIBE without a filter."); // [MQTT-3.8.3-2]
                foreach (var filter in p.TopicFilters)
                {
                    if (filter.QualityOfServiceLevel > MqttQualityOfServiceLevel.ExactlyOnce) Refuse(MqttDisconnectReasonCode.ProtocolError, "A QoS above 2.");
                    if (filter.RetainHandling > MqttRetainHandling.DoNotSendOnSubscribe) Refuse(MqttDisconnectReasonCode.ProtocolError, "A retain handling above 2.");
                    Text(body, filter.Topic);
                }
                break;
            case MqttUnsubscribePacket p:
                Identified(p.PacketIdentifier);
                if (p.TopicFilters.Count == 0) Refuse(MqttDisconnectReasonCode.ProtocolError, "An UNSUBSCRIBE without a filter."); // [MQTT-3.10.3-2]
                foreach (var filter in p.TopicFilters) Text(body, filter);
                break;
            case MqttPacketWithIdentifier p:
                Identified(p.PacketIdentifier);
                break;
        }
    }

    private static void Identified(ushort identifier)
    {
        if (identifier == 0) Refuse(MqttDisconnectReasonCode.ProtocolError, "Packet identifier 0."); // [MQTT-2.2.1-3]
    }

    private static void Text(ReadOnlySpan<byte> body, params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
            if (!MqttCodec.IsText(text, body)) Refuse(MqttDisconnectReasonCode.MalformedPacket, "Text that is not UTF-8, or has a NUL.");
    }

    private static void Properties(List<MqttUserProperty>? properties, ReadOnlySpan<byte> body)
    {
        if (properties is null) return;
        if (properties.Count > 64) Refuse(MqttDisconnectReasonCode.QuotaExceeded, "More than 64 user properties.");
        foreach (var property in properties)
        {
            Text(body, property.Name);
            if (!Utf8.IsValid(property.ValueBuffer.Span)) Refuse(MqttDisconnectReasonCode.MalformedPacket, "A user property that is not UTF-8.");
        }
        properties.RemoveAll(p => p.Name is MqttPublisher.NameProperty or MqttPublisher.TopicsProperty);
    }

    private static void Refuse(MqttDisconnectReasonCode reason, string message) => throw new MqttRefusedException(reason, message);
}
