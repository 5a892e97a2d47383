using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Wire;

/// <summary>A server to ask.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="MustBeSource">Whether only an answer from the source itself counts; not of servers that the owner named.</param>
internal sealed record NameServer(string Host, IPEndPoint Address, bool MustBeSource)
{
    /// <summary>For people.</summary>
    public override string ToString() => Host == Address.Address.ToString() ? Host : $"{Host} ({Address.Address})";
}

/// <summary>Who is to be asked what a name says.</summary>
/// <param name="Servers">Each address of each server; empty where they were not found.</param>
/// <param name="Outcome">What finding them ended with.</param>
internal sealed record NameServerSearch(IReadOnlyList<NameServer> Servers, DnsOutcome Outcome);

/// <summary>Finds the servers that are the source of what a name says: those of the zone that it lies in, by way of the system's resolver.</summary>
/// <param name="resolver">Finds their names and addresses.</param>
/// <param name="port">Where they listen.</param>
internal sealed class NameServers(SystemResolver resolver, int port = 53)
{
    private const int MostServers = 8;
    private const int MostAddresses = 16;

    /// <summary>Those that the owner named, or those of the zone.</summary>
    public async Task<NameServerSearch> FindAsync(string name, IReadOnlyList<string> named, CancellationToken cancellationToken)
    {
        if (named.Count > 0) return await AddressesAsync(named.Select(Parse), mustBeSource: false, cancellationToken);
        var (zone, outcome) = await ZoneAsync(name, cancellationToken);
        if (zone is null) return new NameServerSearch([], outcome);
        var reply = await resolver.AskAsync(zone, DnsType.NS, cancellationToken);
        var hosts = reply.Message?.Of(zone, DnsType.NS).Select(r => (r.Target!, port)).Distinct().ToArray() ?? [];
        return hosts.Length == 0 ? new NameServerSearch([], reply.Outcome) : await AddressesAsync(hosts, mustBeSource: true, cancellationToken);
    }

    /// <summary>The zone begins where the SOA record is: in the answer for the zone's own name, beside a "no such record" for any below it (RFC 2308 section 2).</summary>
    private async Task<(string? Zone, DnsOutcome Outcome)> ZoneAsync(string name, CancellationToken cancellationToken)
    {
        var outcome = DnsOutcome.Unknown;
        for (var at = name; at.Contains('.', StringComparison.Ordinal); at = at[(at.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            var reply = await resolver.AskAsync(at, DnsType.Soa, cancellationToken);
            outcome = reply.Outcome;
            if (!reply.IsAnswer) break;
            var owner = reply.Message!.Answers.Concat(reply.Message.Authorities).FirstOrDefault(r => r.Type == DnsType.Soa)?.Name;
            if (owner is { Length: > 0 } && (owner == at || at.EndsWith("." + owner, StringComparison.Ordinal))) return (owner, outcome);
        }
        return (null, outcome);
    }

    private async Task<NameServerSearch> AddressesAsync(IEnumerable<(string Host, int Port)> hosts, bool mustBeSource, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(hosts.Take(MostServers).Select(async h =>
            (await resolver.AddressesAsync(h.Host, cancellationToken)).Select(a => new NameServer(h.Host, new IPEndPoint(a, h.Port), mustBeSource))));
        NameServer[] servers = [.. found.SelectMany(s => s).Take(MostAddresses)];
        return new NameServerSearch(servers, servers.Length > 0 ? DnsOutcome.Answered : DnsOutcome.NoSuchName);
    }

    private (string Host, int Port) Parse(string server) => SettingChecks.HostAndPort(server) ?? (server.Trim('[', ']').ToLowerInvariant(), port);
}
