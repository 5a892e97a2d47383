using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>Whether every authoritative server of a name says a text.</summary>
internal sealed class TextCheck(DnsClient client, NameServers servers, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Asks all of them, again and again, until all have said so twice.</summary>
    /// <returns>How long resolvers may remember it, and null; or, after <paramref name="patience"/>, what is wrong in words.</returns>
    public async Task<(TimeSpan Ttl, string? Problem)> AgreeAsync(NameOptions name, string value, TimeSpan patience, CancellationToken cancellationToken)
    {
        var search = await servers.FindAsync(name.Name, name.Servers, cancellationToken);
        if (search.Servers.Count == 0) return (default, $"The name servers of {name} cannot be found: the resolver {new DnsReply(search.Outcome).Words}.");
        var (begun, agreed) = (time.GetTimestamp(), 0);
        while (true)
        {
            var replies = await Task.WhenAll(search.Servers.Select(s => client.AskAsync(s.Address, name.ChallengeName, DnsType.Txt, recursive: !s.MustBeSource, cancellationToken)));
            var said = search.Servers.Zip(replies).Select(p => (Server: p.First, Reply: p.Second, Texts: Texts(p.First, p.Second, name.ChallengeName))).ToArray();
            // One that is not there, or out of our reach for want of IPv6, says nothing against it; one that fails does: it may be the one that the authority asks.
            var wrong = said.Where(s => s.Reply.Outcome is not (DnsOutcome.Silent or DnsOutcome.Unreachable) && !s.Texts.Any(t => t.Text == value)).ToArray();
            agreed = wrong.Length == 0 && said.Any(s => s.Texts.Any()) ? agreed + 1 : 0;
            if (agreed == 2) return (said.SelectMany(s => s.Texts).Max(t => t.Ttl), null);
            if (time.GetElapsedTime(begun) >= patience)
            {
                var (server, reply, _) = wrong.Length > 0 ? wrong[0] : said[0];
                return (default, $"{server} {(reply.IsAnswer ? "does not say what the provider was told" : reply.Words)}.");
            }
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Who is not the source may be somebody in between, who says what suits.</summary>
    private static IEnumerable<DnsRecord> Texts(NameServer server, DnsReply reply, string owner) =>
        reply.Outcome == DnsOutcome.Answered && (reply.Message!.IsAuthoritative || !server.MustBeSource) ? reply.Message.Of(owner, DnsType.Txt) : [];
}
