using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>What resolvers answer from memory: those of this network, and the public ones that most phones elsewhere end at.</summary>
internal sealed class ResolversMemory(DnsClient client, SystemResolver system, IReadOnlyList<(string Name, IPEndPoint Server)>? others = null)
{
    private static readonly (string Name, IPEndPoint Server)[] Public =
        [("Cloudflare", IPEndPoint.Parse("1.1.1.1:53")), ("Google", IPEndPoint.Parse("8.8.8.8:53")), ("Quad9", IPEndPoint.Parse("9.9.9.9:53"))];

    /// <summary>See <see cref="AskResolvers"/>.</summary>
    public async Task<IReadOnlyList<ResolverAnswer>> AskAsync(string name, IReadOnlyList<IpFamily> families, CancellationToken cancellationToken)
    {
        var resolvers = system.Servers.Select(s => (Name: "This network's resolver", Server: s)).Concat(others ?? Public);
        return await Task.WhenAll(resolvers.SelectMany(r => families.Select(f => AskAsync($"{r.Name} ({r.Server.Address})", r.Server, name, f, cancellationToken))));
    }

    private async Task<ResolverAnswer> AskAsync(string resolver, IPEndPoint server, string name, IpFamily family, CancellationToken cancellationToken)
    {
        var type = family.AddressType();
        var reply = await client.AskAsync(server, name, type, recursive: true, cancellationToken);
        DnsRecord[]? records = reply.IsAnswer ? [.. reply.Message!.Of(name, type)] : null;
        return new ResolverAnswer(resolver, family, records is null ? null : [.. records.Select(r => r.Address!)], records is { Length: > 0 } ? records.Min(r => r.Ttl) : null, reply.Words);
    }
}
