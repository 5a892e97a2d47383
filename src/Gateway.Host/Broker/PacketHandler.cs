using Gateway.Host.Core;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>What the broker does with each kind of packet of a client that has signed in.</summary>
internal sealed class PacketHandler(SubscriptionIndex index, RetainedMessages retained, BrokerLimits limits)
{
    /// <summary>Filters of one SUBSCRIBE: each may look through all retained messages.</summary>
    private const int FiltersPerPacket = 100;

    public void Handle(MqttPacket packet, MqttConnection connection, EmbeddedBroker broker, PublishBatch batch)
    {
        var session = connection.Session!;
        switch (packet)
        {
            case MqttPublishPacket p: Publish(p, connection, session, broker, batch); break;
            case MqttPubAckPacket p: session.Acknowledge(p.PacketIdentifier); break;
            case MqttPubCompPacket p: session.Acknowledge(p.PacketIdentifier); break;
            case MqttPubRecPacket { ReasonCode: >= MqttPubRecReasonCode.UnspecifiedError } p: session.Acknowledge(p.PacketIdentifier); break;
            case MqttPubRecPacket p:
                var known = session.Release(p.PacketIdentifier);
                connection.Write(new MqttPubRelPacket { PacketIdentifier = p.PacketIdentifier, ReasonCode = known ? MqttPubRelReasonCode.Success : MqttPubRelReasonCode.PacketIdentifierNotFound });
                break;
            case MqttPubRelPacket p:
                var received = session.Received.Remove(p.PacketIdentifier);
                connection.Write(new MqttPubCompPacket { PacketIdentifier = p.PacketIdentifier, ReasonCode = received ? MqttPubCompReasonCode.Success : MqttPubCompReasonCode.PacketIdentifierNotFound });
                break;
            case MqttSubscribePacket p: Subscribe(p, connection, session); break;
            case MqttUnsubscribePacket p:
                var codes = p.TopicFilters.Select(f => index.Remove(session, f) ? MqttUnsubscribeReasonCode.Success : MqttUnsubscribeReasonCode.NoSubscriptionExisted).ToList();
                connection.Write(new MqttUnsubAckPacket { PacketIdentifier = p.PacketIdentifier, ReasonCodes = codes });
                break;
            case MqttPingReqPacket: connection.Write(MqttPingRespPacket.Instance); break;
            case MqttDisconnectPacket p: Disconnect(p, connection, session); break;
            default: throw new MqttRefusedException(MqttDisconnectReasonCode.ProtocolError, "A client does not send " + packet.GetType().Name + ".");
        }
    }

    private void Publish(MqttPublishPacket p, MqttConnection connection, ClientSession session, EmbeddedBroker broker, PublishBatch batch)
    {
        var identifier = p.PacketIdentifier;
        if (p.QualityOfServiceLevel == MqttQualityOfServiceLevel.ExactlyOnce)
        {
            if (session.Received.Contains(identifier))
            {
                connection.Write(new MqttPubRecPacket { PacketIdentifier = identifier }); // Sent again; published already.
                return;
            }
            if (session.Received.Count >= limits.InFlight) throw new MqttRefusedException(MqttDisconnectReasonCode.ReceiveMaximumExceeded, "Too many QoS 2 messages without PUBREL.");
        }
        p.Dup = false;
        var outcome = broker.Publish(p, connection.Rights!, session, batch);
        switch (p.QualityOfServiceLevel)
        {
            case MqttQualityOfServiceLevel.AtLeastOnce:
                connection.Write(new MqttPubAckPacket { PacketIdentifier = identifier, ReasonCode = (MqttPubAckReasonCode)outcome });
                break;
            case MqttQualityOfServiceLevel.ExactlyOnce:
                // A refusal ends the exchange in MQTT 5; a 3.1.1 client knows none and goes on to PUBREL.
                if (outcome < PublishOutcome.NotAuthorized || connection.Version != MqttProtocolVersion.V500) session.Received.Add(identifier);
                connection.Write(new MqttPubRecPacket { PacketIdentifier = identifier, ReasonCode = (MqttPubRecReasonCode)outcome });
                break;
        }
    }

    private void Subscribe(MqttSubscribePacket p, MqttConnection connection, ClientSession session)
    {
        var codes = new List<MqttSubscribeReasonCode>(p.TopicFilters.Count);
        var found = new List<Outgoing>();
        foreach (var filter in p.TopicFilters)
        {
            var code = codes.Count >= FiltersPerPacket ? MqttSubscribeReasonCode.QuotaExceeded : Subscribe(filter, p.SubscriptionIdentifier, connection, session, found);
            codes.Add(code >= MqttSubscribeReasonCode.UnspecifiedError && connection.Version != MqttProtocolVersion.V500 ? MqttSubscribeReasonCode.UnspecifiedError : code);
        }
        connection.Write(new MqttSubAckPacket { PacketIdentifier = p.PacketIdentifier, ReasonCodes = codes });
        if (found.Count > 0) session.DeliverRetained(found);
    }

    private MqttSubscribeReasonCode Subscribe(MqttTopicFilter filter, uint identifier, MqttConnection connection, ClientSession session, List<Outgoing> found)
    {
        if (filter.Topic.StartsWith("$share/", StringComparison.Ordinal)) return MqttSubscribeReasonCode.SharedSubscriptionsNotSupported;
        if (!TopicFilter.IsValidFilter(filter.Topic)) return MqttSubscribeReasonCode.TopicFilterInvalid;
        if (!connection.Rights!.MaySubscribe(filter.Topic)) return MqttSubscribeReasonCode.NotAuthorized;
        var qos = (byte)filter.QualityOfServiceLevel;
        if (index.Set(new Subscription(session, filter.Topic, qos, filter.NoLocal, filter.RetainAsPublished, identifier), limits) is not { } isNew) return MqttSubscribeReasonCode.QuotaExceeded;
        if (filter.RetainHandling == MqttRetainHandling.SendAtSubscribe || filter.RetainHandling == MqttRetainHandling.SendAtSubscribeIfNewSubscriptionOnly && isNew)
        {
            var identifiers = identifier == 0 ? null : new List<uint> { identifier };
            foreach (var message in retained.Matching(filter.Topic))
                found.Add(new Outgoing(message, Math.Min(qos, (byte)message.Packet.QualityOfServiceLevel), Retain: true, identifiers) { IsStored = true });
        }
        return (MqttSubscribeReasonCode)qos;
    }

    private void Disconnect(MqttDisconnectPacket p, MqttConnection connection, ClientSession session)
    {
        if (p.ReasonCode != MqttDisconnectReasonCode.DisconnectWithWillMessage) connection.Will = null;
        // It may end sooner than CONNECT said, not live on when CONNECT said it should not [MQTT-3.14.2-2].
        var keepFor = TimeSpan.FromSeconds(p.SessionExpiryInterval);
        if (keepFor > TimeSpan.Zero && session.KeepFor > TimeSpan.Zero) session.KeepFor = keepFor < limits.SessionKept ? keepFor : limits.SessionKept;
        connection.End();
    }
}
