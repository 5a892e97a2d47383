using System.Buffers.Binary;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>The answer to a PCP request.</summary>
/// <param name="Result">RFC 6887 section 7.4; 0 is success.</param>
/// <param name="Lifetime">Of a mapping; of an error: how long it stands.</param>
/// <param name="Epoch">Seconds of the router's life.</param>
internal sealed record PcpAnswer(PcpResult Result, TimeSpan Lifetime, uint Epoch)
{
    /// <summary>Of a mapping: what was assigned.</summary>
    public IPEndPoint? External { get; init; }
}

/// <summary>RFC 6887 section 7.4.</summary>
internal enum PcpResult : byte
{
    Success, UnsupportedVersion, NotAuthorised, MalformedRequest, UnsupportedOpcode, UnsupportedOption, MalformedOption,
    NetworkFailure, NoResources, UnsupportedProtocol, UserExceededQuota, CannotProvideExternal, AddressMismatch, ExcessiveRemotePeers,
}

/// <summary>The Port Control Protocol's messages, RFC 6887: only what a client of the MAP opcode for TCP needs.</summary>
internal static class Pcp
{
    public const int NonceLength = 12;
    private const byte Version = 2, Announce = 0, Map = 1, Response = 0x80, Tcp = 6;
    private const int HeaderLength = 24, MapLength = HeaderLength + 36;

    /// <summary>Asks for a mapping of our own endpoint (section 11.1). A lifetime of zero ends it.</summary>
    public static byte[] MapRequest(ReadOnlySpan<byte> nonce, IPEndPoint local, IPEndPoint suggested, TimeSpan lifetime)
    {
        var message = Request(Map, MapLength, local.Address, lifetime);
        var map = message.AsSpan(HeaderLength);
        nonce.CopyTo(map);
        map[12] = Tcp;
        BinaryPrimitives.WriteUInt16BigEndian(map[16..], (ushort)local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(map[18..], (ushort)suggested.Port);
        suggested.Address.MapToIPv6().TryWriteBytes(map[20..], out _);
        return message;
    }

    /// <summary>Asks for nothing but a sign of life (section 14.1).</summary>
    public static byte[] AnnounceRequest(IPAddress local) => Request(Announce, HeaderLength, local, TimeSpan.Zero);

    /// <summary>Null when this is no answer to such a request.</summary>
    public static PcpAnswer? ReadAnnounce(ReadOnlySpan<byte> message) => Header(message, Announce);

    /// <summary>Null when this is no answer to the request with this nonce for this port.</summary>
    public static PcpAnswer? ReadMap(ReadOnlySpan<byte> message, ReadOnlySpan<byte> nonce, int localPort)
    {
        if (Header(message, Map) is not { } answer) return null;
        if (answer.Result == PcpResult.UnsupportedVersion) return answer; // need not repeat the rest of the request
        if (message.Length < MapLength) return answer.Result == PcpResult.Success ? null : answer;
        var map = message[HeaderLength..];
        if (!map[..NonceLength].SequenceEqual(nonce) || map[12] != Tcp || BinaryPrimitives.ReadUInt16BigEndian(map[16..]) != localPort) return null;
        var address = new IPAddress(map[20..36]);
        return answer with { External = new IPEndPoint(address.Unmapped(), BinaryPrimitives.ReadUInt16BigEndian(map[18..])) };
    }

    private static byte[] Request(byte opcode, int length, IPAddress local, TimeSpan lifetime)
    {
        var message = new byte[length];
        message[0] = Version;
        message[1] = opcode;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), (uint)lifetime.TotalSeconds);
        local.MapToIPv6().TryWriteBytes(message.AsSpan(8), out _);
        return message;
    }

    private static PcpAnswer? Header(ReadOnlySpan<byte> message, byte opcode)
    {
        if (message.Length < 4 || (message[1] & Response) == 0) return null;
        // A router that knows only NAT-PMP or an old PCP says so in its own version's form (RFC 6887 section 9, appendix A).
        if (message[0] != Version) return new PcpAnswer(PcpResult.UnsupportedVersion, TimeSpan.Zero, 0);
        if (message[1] != (Response | opcode) || message.Length < HeaderLength || message.Length % 4 != 0) return null;
        return new PcpAnswer((PcpResult)message[3],
            TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(message[4..])), BinaryPrimitives.ReadUInt32BigEndian(message[8..]));
    }
}
