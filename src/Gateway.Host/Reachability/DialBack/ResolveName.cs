using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>Asks this machine's resolver for a name's addresses of one family; empty when it knows none or does not answer.</summary>
internal delegate Task<IReadOnlyList<IPAddress>> ResolveName(string name, IpFamily family, CancellationToken cancellationToken);

internal static class SystemResolver
{
    public static async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, IpFamily family, CancellationToken cancellationToken)
    {
        try { return await System.Net.Dns.GetHostAddressesAsync(name, family == IpFamily.V4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, cancellationToken); }
        catch (SocketException) { return []; }
    }
}
