using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Gateway.Host.Core;

/// <summary>
/// The IPv6 prefixes of the networks that this machine is part of: a neighbour there is at home although the address is a public one.
/// (An IPv4 neighbour has a private address or is not at home.) The interfaces are asked at most every <see cref="Fresh"/>, and only
/// when somebody comes: a flood of connections from outside must not become a flood of questions to the kernel.
/// </summary>
public sealed class OnLinkPrefixes(TimeProvider time, Func<IReadOnlyList<IPNetwork>>? read = null)
{
    /// <summary>How long an answer of the kernel is used.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Func<IReadOnlyList<IPNetwork>> _read = read ?? OfInterfaces;
    private IReadOnlyList<IPNetwork>? _prefixes;
    private long _readAt;

    /// <summary>Whether an interface of this machine shares the address' prefix.</summary>
    public bool Contains(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && Current().Any(p => p.Contains(address));

    private IReadOnlyList<IPNetwork> Current()
    {
        lock (_lock)
        {
            if (_prefixes is null || time.GetElapsedTime(_readAt) >= Fresh) (_prefixes, _readAt) = (_read(), time.GetTimestamp());
            return _prefixes;
        }
    }

    /// <summary>Not those of point-to-point links, whose other end is the provider; nothing wider than a site's /48 (RFC 6177).</summary>
    private static IReadOnlyList<IPNetwork> OfInterfaces() =>
        [.. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType is not (NetworkInterfaceType.Ppp or NetworkInterfaceType.Tunnel))
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(u => u.Address.AddressFamily == AddressFamily.InterNetworkV6 && u.PrefixLength is >= 48 and < 128)
            .Select(u => new IPNetwork(ClientOrigin.Masked(u.Address, u.PrefixLength), u.PrefixLength))];
}
