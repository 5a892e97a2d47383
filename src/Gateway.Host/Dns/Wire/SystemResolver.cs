using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Wire;

/// <summary>The name servers that this machine was told to use, asked one after the other.</summary>
/// <param name="client">Asks.</param>
/// <param name="servers">Gives them, each time: they change with the network. Null: those of resolv.conf(5).</param>
internal sealed class SystemResolver(DnsClient client, Func<IReadOnlyList<IPEndPoint>>? servers = null)
{
    /// <summary>resolv.conf(5): MAXNS.</summary>
    private const int Most = 3;

    private readonly Func<IReadOnlyList<IPEndPoint>> _servers = servers ?? (() => InFile("/etc/resolv.conf"));

    /// <summary>The servers now.</summary>
    public IReadOnlyList<IPEndPoint> Servers => _servers();

    /// <summary>What the first says that says anything; else what the last made of it.</summary>
    public async Task<DnsReply> AskAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        var reply = new DnsReply(DnsOutcome.Unreachable);
        foreach (var server in Servers)
        {
            reply = await client.AskAsync(server, name, type, recursive: true, cancellationToken);
            if (reply.IsAnswer) break;
        }
        return reply;
    }

    /// <summary>See <see cref="AskNetworkResolver"/>.</summary>
    public async Task<IReadOnlyList<IPAddress>?> AddressesAsync(string name, IpFamily family, CancellationToken cancellationToken)
    {
        var type = family.AddressType();
        return await AskAsync(name, type, cancellationToken) is { IsAnswer: true, Message: { } message } ? [.. message.Of(name, type).Select(r => r.Address!)] : null;
    }

    /// <summary>All addresses of a host, of both families; empty when there are none or nobody says.</summary>
    public async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        var both = await Task.WhenAll(AddressesAsync(host, IpFamily.V4, cancellationToken), AddressesAsync(host, IpFamily.V6, cancellationToken));
        return [.. both.SelectMany(addresses => addresses ?? [])];
    }

    /// <summary>The servers that a file names; this machine itself where it names none.</summary>
    public static IReadOnlyList<IPEndPoint> InFile(string file)
    {
        string[] lines;
        try { lines = File.ReadAllLines(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
        IPEndPoint[] servers = [.. lines.Select(l => l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(l => l is ["nameserver", ..] and { Length: > 1 })
            .Select(l => IPAddress.TryParse(l[1], out var address) ? new IPEndPoint(address, 53) : null).OfType<IPEndPoint>().Take(Most)];
        return servers.Length > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, 53)];
    }
}
