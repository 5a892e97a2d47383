using System.Buffers;
using System.Runtime.InteropServices;
using MQTTnet.Adapter;

namespace Gateway.Host.Broker;

/// <summary>A packet that breaks the protocol; the connection ends with this reason.</summary>
internal sealed class MqttRefusedException(MQTTnet.Protocol.MqttDisconnectReasonCode reason, string message) : Exception(message)
{
    public MQTTnet.Protocol.MqttDisconnectReasonCode Reason { get; } = reason;
}

/// <summary>Cuts packets out of a stream of bytes (MQTT 5.0 section 2.1).</summary>
internal static class MqttFrame
{
    /// <summary>Takes one whole packet off the front of <paramref name="buffer"/>; false when it is not all there yet.</summary>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxSize, out ReceivedMqttPacket packet)
    {
        packet = default;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var header)) return false;
        CheckHeader(header);
        var length = 0;
        for (var i = 0; ; i++)
        {
            if (i == 4) throw new MqttRefusedException(MQTTnet.Protocol.MqttDisconnectReasonCode.MalformedPacket, "The remaining length has more than four bytes."); // [MQTT-1.5.5]
            if (!reader.TryRead(out var digit)) return false;
            length |= (digit & 0x7F) << (7 * i);
            if ((digit & 0x80) == 0) break;
        }
        if (length > maxSize) throw new MqttRefusedException(MQTTnet.Protocol.MqttDisconnectReasonCode.PacketTooLarge, $"The packet has {length} bytes; {maxSize} are taken here.");
        if (reader.Remaining < length) return false;
        var body = reader.UnreadSequence.Slice(0, length);
        packet = new ReceivedMqttPacket(header, Array(body), (int)reader.Consumed + length);
        buffer = buffer.Slice(body.End);
        return true;
    }

    /// <summary>Flags that the protocol reserves must have their value [MQTT-2.1.3-1]; QoS 3 does not exist [MQTT-3.3.1-4].</summary>
    private static void CheckHeader(byte header)
    {
        var flags = header & 0x0F;
        var right = (header >> 4) switch
        {
            0 => false,
            3 => (flags & 0x06) != 0x06 && ((flags & 0x06) != 0 || (flags & 0x08) == 0),
            6 or 8 or 10 => flags == 0x02,
            _ => flags == 0,
        };
        if (!right) throw new MqttRefusedException(MQTTnet.Protocol.MqttDisconnectReasonCode.MalformedPacket, $"0x{header:X2} begins no packet.");
    }

    private static ArraySegment<byte> Array(ReadOnlySequence<byte> body) =>
        body.IsSingleSegment && MemoryMarshal.TryGetArray(body.First, out var segment) ? segment : body.ToArray();
}
