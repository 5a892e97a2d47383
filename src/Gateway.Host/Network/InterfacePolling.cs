using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Network;

/// <summary>What can be learnt where netlink is refused: less, and only by asking again and again. Addresses of IPv6 come from /proc, which alone tells the kernel's flags.</summary>
internal static class InterfacePolling
{
    public static NetworkFacts Read()
    {
        var interfaces = NetworkInterface.GetAllNetworkInterfaces().Where(i => i.NetworkInterfaceType != NetworkInterfaceType.Loopback).ToArray();
        var v6 = Addresses(Lines("/proc/net/if_inet6")).ToLookup(a => a.Interface, a => a.Address, StringComparer.Ordinal);
        return new NetworkFacts(
            [.. interfaces.Select(i => new NetworkInterfaceFacts(i.Name, Index(i), i.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown,
                i.NetworkInterfaceType is NetworkInterfaceType.Ppp or NetworkInterfaceType.Tunnel, [.. V4(i), .. v6[i.Name]])).OrderBy(i => i.Index)],
            [.. Routes(Lines("/proc/net/route"), Lines("/proc/net/ipv6_route"), name => interfaces.FirstOrDefault(i => i.Name == name) is { } i ? Index(i) : 0).OrderBy(r => r.Metric)]);
    }

    /// <summary>Lines of <c>/proc/net/if_inet6</c>: address, interface number, prefix length, scope, flags (all hexadecimal), name.</summary>
    public static IEnumerable<(string Interface, InterfaceAddress Address)> Addresses(IEnumerable<string> lines) =>
        from line in lines
        let f = Fields(line)
        where f.Length >= 6 && f[0].Length == 32
        let index = Hex(f[1])
        let prefix = Hex(f[2])
        let flags = Hex(f[4])
        let address = Address(f[0], index)
        where address is not null && prefix is >= 0 and <= 128 && flags >= 0
        select (f[5], new InterfaceAddress(address, prefix, NetworkDump.Flags(NetworkDump.InterNetworkV6, (uint)flags)));

    /// <summary>Default routes of <c>/proc/net/route</c> and <c>/proc/net/ipv6_route</c>.</summary>
    public static IEnumerable<DefaultRoute> Routes(IEnumerable<string> v4, IEnumerable<string> v6, Func<string, int> index) =>
        (from line in v4
         let f = Fields(line) // interface, destination, gateway, flags, references, uses, metric, mask: addresses as the machine's own numbers
         where f.Length >= 8 && f[1] == "00000000" && f[7] == "00000000" && IsUp(f[3])
         let router = Hex(f[2])
         select new DefaultRoute(IpFamily.V4, router == 0 ? null : new IPAddress((uint)router), f[0], Hex(f[6], NumberStyles.None)))
        .Concat(
            from line in v6
            let f = Fields(line) // destination, its length, source, its length, router, metric, references, uses, flags, interface
            where f.Length >= 10 && f[1] == "00" && f[3] == "00" && f[0].All(c => c == '0') && IsUp(f[8])
            let router = Address(f[4], index(f[9]))
            where router is not null
            select new DefaultRoute(IpFamily.V6, router.Equals(IPAddress.IPv6Any) ? null : router, f[9], (uint)Hex(f[5])));

    private static IEnumerable<InterfaceAddress> V4(NetworkInterface i) => i.GetIPProperties().UnicastAddresses
        .Where(u => u.Address.AddressFamily == AddressFamily.InterNetwork).Select(u => new InterfaceAddress(u.Address, u.PrefixLength, AddressFlags.None));

    private static int Index(NetworkInterface i)
    {
        try { return i.GetIPProperties().GetIPv4Properties()?.Index ?? 0; }
        catch (NetworkInformationException) { return 0; }
    }

    private static IPAddress? Address(string hex, int index)
    {
        if (hex.Length != 32 || !hex.All(char.IsAsciiHexDigit)) return null;
        var address = new IPAddress(Convert.FromHexString(hex));
        return address.IsIPv6LinkLocal && index > 0 ? new IPAddress(address.GetAddressBytes(), index) : address;
    }

    /// <summary><c>RTF_UP</c>, and not <c>RTF_REJECT</c> (linux/route.h).</summary>
    private static bool IsUp(string flags) => (Hex(flags) & 0x201) == 0x1;

    private static string[] Fields(string line) => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>-1 where it is no number.</summary>
    private static int Hex(string text, NumberStyles style = NumberStyles.AllowHexSpecifier) => int.TryParse(text, style, CultureInfo.InvariantCulture, out var n) ? n : -1;

    private static string[] Lines(string path)
    {
        try { return [.. File.ReadLines(path).Take(NetworkDump.Most)]; }
        catch (IOException) { return []; } // a kernel without IPv6
    }
}
