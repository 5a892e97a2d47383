using System.Net;
using System.Text;
using Gateway.Host.Core;
using static Gateway.Host.Network.NetlinkFrames;

namespace Gateway.Host.Network;

/// <summary>A network interface, of <c>struct ifinfomsg</c>.</summary>
/// <param name="Index">The kernel's number.</param>
/// <param name="Name">As <c>ip link</c> shows it.</param>
/// <param name="Type"><c>ARPHRD_*</c>, linux/if_arp.h.</param>
/// <param name="Flags"><c>IFF_*</c>, linux/if.h.</param>
internal sealed record LinkEntry(int Index, string Name, ushort Type, uint Flags);

/// <summary>An address, of <c>struct ifaddrmsg</c>.</summary>
/// <param name="Link">The interface's number.</param>
/// <param name="Address">With the scope id where it is link-local.</param>
/// <param name="PrefixLength">In bits.</param>
/// <param name="Flags">What the kernel says of it.</param>
/// <param name="IsOfKernel">The kernel itself made it of a router's advertisement; else a program of this machine keeps it.</param>
/// <param name="Valid">Seconds left; <see cref="NetworkDump.ForEver"/> where none are counted.</param>
/// <param name="Refreshed">When it was last set: hundredths of a second since the machine started, wrapping after 497 days.</param>
internal sealed record AddressEntry(int Link, IPAddress Address, int PrefixLength, AddressFlags Flags, bool IsOfKernel, uint Valid, uint Refreshed);

/// <summary>A default route, of <c>struct rtmsg</c>.</summary>
/// <param name="Family">Which internet.</param>
/// <param name="Router">Null on a point-to-point link.</param>
/// <param name="Link">The interface's number.</param>
/// <param name="Metric">The lower is taken.</param>
/// <param name="Rank">Among routes of one metric: the router's own preference (RFC 4191), 0 the highest.</param>
/// <param name="Expires">Hundredths of a second left; 0 where none are counted.</param>
internal sealed record RouteEntry(IpFamily Family, IPAddress? Router, int Link, long Metric, int Rank, int Expires);

/// <summary>What came of reading a datagram.</summary>
internal enum DumpProgress
{
    /// <summary>More will come.</summary>
    More = 0,
    /// <summary>That was all.</summary>
    Done,
    /// <summary>That was all, and something changed while the kernel told it (<c>NLM_F_DUMP_INTR</c>): ask again.</summary>
    Interrupted,
    /// <summary>The kernel does not answer this question.</summary>
    Refused,
}

/// <summary>
/// Collects what the kernel tells of interfaces, addresses and default routes. Bounded, and indifferent to what it is fed: a message that is too short,
/// too long or unknown is passed over.
/// </summary>
internal sealed class NetworkDump
{
    /// <summary>So many of each kind are kept; a gateway at home has a dozen.</summary>
    public const int Most = 2048;

    /// <summary>A lifetime that does not end (RFC 4861 section 4.6.2).</summary>
    public const uint ForEver = uint.MaxValue;

    /// <summary>Message types, linux/rtnetlink.h and linux/netlink.h.</summary>
    public const ushort Error = 2, Done = 3, NewLink = 16, GetLink = 18, NewAddress = 20, GetAddress = 22, NewRoute = 24, GetRoute = 26;

    /// <summary>Lengths of <c>struct ifinfomsg</c>, <c>ifaddrmsg</c> and <c>rtmsg</c>.</summary>
    public const int LinkLength = 16, AddressLength = 8, RouteLength = 12;

    /// <summary><c>AF_INET</c> and <c>AF_INET6</c> as the kernel numbers them.</summary>
    public const byte InterNetwork = 2, InterNetworkV6 = 10;

    private bool _interrupted;

    public List<LinkEntry> Links { get; } = [];

    public List<AddressEntry> Addresses { get; } = [];

    public List<RouteEntry> Routes { get; } = [];

    /// <summary>Takes in a datagram of the answer to question <paramref name="sequence"/>.</summary>
    public DumpProgress Read(ReadOnlySpan<byte> datagram, uint sequence)
    {
        const ushort interrupted = 0x10;
        while (TryMessage(ref datagram, out var message))
        {
            if (message.Sequence != sequence) continue; // of a question that was given up
            _interrupted |= (message.Flags & interrupted) != 0;
            switch (message.Type)
            {
                case NewLink: ReadLink(message.Body); break;
                case NewAddress: ReadAddress(message.Body); break;
                case NewRoute: ReadRoute(message.Body); break;
                case Error: return DumpProgress.Refused;
                case Done:
                    var end = _interrupted ? DumpProgress.Interrupted : DumpProgress.Done;
                    _interrupted = false;
                    return end;
            }
        }
        return DumpProgress.More;
    }

    private void ReadLink(ReadOnlySpan<byte> body)
    {
        const int nameAttribute = 3, longestName = 15; // IFLA_IFNAME, IFNAMSIZ without its end
        if (body.Length < LinkLength || Links.Count >= Most) return;
        var (type, index, flags) = (UInt16(body, 2), (int)UInt32(body, 4), UInt32(body, 8));
        var name = "";
        for (var rest = body[LinkLength..]; TryAttribute(ref rest, out var attribute, out var value);)
        {
            if (attribute != nameAttribute) continue;
            if (value.IndexOf((byte)0) is >= 0 and var end) value = value[..end];
            name = Encoding.UTF8.GetString(value[..Math.Min(value.Length, longestName)]);
        }
        if (name.Length > 0 && index > 0) Links.Add(new LinkEntry(index, name, type, flags));
    }

    private void ReadAddress(ReadOnlySpan<byte> body)
    {
        const int peer = 1, local = 2, lifetimes = 6, longFlags = 8; // IFA_ADDRESS, IFA_LOCAL, IFA_CACHEINFO, IFA_FLAGS
        if (body.Length < AddressLength || Addresses.Count >= Most) return;
        var (family, prefix, flags, link) = (body[0], body[1], (uint)body[2], (int)UInt32(body, 4));
        ReadOnlySpan<byte> address = default;
        var (isLocal, valid, refreshed) = (false, ForEver, 0u);
        for (var rest = body[AddressLength..]; TryAttribute(ref rest, out var attribute, out var value);)
        {
            // On a point-to-point link IFA_ADDRESS is the other end's.
            if (attribute == local || (attribute == peer && !isLocal))
            {
                address = value;
                isLocal = attribute == local;
            }
            else if (attribute == longFlags && value.Length >= 4) flags = UInt32(value, 0);
            else if (attribute == lifetimes && value.Length >= 16) (valid, refreshed) = (UInt32(value, 4), UInt32(value, 12)); // struct ifa_cacheinfo
        }
        if (Address(family, address, link) is { } found && prefix <= address.Length * 8)
            Addresses.Add(new AddressEntry(link, found, prefix, Flags(family, flags), (flags & NoPrefixRoute) == 0, valid, refreshed));
    }

    private void ReadRoute(ReadOnlySpan<byte> body)
    {
        const int output = 4, gateway = 5, priority = 6, multipath = 9, cacheInfo = 12, table = 15, via = 18, preference = 20; // RTA_*
        const uint dead = 0x1, linkDown = 0x10, cloned = 0x200; // RTNH_F_DEAD, RTNH_F_LINKDOWN, RTM_F_CLONED
        const uint mainTable = 254; // RT_TABLE_MAIN
        const byte unicast = 1; // RTN_UNICAST
        if (body.Length < RouteLength) return;
        var (family, destinationLength, inTable, type, flags) = (body[0], body[1], (uint)body[4], body[7], UInt32(body, 8));
        if (destinationLength != 0 || body[2] != 0 || type != unicast || (flags & (dead | linkDown | cloned)) != 0 || family is not (InterNetwork or InterNetworkV6)) return;
        var (link, metric, rank, expires) = (0, 0L, 1, 0);
        ReadOnlySpan<byte> router = default, several = default;
        for (var rest = body[RouteLength..]; TryAttribute(ref rest, out var attribute, out var value);)
        {
            if (attribute == output) link = (int)UInt32(value, 0);
            else if (attribute == gateway) router = value;
            else if (attribute == via && value.Length > 2) router = value[2..]; // struct rtvia: an IPv4 route over an IPv6 router (RFC 5549)
            else if (attribute == priority) metric = UInt32(value, 0);
            else if (attribute == multipath) several = value;
            else if (attribute == table) inTable = UInt32(value, 0);
            else if (attribute == preference && value.Length > 0) rank = value[0] switch { 1 => 0, 3 => 2, _ => 1 }; // RFC 4191 section 2.1
            else if (attribute == cacheInfo) expires = (int)UInt32(value, 8); // struct rta_cacheinfo
        }
        if (inTable != mainTable || expires < 0) return; // an expired one is there until the kernel sweeps
        if (several.Length == 0) Add(family, router, link, metric, rank, expires);
        while (several.Length >= 8) // struct rtnexthop: length, flags, hops, interface
        {
            var length = UInt16(several, 0);
            if (length < 8 || length > several.Length) break;
            ReadOnlySpan<byte> hop = default;
            for (var rest = several[8..length]; TryAttribute(ref rest, out var attribute, out var value);)
                if (attribute == gateway) hop = value;
            if ((several[2] & (dead | linkDown)) == 0) Add(family, hop, (int)UInt32(several, 4), metric, rank, expires);
            several = several[Math.Min((length + 3) & ~3, several.Length)..];
        }
    }

    private void Add(byte family, ReadOnlySpan<byte> router, int link, long metric, int rank, int expires)
    {
        if (link <= 0 || Routes.Count >= Most) return;
        var address = router.Length == 16 ? Address(InterNetworkV6, router, link) : Address(InterNetwork, router, link);
        Routes.Add(new RouteEntry(family == InterNetwork ? IpFamily.V4 : IpFamily.V6, address, link, metric, rank, expires));
    }

    /// <summary><c>IFA_F_NOPREFIXROUTE</c>: set by all programs that read routers' advertisements in the kernel's stead (NetworkManager, systemd-networkd, dhcpcd).</summary>
    private const uint NoPrefixRoute = 0x200;

    private static IPAddress? Address(byte family, ReadOnlySpan<byte> bytes, int link)
    {
        if (link <= 0) return null;
        if (family == InterNetwork && bytes.Length == 4) return new IPAddress(bytes);
        if (family != InterNetworkV6 || bytes.Length != 16) return null;
        var isLinkLocal = bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
        return isLinkLocal ? new IPAddress(bytes, link) : new IPAddress(bytes);
    }

    /// <summary>Of <c>IFA_F_*</c>, linux/if_addr.h. 0x01 is "temporary" for IPv6 and "secondary" for IPv4.</summary>
    public static AddressFlags Flags(byte family, uint flags)
    {
        var result = (flags & 0x80) != 0 ? AddressFlags.Permanent : AddressFlags.None;
        if (family != InterNetworkV6) return result;
        if ((flags & 0x01) != 0) result |= AddressFlags.Temporary;
        if ((flags & 0x08) != 0) result |= AddressFlags.DadFailed;
        if ((flags & 0x20) != 0) result |= AddressFlags.Deprecated;
        if ((flags & 0x40) != 0) result |= AddressFlags.Tentative;
        return result;
    }
}
