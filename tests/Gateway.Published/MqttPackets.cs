using System.Buffers.Binary;
using System.Text;

namespace Gateway.Published;

/// <summary>MQTT 3.1.1 packets as bytes (http://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html), written here and not taken from a library, so that load and attacks are the same for every broker.</summary>
public static class MqttPackets
{
    /// <summary>CONNECT with a clean session and no keep-alive (section 3.1).</summary>
    public static byte[] Connect(string clientId, string? user = null, string? password = null)
    {
        var flags = (byte)(0x02 | (user is null ? 0 : 0x80) | (password is null ? 0 : 0x40));
        return Packet(0x10, [.. Text("MQTT"), 4, flags, 0, 0, .. Text(clientId), .. user is null ? [] : Text(user), .. password is null ? [] : Text(password)]);
    }

    /// <summary>SUBSCRIBE to one filter (section 3.8).</summary>
    public static byte[] Subscribe(ushort id, string filter, int qos) => Packet(0x82, [(byte)(id >> 8), (byte)id, .. Text(filter), (byte)qos]);

    /// <summary>UNSUBSCRIBE from one filter (section 3.10).</summary>
    public static byte[] Unsubscribe(ushort id, string filter) => Packet(0xA2, [(byte)(id >> 8), (byte)id, .. Text(filter)]);

    /// <summary>PUBLISH (section 3.3); <paramref name="id"/> counts at QoS 1 and 2 only.</summary>
    public static byte[] Publish(string topic, ReadOnlySpan<byte> payload, int qos = 0, ushort id = 0, bool retain = false) =>
        Packet((byte)(0x30 | qos << 1 | (retain ? 1 : 0)), [.. Text(topic), .. qos == 0 ? Array.Empty<byte>() : [(byte)(id >> 8), (byte)id], .. payload]);

    /// <summary>PINGREQ (section 3.12).</summary>
    public static byte[] Ping() => [0xC0, 0];

    /// <summary>DISCONNECT (section 3.14).</summary>
    public static byte[] Disconnect() => [0xE0, 0];

    /// <summary>The first packet of <paramref name="bytes"/>: its first byte, where its body starts and its whole length; null while it is not all there.</summary>
    public static (byte Header, int BodyStart, int Length)? Read(ReadOnlySpan<byte> bytes)
    {
        // Section 2.2.3: the remaining length, 7 bits a byte, low ones first, at most four bytes.
        for (int i = 1, length = 0; i < bytes.Length && i <= 4; i++)
        {
            length |= (bytes[i] & 0x7F) << 7 * (i - 1);
            if ((bytes[i] & 0x80) == 0) return bytes.Length >= i + 1 + length ? (bytes[0], i + 1, i + 1 + length) : null;
        }
        return null;
    }

    private static byte[] Packet(byte header, byte[] body)
    {
        var packet = new List<byte> { header };
        var rest = body.Length;
        do
        {
            packet.Add((byte)(rest % 128 | (rest >= 128 ? 0x80 : 0)));
            rest /= 128;
        }
        while (rest > 0);
        packet.AddRange(body);
        return [.. packet];
    }

    private static byte[] Text(string text)
    {
        var bytes = new byte[2 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }
}
