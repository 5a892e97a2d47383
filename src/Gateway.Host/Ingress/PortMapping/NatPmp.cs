using System.Buffers.Binary;
using System.Net;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>RFC 6886 section 3.5.</summary>
internal enum NatPmpResult : ushort { Success, UnsupportedVersion, NotAuthorised, NetworkFailure, NoResources, UnsupportedOpcode }

/// <summary>The answer to a NAT-PMP request.</summary>
/// <param name="Result">0 is success.</param>
/// <param name="Epoch">Seconds of the router's life.</param>
internal sealed record NatPmpAnswer(NatPmpResult Result, uint Epoch)
{
    /// <summary>The router's outside address, where that was asked.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port outside.</summary>
    public int ExternalPort { get; init; }

    /// <summary>How long the mapping lives.</summary>
    public TimeSpan Lifetime { get; init; }
}

/// <summary>The NAT Port Mapping Protocol's messages, RFC 6886, for TCP.</summary>
internal static class NatPmp
{
    private const byte Address = 0, MapTcp = 2, Response = 0x80;

    /// <summary>Section 3.2.</summary>
    public static byte[] AddressRequest() => [0, Address];

    /// <summary>Section 3.3. A lifetime of zero, with an external port of zero, ends the mapping (section 3.4).</summary>
    public static byte[] MapRequest(int localPort, int externalPort, TimeSpan lifetime)
    {
        var message = new byte[12];
        message[1] = MapTcp;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), (ushort)localPort);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), (ushort)externalPort);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), (uint)lifetime.TotalSeconds);
        return message;
    }

    /// <summary>Null when this is no answer to such a request.</summary>
    public static NatPmpAnswer? ReadAddress(ReadOnlySpan<byte> message)
    {
        if (Header(message, Address) is not { } answer) return null;
        if (answer.Result != NatPmpResult.Success) return answer;
        return message.Length < 12 ? null : answer with { Address = new IPAddress(message[8..12]) };
    }

    /// <summary>Null when this is no answer to a request for this port.</summary>
    public static NatPmpAnswer? ReadMap(ReadOnlySpan<byte> message, int localPort)
    {
        if (Header(message, MapTcp) is not { } answer) return null;
        if (answer.Result != NatPmpResult.Success) return answer;
        if (message.Length < 16 || BinaryPrimitives.ReadUInt16BigEndian(message[8..]) != localPort) return null;
        return answer with
        {
            ExternalPort = BinaryPrimitives.ReadUInt16BigEndian(message[10..]),
            Lifetime = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(message[12..])),
        };
    }

    private static NatPmpAnswer? Header(ReadOnlySpan<byte> message, byte opcode)
    {
        if (message.Length < 4 || (message[1] & Response) == 0) return null;
        if (message[0] != 0) return new NatPmpAnswer(NatPmpResult.UnsupportedVersion, 0); // a PCP server without NAT-PMP (RFC 6887 appendix A)
        if (message.Length < 8 || message[1] != (Response | opcode)) return null;
        return new NatPmpAnswer((NatPmpResult)BinaryPrimitives.ReadUInt16BigEndian(message[2..]), BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
    }
}
