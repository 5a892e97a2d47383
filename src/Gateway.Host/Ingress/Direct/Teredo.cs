using System.Buffers.Binary;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Direct;

/// <summary>What a Teredo address says of itself (RFC 4380 section 4).</summary>
/// <param name="Server">By whose help the NAT is passed.</param>
/// <param name="Outside">As what that server saw the client: the NAT's address and UDP port.</param>
internal sealed record Teredo(IPAddress Server, IPEndPoint Outside)
{
    /// <summary>Null for an address that is none of Teredo's.</summary>
    public static Teredo? Of(IPAddress address)
    {
        if (address.Family() != IpFamily.V6 || !AddressScopes.Teredo.Contains(address)) return null;
        var bytes = address.GetAddressBytes().AsSpan();
        // Port and address are turned over, lest a NAT that means well changes them.
        return new Teredo(new IPAddress(bytes[4..8]), new IPEndPoint(new IPAddress(BinaryPrimitives.ReverseEndianness(~BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))), (ushort)~BinaryPrimitives.ReadUInt16BigEndian(bytes[10..])));
    }
}
