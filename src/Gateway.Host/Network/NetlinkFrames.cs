using System.Runtime.InteropServices;

namespace Gateway.Host.Network;

/// <summary>A message of netlink(7): <c>struct nlmsghdr</c> and what follows it.</summary>
internal readonly ref struct NetlinkMessage(ushort type, ushort flags, uint sequence, ReadOnlySpan<byte> body)
{
    public ushort Type { get; } = type;

    public ushort Flags { get; } = flags;

    public uint Sequence { get; } = sequence;

    public ReadOnlySpan<byte> Body { get; } = body;
}

/// <summary>Takes datagrams of netlink(7) and rtnetlink(7) apart. What claims to be longer than it is ends the reading; numbers are in the machine's own order.</summary>
internal static class NetlinkFrames
{
    /// <summary><c>sizeof(struct nlmsghdr)</c>: length, type, flags, sequence, port.</summary>
    public const int HeaderLength = 16;

    /// <summary><c>sizeof(struct rtattr)</c>: length, type.</summary>
    private const int AttributeHeaderLength = 4;

    /// <summary>The two upper bits of an attribute's type are flags (<c>NLA_TYPE_MASK</c>).</summary>
    private const ushort TypeMask = 0x3FFF;

    /// <summary>Takes the next message off <paramref name="rest"/>.</summary>
    public static bool TryMessage(scoped ref ReadOnlySpan<byte> rest, out NetlinkMessage message)
    {
        message = default;
        if (rest.Length < HeaderLength) return false;
        var length = MemoryMarshal.Read<uint>(rest);
        if (length < HeaderLength || length > rest.Length) return false;
        message = new NetlinkMessage(UInt16(rest, 4), UInt16(rest, 6), UInt32(rest, 8), rest[HeaderLength..(int)length]);
        rest = After(rest, (int)length);
        return true;
    }

    /// <summary>Takes the next attribute off <paramref name="rest"/>.</summary>
    public static bool TryAttribute(scoped ref ReadOnlySpan<byte> rest, out int type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (rest.Length < AttributeHeaderLength) return false;
        var length = UInt16(rest, 0);
        if (length < AttributeHeaderLength || length > rest.Length) return false;
        type = UInt16(rest, 2) & TypeMask;
        value = rest[AttributeHeaderLength..length];
        rest = After(rest, length);
        return true;
    }

    /// <summary>The request for everything of one kind: a header and <paramref name="bodyLength"/> bytes that begin with the family.</summary>
    public static byte[] DumpRequest(ushort type, byte family, int bodyLength, uint sequence)
    {
        const ushort request = 0x1, root = 0x100, match = 0x200; // NLM_F_REQUEST | NLM_F_DUMP
        var message = new byte[HeaderLength + bodyLength];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), (ushort)(request | root | match));
        MemoryMarshal.Write(message.AsSpan(8), sequence);
        message[HeaderLength] = family;
        return message;
    }

    /// <summary>The number at <paramref name="at"/>; 0 where there is none.</summary>
    public static uint UInt32(ReadOnlySpan<byte> bytes, int at) => bytes.Length >= at + 4 ? MemoryMarshal.Read<uint>(bytes[at..]) : 0;

    /// <inheritdoc cref="UInt32" />
    public static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => bytes.Length >= at + 2 ? MemoryMarshal.Read<ushort>(bytes[at..]) : (ushort)0;

    /// <summary>Everything lies at multiples of four (<c>NLMSG_ALIGNTO</c>); the last may lack its padding.</summary>
    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> bytes, int length) => bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
}
