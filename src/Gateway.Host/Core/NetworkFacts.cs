using System.Net;

namespace Gateway.Host.Core;

/// <summary>What the kernel says of an address (<c>ifa_flags</c>, linux/if_addr.h).</summary>
[Flags]
public enum AddressFlags
{
    /// <summary>None of these.</summary>
    None = 0,
    /// <summary>A privacy address (RFC 8981): changes by itself, never to be published.</summary>
    Temporary = 1,
    /// <summary>Its preferred lifetime is over: no new connections from it.</summary>
    Deprecated = 2,
    /// <summary>Duplicate address detection is not done.</summary>
    Tentative = 4,
    /// <summary>Somebody else has it.</summary>
    DadFailed = 8,
    /// <summary>Set by hand or DHCP, not from router advertisements.</summary>
    Permanent = 16,
}

/// <summary>An address of an interface.</summary>
/// <param name="Address">The address; of IPv6 link-local ones with the scope id.</param>
/// <param name="PrefixLength">In bits.</param>
/// <param name="Flags">What the kernel says of it.</param>
/// <param name="ValidUntil">Null for ever; shown to people only, ordering is by flags.</param>
public sealed record InterfaceAddress(IPAddress Address, int PrefixLength, AddressFlags Flags, DateTimeOffset? ValidUntil = null)
{
    /// <summary>
    /// The router advertises another prefix and has stopped to speak of this address' one, without having taken it back (flash renumbering, RFC 8978).
    /// The kernel keeps such an address until its lifetime ends; nothing that is sent to it arrives.
    /// </summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Nobody else's, lasting, and good for new connections.</summary>
    public bool IsSettled => (Flags & (AddressFlags.Tentative | AddressFlags.DadFailed | AddressFlags.Temporary | AddressFlags.Deprecated)) == AddressFlags.None;
}

/// <summary>A network interface other than loopback.</summary>
/// <param name="Name">As <c>ip link</c> shows it.</param>
/// <param name="Index">The kernel's number.</param>
/// <param name="IsUp">Up, and with a carrier: a cable that is plugged in, a Wi-Fi that is associated.</param>
/// <param name="IsTunnel">Point to point without a link layer of its own: tun, sit, WireGuard, ppp.</param>
/// <param name="Addresses">In the kernel's order.</param>
public sealed record NetworkInterfaceFacts(string Name, int Index, bool IsUp, bool IsTunnel, IReadOnlyList<InterfaceAddress> Addresses);

/// <summary>A way out of the home network.</summary>
/// <param name="Family">Which internet.</param>
/// <param name="Gateway">The router's address, of IPv6 usually a link-local one with scope id; null on a point-to-point link.</param>
/// <param name="Interface">Through which interface.</param>
/// <param name="Metric">The lower is taken.</param>
public sealed record DefaultRoute(IpFamily Family, IPAddress? Gateway, string Interface, long Metric);

/// <summary>Interfaces, addresses and routes of this machine at one moment, as the kernel tells them.</summary>
/// <param name="Interfaces">Without loopback.</param>
/// <param name="Routes">The default routes, the preferred one of each family first.</param>
public sealed record NetworkFacts(IReadOnlyList<NetworkInterfaceFacts> Interfaces, IReadOnlyList<DefaultRoute> Routes)
{
    /// <summary>Before the kernel was asked.</summary>
    public static NetworkFacts Unknown { get; } = new([], []);

    /// <summary>Whether any interface has a carrier.</summary>
    public bool HasLink => Interfaces.Any(i => i.IsUp);

    /// <summary>The default route of a family that is taken; null where there is none.</summary>
    public DefaultRoute? Route(IpFamily family) => Routes.FirstOrDefault(r => r.Family == family);

    /// <summary>The address with which this machine is known to its router; of IPv4 what a port mapping leads to. Null where there is no default route.</summary>
    public IPAddress? LocalAddress(IpFamily family) => Route(family) is { } route
        ? Interfaces.FirstOrDefault(i => i.Name == route.Interface)?.Addresses
            .Where(a => a.Address.Family() == family && !a.Address.IsIPv6LinkLocal && a.IsSettled)
            .OrderBy(a => a.IsSuperseded)
            .ThenByDescending(a => route.Gateway is { } gateway && a.Address.Network(a.PrefixLength).Contains(gateway))
            .Select(a => a.Address).FirstOrDefault()
        : null;

    /// <summary>
    /// Whether an IPv6 address is a neighbour's, although it may be a public one. (An IPv4 neighbour has a private address or is not at home.) Not on point-to-point links,
    /// whose other end is the provider; in nothing wider than a site's /48 (RFC 6177).
    /// </summary>
    public bool IsOnLink(IPAddress address) => address.Family() == IpFamily.V6
        && Interfaces.Any(i => i is { IsUp: true, IsTunnel: false } && i.Addresses.Any(a => a.PrefixLength is >= 48 and < 128 && a.Address.Network(a.PrefixLength).Contains(address)));
}
