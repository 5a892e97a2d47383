using System.Buffers.Binary;
using System.Net;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Wire;

/// <summary>Types of records that are asked for or understood (RFC 1035 section 3.2.2, RFC 3596).</summary>
internal enum DnsType : ushort
{
    /// <summary>None of these.</summary>
    Other = 0,
    /// <summary>An IPv4 address.</summary>
    A = 1,
    /// <summary>A name server of a zone.</summary>
    NS = 2,
    /// <summary>Another name for this one.</summary>
    Cname = 5,
    /// <summary>Where a zone begins.</summary>
    Soa = 6,
    /// <summary>A text.</summary>
    Txt = 16,
    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,
}

/// <summary>What records hold addresses.</summary>
internal static class DnsTypes
{
    /// <summary>The type whose records hold addresses of this family.</summary>
    public static DnsType AddressType(this IpFamily family) => family == IpFamily.V4 ? DnsType.A : DnsType.Aaaa;
}

/// <summary>A record.</summary>
/// <param name="Name">Its owner, lower case, without the last dot.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Ttl">How long it may be remembered.</param>
/// <param name="Address">Of A and AAAA.</param>
/// <param name="Target">Of NS and CNAME: a name.</param>
/// <param name="Text">Of TXT: its strings in one, a character for each byte.</param>
internal sealed record DnsRecord(string Name, DnsType Type, TimeSpan Ttl, IPAddress? Address = null, string? Target = null, string? Text = null);

/// <summary>An answer, as far as it is understood.</summary>
/// <param name="Code">RCODE: 0 no error, 2 the server failed, 3 no such name, 5 refused.</param>
/// <param name="IsAuthoritative">The server says that it is the source (AA).</param>
/// <param name="IsTruncated">There is more, over TCP (TC).</param>
/// <param name="Answers">The answer section.</param>
/// <param name="Authorities">The authority section.</param>
internal sealed record DnsMessage(int Code, bool IsAuthoritative, bool IsTruncated, IReadOnlyList<DnsRecord> Answers, IReadOnlyList<DnsRecord> Authorities)
{
    private const int HeaderLength = 12;

    /// <summary>More records than any honest answer to our questions has.</summary>
    private const int MostRecords = 64;

    /// <summary>A question as it goes over the wire. Throws <see cref="FormatException"/> when the name is none (RFC 1035 section 2.3.4: labels of 1 to 63 bytes, 255 in all).</summary>
    public static byte[] Question(ushort id, string name, DnsType type, bool recursive)
    {
        var packet = new List<byte>(HeaderLength + name.Length + 6) { (byte)(id >> 8), (byte)id, (byte)(recursive ? 1 : 0), 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.Length == 0 || name == "." ? [] : name.TrimEnd('.').Split('.'))
        {
            if (label.Length is 0 or > 63 || !Ascii.IsValid(label)) throw new FormatException("That is no name of the DNS.");
            packet.Add((byte)label.Length);
            packet.AddRange(Encoding.ASCII.GetBytes(label));
        }
        if (packet.Count - HeaderLength > 254) throw new FormatException("That is no name of the DNS.");
        packet.AddRange([0, (byte)((ushort)type >> 8), (byte)type, 0, 1]);
        return [.. packet];
    }

    /// <summary>Whether a packet answers exactly this question (RFC 5452 section 9.1); anything else is somebody else's, or forged.</summary>
    public static bool IsAnswer(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> question) =>
        packet.Length >= question.Length && packet[..2].SequenceEqual(question[..2])
        && (packet[2] & 0xF8) == 0x80 // a response to a standard query
        && packet[4] == 0 && packet[5] == 1 && Ascii.EqualsIgnoreCase(packet[HeaderLength..(question.Length - 4)], question[HeaderLength..^4])
        && packet[(question.Length - 4)..question.Length].SequenceEqual(question[^4..]);

    /// <summary>Reads an answer for which <see cref="IsAnswer"/> holds; null when it is malformed.</summary>
    public static DnsMessage? Read(ReadOnlySpan<byte> packet, int questionLength)
    {
        int answers = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]), authorities = BinaryPrimitives.ReadUInt16BigEndian(packet[8..]);
        var isTruncated = (packet[2] & 2) != 0;
        // What a truncated answer has is asked for again over TCP.
        if (isTruncated) return new DnsMessage(packet[3] & 15, (packet[2] & 4) != 0, true, [], []);
        if (answers + authorities > MostRecords) return null;
        var offset = questionLength;
        return Records(packet, ref offset, answers) is { } a && Records(packet, ref offset, authorities) is { } b
            ? new DnsMessage(packet[3] & 15, (packet[2] & 4) != 0, false, a, b) : null;
    }

    /// <summary>The records of a type that belong to a name, also by way of other names for it (CNAME) in the same answer.</summary>
    public IEnumerable<DnsRecord> Of(string name, DnsType type)
    {
        for (var turn = 0; turn < 8; turn++)
        {
            if (Answers.Where(r => r.Name == name && r.Type == type).ToArray() is { Length: > 0 } found) return found;
            if (Answers.FirstOrDefault(r => r.Name == name && r.Type == DnsType.Cname)?.Target is not { } other) break;
            name = other;
        }
        return [];
    }

    private static List<DnsRecord>? Records(ReadOnlySpan<byte> packet, ref int offset, int count)
    {
        var records = new List<DnsRecord>();
        for (; count > 0; count--)
        {
            if (Name(packet, ref offset) is not { } owner || packet.Length - offset < 10) return null;
            var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(packet[offset..]);
            var isInternet = BinaryPrimitives.ReadUInt16BigEndian(packet[(offset + 2)..]) == 1;
            var ttl = BinaryPrimitives.ReadInt32BigEndian(packet[(offset + 4)..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(packet[(offset + 8)..]), data = offset + 10;
            offset = data + length;
            if (offset > packet.Length) return null;
            var record = new DnsRecord(owner, isInternet && Enum.IsDefined(type) ? type : DnsType.Other, TimeSpan.FromSeconds(Math.Max(0, ttl))); // RFC 2181 section 8: a negative one counts as 0
            switch (record.Type)
            {
                case DnsType.A when length == 4:
                case DnsType.Aaaa when length == 16:
                    record = record with { Address = new IPAddress(packet[data..offset]) };
                    break;
                case DnsType.A or DnsType.Aaaa: return null;
                case DnsType.NS or DnsType.Cname:
                    if (Name(packet[..offset], ref data) is not { } target || data != offset) return null;
                    record = record with { Target = target };
                    break;
                case DnsType.Txt:
                    if (Strings(packet[data..offset]) is not { } text) return null;
                    record = record with { Text = text };
                    break;
            }
            records.Add(record);
        }
        return records;
    }

    /// <summary>The strings of a TXT record, each with its length before it (RFC 1035 section 3.3.14), in one; null when they do not end where it ends.</summary>
    private static string? Strings(ReadOnlySpan<byte> data)
    {
        var text = new StringBuilder();
        for (var at = 0; at < data.Length; at += data[at] + 1)
        {
            if (data.Length - at - 1 < data[at]) return null;
            text.Append(Encoding.Latin1.GetString(data.Slice(at + 1, data[at])));
        }
        return text.ToString();
    }

    /// <summary>
    /// Reads a name and goes past it. A pointer (RFC 1035 section 4.1.4) must lead to before the place where the name began, and the next one before that:
    /// so there are no loops. What is no letter, digit, hyphen or underscore becomes <c>?</c>: the words are shown to people.
    /// </summary>
    private static string? Name(ReadOnlySpan<byte> packet, ref int offset)
    {
        var name = new StringBuilder();
        int at = offset, begin = offset, end = -1;
        while (at < packet.Length)
        {
            int length = packet[at++];
            if (length == 0)
            {
                offset = end < 0 ? at : end;
                return name.ToString();
            }
            if (length >= 0xC0)
            {
                if (at >= packet.Length) return null;
                var target = (length & 0x3F) << 8 | packet[at++];
                if (end < 0) end = at;
                if (target >= begin) return null;
                at = begin = target;
                continue;
            }
            if (length > 63 || packet.Length - at < length || name.Length + length > 254) return null;
            if (name.Length > 0) name.Append('.');
            foreach (var b in packet.Slice(at, length)) name.Append(char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' ? char.ToLowerInvariant((char)b) : '?');
            at += length;
        }
        return null;
    }
}
