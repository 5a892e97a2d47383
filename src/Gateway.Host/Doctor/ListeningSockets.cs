using System.Globalization;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>A socket that waits for others.</summary>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Local">Where.</param>
/// <param name="IsOurs">Whether it is this process's.</param>
internal sealed record ListeningSocket(string Protocol, IPEndPoint Local, bool IsOurs);

/// <summary>Who waits for connections on this machine, by the kernel's tables (proc_net_tcp.txt of the kernel's documentation).</summary>
internal static class ListeningSockets
{
    /// <summary>TCP_LISTEN, and TCP_CLOSE, which is what the tables call a UDP socket that is connected to nobody (net/tcp_states.h).</summary>
    private const string TcpListen = "0A", UdpUnconnected = "07";

    private const int MostLines = 20_000, Most = 256;

    /// <summary>All of them by port; what cannot be read is left out.</summary>
    /// <param name="proc">Where procfs is.</param>
    public static IReadOnlyList<ListeningSocket> Read(string proc = "/proc")
    {
        var ours = OurInodes(proc);
        return [.. new[] { ("tcp", TcpListen), ("tcp6", TcpListen), ("udp", UdpUnconnected), ("udp6", UdpUnconnected) }
            .SelectMany(t => Table(Path.Combine(proc, "net", t.Item1)).Select(line => Socket(t.Item1[..3], t.Item2, line, ours)))
            .OfType<ListeningSocket>().Distinct().OrderBy(s => s.Protocol, StringComparer.Ordinal).ThenBy(s => s.Local.Port).Take(Most)];
    }

    /// <summary>A line such as <c>0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345</c>.</summary>
    private static ListeningSocket? Socket(string protocol, string state, string line, HashSet<string> ours)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 9 && fields[3] == state && EndPoint(fields[1]) is { } local ? new ListeningSocket(protocol, local, ours.Contains(fields[9])) : null;
    }

    /// <summary>The address is in words of four bytes in the machine's own order, the port is a number; all in hexadecimal.</summary>
    private static IPEndPoint? EndPoint(string text)
    {
        if (text.Split(':') is not [{ Length: 8 or 32 } address, var port] || !ushort.TryParse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number)) return null;
        var bytes = new byte[address.Length / 2];
        for (var i = 0; i < bytes.Length; i += 4)
        {
            if (!uint.TryParse(address.AsSpan(2 * i, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var word)) return null;
            BitConverter.TryWriteBytes(bytes.AsSpan(i), word);
        }
        return new IPEndPoint(new IPAddress(bytes), number);
    }

    private static IEnumerable<string> Table(string path)
    {
        try { return [.. File.ReadLines(path).Skip(1).Take(MostLines)]; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
    }

    /// <summary>A process may always read the links of its own descriptors: <c>socket:[12345]</c>.</summary>
    private static HashSet<string> OurInodes(string proc)
    {
        var inodes = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var descriptor in new DirectoryInfo(Path.Combine(proc, "self", "fd")).EnumerateFileSystemInfos())
            {
                try { if (descriptor.LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)) inodes.Add(target[8..^1]); }
                catch (IOException) { } // closed meanwhile
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        return inodes;
    }
}

/// <summary>Who can connect to a socket.</summary>
internal static class SocketReach
{
    public const string Machine = "this-machine", Home = "home-network", Perhaps = "internet-unless-firewalled", Internet = "internet";

    /// <summary>Who, and why in words.</summary>
    public static (string Who, string Words) Of(ListeningSocket socket, GatewayStatus status, AddressScopes scopes)
    {
        var (address, port) = (socket.Local.Address.Unmapped(), socket.Local.Port);
        if (IPAddress.IsLoopback(address)) return (Machine, "this machine alone");
        var doors = status.Leases.Where(l => socket.Protocol == "tcp" && l.IsOpen && l.Local is { } local && local.Port == port && (address.Hears(local.Address) || local.Address.IsAny())).ToArray();
        if (doors.Length > 0) return (Internet, $"the internet, through {string.Join(" and ", doors.Select(d => new IPEndPoint(d.Address!, d.Port)))}");
        var known = status.Network.Interfaces.SelectMany(i => i.Addresses).Select(a => a.Address).FirstOrDefault(a => scopes.IsPublic(a) && address.Hears(a));
        return known is not null
            ? (Perhaps, $"this machine and the home network; also the internet, where no firewall stops it ({known} is public)")
            : (Home, address.IsAny() ? "this machine and the home network, at every address" : "this machine and the home network");
    }
}
