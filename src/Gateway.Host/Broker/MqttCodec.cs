using System.Text;
using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>MQTTnet's encoders and decoders, a set for each thread and none for a connection: an idle client costs no buffer.</summary>
internal static class MqttCodec
{
    [ThreadStatic] private static MqttPacketFormatterAdapter?[]? _formatters;

    /// <summary>The protocol version that a CONNECT asks for.</summary>
    public static MqttProtocolVersion VersionOf(in ReceivedMqttPacket connect)
    {
        try
        {
            var detector = new MqttPacketFormatterAdapter(new MqttBufferWriter(16, 16));
            detector.DetectProtocolVersion(connect);
            return detector.ProtocolVersion;
        }
        catch (Exception e) when (e is MqttProtocolViolationException or NotSupportedException)
        {
            throw new MqttRefusedException(MqttDisconnectReasonCode.MalformedPacket, e.Message);
        }
    }

    /// <summary>Decodes and checks what the decoder lets through.</summary>
    public static MqttPacket Decode(in ReceivedMqttPacket received, MqttProtocolVersion version)
    {
        MqttPacket packet;
        try
        {
            packet = For(version).Decode(received);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever a decoder throws at bytes of a stranger, the bytes are to blame.
            throw new MqttRefusedException(MqttDisconnectReasonCode.MalformedPacket, e.Message);
        }
        MqttRules.Check(packet, received.Body);
        return packet;
    }

    /// <summary>The bytes of a packet, in an array of their own.</summary>
    public static byte[] Encode(MqttPacket packet, MqttProtocolVersion version)
    {
        var formatter = For(version);
        try
        {
            return formatter.Encode(packet).ToArray();
        }
        finally
        {
            formatter.Cleanup();
        }
    }

    /// <summary>Where a PUBLISH that <see cref="Encode"/> made carries its packet identifier.</summary>
    public static int PacketIdentifierOffset(ReadOnlySpan<byte> publish)
    {
        var offset = 1;
        while ((publish[offset++] & 0x80) != 0) { }
        return offset + 2 + (publish[offset] << 8 | publish[offset + 1]);
    }

    /// <summary>Whether bytes are UTF-8 as MQTT wants it (MQTT 5.0 section 1.5.4): the decoder replaces what is wrong by U+FFFD, so that one must have been sent.</summary>
    public static bool IsText(string? text, ReadOnlySpan<byte> body)
    {
        if (text is null) return true;
        if (text.Contains('\0')) return false;
        return !text.Contains('\uFFFD') || body.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
    }

    private static MqttPacketFormatterAdapter For(MqttProtocolVersion version) =>
        (_formatters ??= new MqttPacketFormatterAdapter?[8])[(int)version] ??= new MqttPacketFormatterAdapter(version, new MqttBufferWriter(512, 64 * 1024));
}
