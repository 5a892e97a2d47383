using System.Net;
using System.Net.NetworkInformation;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>
/// What is of this home or host itself: its networks, the addresses with which it is seen and those that lead to it. Nobody may have them dialled,
/// and who comes from there does not come from outside, whichever way round the packets went.
/// </summary>
internal sealed class OwnNetworks(Func<IEnumerable<IPNetwork>> read)
{
    /// <summary>A home's share of IPv6 (RFC 6177): its other networks are its own too.</summary>
    public const int ShareV6 = 56;

    /// <summary>Those of a gateway.</summary>
    public OwnNetworks(StatusStore status) : this(() => Of(status.Current)) { }

    public bool Contains(IPAddress address) => read().Any(n => n.Contains(address));

    /// <summary>Those of a machine that knows no more than its interfaces.</summary>
    public static OwnNetworks OfInterfaces() => new(() => NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(u => Network(u.Address, u.PrefixLength)));

    private static IEnumerable<IPNetwork> Of(GatewayStatus s) => s.Network.Interfaces.SelectMany(i => i.Addresses).Select(a => Network(a.Address, a.PrefixLength))
        .Concat(s.Seen.Select(o => o.Address).Concat(s.Leases.Select(l => l.Address)).Concat(s.Names.SelectMany(n => new[] { n.V4.Published, n.V6.Published })).OfType<IPAddress>()
            // The public end of a tunnel is somebody else's: a server, or a friend who has his own name looked at.
            .Except(s.Leases.Where(l => l.IsTunnel).Select(l => l.Address).OfType<IPAddress>()).Select(a => Network(a, 128)));

    private static IPNetwork Network(IPAddress address, int prefix) => address.Network(Math.Min(prefix, address.Family() == IpFamily.V4 ? 32 : ShareV6));
}
