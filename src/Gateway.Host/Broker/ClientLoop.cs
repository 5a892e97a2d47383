using System.IO.Pipelines;
using System.Security.Cryptography;
using Gateway.Host.Core;
using MQTTnet.Adapter;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>
/// Reads one client: as many packets as a read brought, then everybody's answers are flushed, then the next read. It reads on only when
/// the client has taken its own answers, and no faster than it may.
/// </summary>
internal sealed class ClientLoop(SessionRegistry sessions, SignIn signIn, ConnectionGate gate, ConnectionWatch watch, PacketHandler packets, BrokerLimits limits, TimeProvider time)
{
    /// <summary>Packets handled before others get a turn.</summary>
    private const int PacketsPerTurn = 256;

    public async Task RunAsync(MqttConnection connection, EmbeddedBroker broker)
    {
        if (await ReadConnectAsync(connection) is not { } connect || !await SignInAsync(connection, connect)) return;
        using var ended = connection.Rights!.Ended.UnsafeRegister(_ => connection.Close(MqttDisconnectReasonCode.NotAuthorized), null);
        await connection.FlushAsync();
        var batch = new PublishBatch();
        var pace = new Pace(connection.Origin.Kind switch
        {
            OriginKind.LocalSocket or OriginKind.ThisMachine => 0,
            OriginKind.HomeNetwork => limits.PacketsPerSecondAtHome,
            _ => limits.PacketsPerSecondOutside,
        }, time);
        while (connection.IsOpen)
        {
            var reading = connection.Input.ReadAsync();
            var yields = reading.IsCompleted;
            ReadResult read;
            try { read = await reading; }
            catch (IOException) { break; } // cut off: here rather than further out, since thousands may be at once and an exception costs by the call it passes
            if (read.IsCanceled) break;
            var buffer = read.Buffer;
            var handled = 0;
            var more = false;
            try
            {
                while (connection.IsOpen && (more = MqttFrame.TryRead(ref buffer, limits.PacketSize, out var received)))
                {
                    handled++;
                    packets.Handle(MqttCodec.Decode(received, connection.Version), connection, broker, batch);
                    if (handled == PacketsPerTurn || batch.Slow is not null) break;
                }
            }
            finally
            {
                connection.Input.AdvanceTo(buffer.Start, more ? buffer.Start : buffer.End);
                batch.Flush();
            }
            if (handled > 0) connection.LastReceived = time.GetTimestamp();
            await connection.FlushAsync();
            if (batch.Slow is { } slow)
            {
                batch.Slow = null;
                if (!connection.Rights.IsGateway) await slow.WaitForRoomAsync();
            }
            await pace.SpendAsync(handled);
            if (!more && read.IsCompleted) break;
            // A flood that never makes this loop wait must not keep the thread from everybody else.
            if (yields) await Task.Yield();
        }
    }

    /// <summary>The first packet, which must be CONNECT [MQTT-3.1.0-1]; null when the client left before.</summary>
    private async Task<MqttConnectPacket?> ReadConnectAsync(MqttConnection connection)
    {
        while (true)
        {
            ReadResult read;
            try { read = await connection.Input.ReadAsync(); }
            catch (IOException) { return null; }
            var buffer = read.Buffer;
            if (read.IsCanceled) return null;
            if (buffer.Length > 0 && buffer.FirstSpan[0] != 0x10) throw new MqttRefusedException(MqttDisconnectReasonCode.ProtocolError, "The first packet is no CONNECT.");
            if (MqttFrame.TryRead(ref buffer, limits.ConnectPacketSize, out var received))
            {
                var packet = Decode(connection, received);
                connection.Input.AdvanceTo(buffer.Start);
                return packet;
            }
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    private static MqttConnectPacket Decode(MqttConnection connection, ReceivedMqttPacket received)
    {
        connection.Version = MqttCodec.VersionOf(received);
        return (MqttConnectPacket)MqttCodec.Decode(received, connection.Version);
    }

    private async Task<bool> SignInAsync(MqttConnection connection, MqttConnectPacket connect)
    {
        var v5 = connection.Version == MqttProtocolVersion.V500;
        if (connect.AuthenticationMethod is not null) return await RefuseAsync(connection, MqttConnectReasonCode.BadAuthenticationMethod);
        if (connect.ClientId.Length == 0)
        {
            if (!v5 && !connect.CleanSession) return await RefuseAsync(connection, MqttConnectReasonCode.ClientIdentifierNotValid); // [MQTT-3.1.3-8] of 3.1.1
            connect.ClientId = connection.AssignedIdentifier = "gateway-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        }
        var rights = await signIn.CheckAsync(connect, connection.Origin, connection.IsWebSocket);
        var hasPassword = connect.Password is { Length: > 0 };
        connect.Password = null;
        if (rights is null) return await RefuseAsync(connection, hasPassword ? MqttConnectReasonCode.BadUserNameOrPassword : MqttConnectReasonCode.NotAuthorized);
        if (connect.WillFlag && !rights.MayPublish(connect.WillTopic)) return await RefuseAsync(connection, MqttConnectReasonCode.NotAuthorized);

        connection.KeepAlive = TimeSpan.FromSeconds(connect.KeepAlivePeriod);
        connection.MaximumPacketSize = connect.MaximumPacketSize == 0 ? long.MaxValue : connect.MaximumPacketSize;
        connection.ReceiveMaximum = connect.ReceiveMaximum == 0 ? limits.InFlight : Math.Min(connect.ReceiveMaximum, limits.InFlight);
        connection.Will = connect.WillFlag ? WillOf(connect) : null;
        connection.WillDelay = TimeSpan.FromSeconds(connect.WillDelayInterval);
        connection.LastReceived = time.GetTimestamp();
        connection.Rights = rights;
        gate.SignedIn(connection.Origin);
        var wished = v5 ? TimeSpan.FromSeconds(connect.SessionExpiryInterval) : connect.CleanSession ? TimeSpan.Zero : TimeSpan.MaxValue;
        if (sessions.Open(connect, connection, wished < limits.SessionKept ? wished : limits.SessionKept) is null)
            return await RefuseAsync(connection, MqttConnectReasonCode.ClientIdentifierNotValid);
        watch.Reconsider();
        return true;
    }

    private static async Task<bool> RefuseAsync(MqttConnection connection, MqttConnectReasonCode reason)
    {
        connection.Will = null;
        connection.Write(new MqttConnAckPacket { ReasonCode = reason, ReturnCode = MqttConnectReasonCodeConverter.ToConnectReturnCode(reason), MaximumQoS = MqttQualityOfServiceLevel.ExactlyOnce, RetainAvailable = true, WildcardSubscriptionAvailable = true, SubscriptionIdentifiersAvailable = true, SharedSubscriptionAvailable = true });
        await connection.FlushAsync();
        return false;
    }

    private static MqttPublishPacket WillOf(MqttConnectPacket connect) => new()
    {
        Topic = connect.WillTopic,
        PayloadSegment = connect.WillMessage ?? [],
        QualityOfServiceLevel = connect.WillQoS,
        PacketIdentifier = (ushort)(connect.WillQoS > MqttQualityOfServiceLevel.AtMostOnce ? 1 : 0),
        Retain = connect.WillRetain,
        ContentType = connect.WillContentType,
        CorrelationData = connect.WillCorrelationData,
        MessageExpiryInterval = connect.WillMessageExpiryInterval,
        PayloadFormatIndicator = connect.WillPayloadFormatIndicator,
        ResponseTopic = connect.WillResponseTopic,
        UserProperties = connect.WillUserProperties,
    };
}
