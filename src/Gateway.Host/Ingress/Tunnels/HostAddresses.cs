using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The addresses of a tunnel's public end.</summary>
internal static class HostAddresses
{
    /// <summary>The first of each family, IPv4 before IPv6; none when nobody knows the name now.</summary>
    public static async Task<IReadOnlyList<IPAddress>> OfAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var all = IPAddress.TryParse(host, out var literal) ? [literal] : await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken);
            return [.. all.GroupBy(a => a.Family()).OrderBy(g => g.Key).Select(g => g.First())];
        }
        catch (SocketException) { return []; }
    }
}
