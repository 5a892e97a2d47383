using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>Asks this machine's resolver for a name's addresses of one family; empty when it knows none or does not answer.</summary>
internal delegate Task<IReadOnlyList<IPAddress>> ResolveName(string name, IpFamily family, CancellationToken cancellationToken);

internal static class NameResolution
{
    /// <summary>A host's addresses of one family; an address is its own.</summary>
    public static async Task<IReadOnlyList<IPAddress>> AddressesAsync(this ResolveName resolve, string host, IpFamily family, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? literal.Family() == family ? [literal] : [] : await resolve(host, family, cancellationToken);

    /// <summary>See <see cref="ResolveName"/>.</summary>
    public static async Task<IReadOnlyList<IPAddress>> BySystemAsync(string name, IpFamily family, CancellationToken cancellationToken)
    {
        try { return await System.Net.Dns.GetHostAddressesAsync(name, family == IpFamily.V4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, cancellationToken); }
        catch (SocketException) { return []; }
    }
}
