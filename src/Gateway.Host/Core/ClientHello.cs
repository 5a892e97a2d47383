using System.Buffers;
using System.Text;

namespace Gateway.Host.Core;

/// <summary>What came of reading the beginning of a TLS connection.</summary>
public enum HelloState
{
    /// <summary>Not whole yet: more bytes may bring it.</summary>
    Unfinished = 0,
    /// <summary>It names a server.</summary>
    Named,
    /// <summary>A whole ClientHello without a name, or no TLS at all.</summary>
    Nameless,
}

/// <summary>What was read of a ClientHello.</summary>
/// <param name="State">How far it came.</param>
/// <param name="Name">Whom it asks for: lower case, without a dot at its end; empty unless it is named.</param>
/// <param name="Needed">While it is unfinished: with fewer bytes of the connection than this it stays so.</param>
public readonly record struct HelloReading(HelloState State, string Name, int Needed)
{
    /// <summary>Nobody is asked for by name.</summary>
    public static HelloReading Nameless { get; } = new(HelloState.Nameless, "", 0);
}

/// <summary>
/// Reads which server a TLS client asks for, out of the first bytes it sends and without changing them: ClientHello (RFC 8446 section 4.1.2), server_name (RFC 6066 section 3).
/// It may come in any number of segments and records. Whatever is longer than <see cref="Longest"/> or makes no sense has no name. Never throws.
/// </summary>
public static class ClientHello
{
    /// <summary>Bytes of the connection that are looked at, record headers among them. A real one has 300 to 2,000.</summary>
    public const int Longest = 16 * 1024;

    private const byte HandshakeRecord = 22, ClientHelloMessage = 1, HostName = 0;
    private const int RecordHeader = 5, MessageHeader = 4, LongestRecord = 16 * 1024; // RFC 8446 section 5.1: 2^14

    /// <summary>Reads what has come so far.</summary>
    public static HelloReading Read(ReadOnlySequence<byte> received)
    {
        if (received.Length > Longest) return HelloReading.Nameless;
        var bytes = received.IsSingleSegment ? received.FirstSpan : received.ToArray();
        Span<byte> message = new byte[bytes.Length];
        var length = Unpack(bytes, message, out var missing);
        if (length < 0 || length > 0 && message[0] != ClientHelloMessage) return HelloReading.Nameless;
        if (length < MessageHeader) return Unfinished(bytes.Length, Math.Max(missing, 1));
        var wanted = MessageHeader + ((message[1] << 16) | (message[2] << 8) | message[3]);
        if (wanted > Longest) return HelloReading.Nameless;
        if (length < wanted) return Unfinished(bytes.Length, Math.Max(missing, wanted - length));
        return NameIn(message[MessageHeader..wanted]) is { } name ? new HelloReading(HelloState.Named, name, 0) : HelloReading.Nameless;
    }

    private static HelloReading Unfinished(int received, int missing) => received + missing > Longest ? HelloReading.Nameless : new HelloReading(HelloState.Unfinished, "", received + missing);

    /// <summary>Takes the records' contents out; gives how much there is and how much the last record lacks, or -1 when these are no TLS records of a handshake.</summary>
    private static int Unpack(ReadOnlySpan<byte> records, Span<byte> message, out int missing)
    {
        var length = missing = 0;
        while (records.Length > 0)
        {
            // The version of the record layer is to be ignored (RFC 8446 section 5.1); its first byte is 3 in every TLS.
            if (records[0] != HandshakeRecord || records.Length > 1 && records[1] != 3) return -1;
            if (records.Length < RecordHeader)
            {
                missing = RecordHeader + 1 - records.Length;
                return length;
            }
            var size = (records[3] << 8) | records[4];
            if (size is 0 or > LongestRecord) return -1;
            records = records[RecordHeader..];
            var here = records[..Math.Min(size, records.Length)];
            here.CopyTo(message[length..]);
            length += here.Length;
            missing = size - here.Length;
            records = records[here.Length..];
        }
        return length;
    }

    private static string? NameIn(ReadOnlySpan<byte> hello)
    {
        var rest = new Rest(hello);
        rest.Take(2 + 32); // legacy_version, random
        rest.Vector(1); // legacy_session_id
        rest.Vector(2); // cipher_suites
        rest.Vector(1); // legacy_compression_methods
        var extensions = new Rest(rest.Vector(2));
        while (extensions.Length > 0)
        {
            var type = extensions.Number(2);
            var content = extensions.Vector(2);
            if (extensions.IsBroken) return null;
            if (type == 0) return ServerName(content); // server_name is type 0, and comes once
        }
        return null;
    }

    private static string? ServerName(ReadOnlySpan<byte> extension)
    {
        var list = new Rest(new Rest(extension).Vector(2));
        while (list.Length > 0)
        {
            var kind = list.Number(1);
            var host = list.Vector(2);
            if (list.IsBroken) return null;
            if (kind == HostName) return Name(host);
        }
        return null;
    }

    /// <summary>ASCII letters, digits, dots, hyphens and underscores: what can be compared with a name without a second thought.</summary>
    private static string? Name(ReadOnlySpan<byte> host)
    {
        if (host.Length > 0 && host[^1] == '.') host = host[..^1];
        if (host.Length is 0 or > 253) return null;
        foreach (var b in host) if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'.' or (byte)'-' or (byte)'_')) return null;
        return Encoding.ASCII.GetString(host).ToLowerInvariant();
    }

    /// <summary>What is left to be read. Once something was longer than what there is, all that follows is empty.</summary>
    private ref struct Rest(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _bytes = bytes;

        public bool IsBroken { get; private set; }

        public readonly int Length => _bytes.Length;

        public ReadOnlySpan<byte> Take(int count)
        {
            if (count > _bytes.Length)
            {
                IsBroken = true;
                _bytes = default;
                return default;
            }
            var taken = _bytes[..count];
            _bytes = _bytes[count..];
            return taken;
        }

        public int Number(int size)
        {
            var number = 0;
            foreach (var b in Take(size)) number = (number << 8) | b;
            return number;
        }

        /// <summary>Something that begins with its own length.</summary>
        public ReadOnlySpan<byte> Vector(int size) => Take(Number(size));
    }
}
