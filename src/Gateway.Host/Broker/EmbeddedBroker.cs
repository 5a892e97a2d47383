using Gateway.Host.Core;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>What became of a published message; the values are reason codes of PUBACK (MQTT 5.0 section 3.4.2.1).</summary>
internal enum PublishOutcome { Delivered = 0x00, NobodyThere = 0x10, NotAuthorized = 0x87, QuotaExceeded = 0x97 }

/// <summary>The embedded broker: takes messages from those who may publish them to those who subscribed.</summary>
internal sealed class EmbeddedBroker(
    SubscriptionIndex index, SessionRegistry sessions, RetainedMessages retained, ConnectionGate gate, ConnectionWatch watch,
    ClientLoop loop, TimeProvider time, ILogger<EmbeddedBroker> logger)
{
    /// <summary>Serves one connection until it is over; never throws.</summary>
    public async Task ServeAsync(MqttConnection connection)
    {
        // From outside no token is taken in the clear, so nothing is listened to.
        if ((connection.Origin.IsOutside && !connection.IsEncrypted) || !gate.TryEnter(connection.Origin))
        {
            connection.Abort();
            return;
        }
        watch.Add(connection);
        try
        {
            await loop.RunAsync(connection, this);
        }
        catch (MqttRefusedException e)
        {
            logger.LogDebug("MQTT client {Client} from {Source}: {Reason}", connection.Session?.ClientId, connection.Origin.Source, e.Message);
            connection.Close(e.Reason);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or System.Net.WebSockets.WebSocketException)
        {
            // The client went away without a word.
        }
        catch (Exception e)
        {
            logger.LogError(e, "A connection of MQTT client {Client} failed", connection.Session?.ClientId);
        }
        finally
        {
            connection.Finish();
            watch.Leave(connection);
            gate.Leave(connection.Origin, connection.Rights is not null);
            if (connection.Session is { } session) End(session, connection);
        }
    }

    /// <summary>Publishes what <paramref name="rights"/> allow: retains it, and delivers it to all who subscribed, save to its sender where that one wants it so.</summary>
    public PublishOutcome Publish(MqttPublishPacket packet, ClientRights rights, ClientSession? sender, PublishBatch batch)
    {
        if (!rights.MayPublish(packet.Topic)) return PublishOutcome.NotAuthorized;
        var expires = packet.MessageExpiryInterval == 0 ? (long?)null : time.GetUtcNow().ToUnixTimeSeconds() + packet.MessageExpiryInterval;
        var message = new BrokerMessage(packet, rights.Name, rights.Topics, expires);
        if (packet.Retain && !retained.Set(message)) return PublishOutcome.QuotaExceeded;
        var routes = index.RoutesOf(packet.Topic);
        foreach (var route in routes)
        {
            if (route.NoLocal && route.Session == sender) continue;
            var qos = Math.Min(route.Qos, (byte)packet.QualityOfServiceLevel);
            route.Session.Deliver(message, qos, route.RetainAsPublished && packet.Retain, route.Identifiers, batch);
        }
        return routes.Length == 0 ? PublishOutcome.NobodyThere : PublishOutcome.Delivered;
    }

    private void End(ClientSession session, MqttConnection connection)
    {
        var over = sessions.Leave(session, connection);
        watch.Reconsider();
        if (connection.Will is not { } will || connection.Rights is not { } rights || rights.Ended.IsCancellationRequested) return;
        if (over || connection.WillDelay == TimeSpan.Zero) PublishWill(will, rights);
        else _ = PublishWillLaterAsync(will, rights, session, connection.WillDelay < session.KeepFor ? connection.WillDelay : session.KeepFor);
    }

    /// <summary>A will with a delay is not published when its client comes back in time [MQTT-3.1.3-9].</summary>
    private async Task PublishWillLaterAsync(MqttPublishPacket will, ClientRights rights, ClientSession session, TimeSpan delay)
    {
        var since = session.AwaySince;
        await Task.Delay(delay, time);
        if (session.Connection is null && session.AwaySince == since) PublishWill(will, rights);
    }

    private void PublishWill(MqttPublishPacket will, ClientRights rights)
    {
        var batch = new PublishBatch();
        Publish(will, rights, null, batch);
        batch.Flush();
    }
}
