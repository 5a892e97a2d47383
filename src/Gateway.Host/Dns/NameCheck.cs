using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>What one server says of one family.</summary>
/// <param name="Outcome">What became of the question.</param>
/// <param name="Addresses">What it says.</param>
/// <param name="Ttl">How long resolvers may remember it.</param>
internal sealed record FamilyAnswer(DnsOutcome Outcome, IReadOnlyList<IPAddress> Addresses, TimeSpan Ttl)
{
    /// <summary>Whether it counts: the source said what is so.</summary>
    public bool Counts => Outcome is DnsOutcome.Answered or DnsOutcome.NoSuchName;
}

/// <summary>What one server says of a name.</summary>
internal sealed record ServerAnswer(NameServer Server, FamilyAnswer V4, FamilyAnswer V6)
{
    /// <summary>Of one family.</summary>
    public FamilyAnswer this[IpFamily family] => family == IpFamily.V4 ? V4 : V6;

    /// <summary>In words for people.</summary>
    public string Words => V4.Counts && V6.Counts
        ? V4.Addresses.Concat(V6.Addresses).ToArray() is { Length: > 0 } all ? "says " + string.Join(" and ", (object[])all) : V4.Outcome == DnsOutcome.NoSuchName ? "knows no such name" : "has no address"
        : new DnsReply(V4.Counts ? V6.Outcome : V4.Outcome).Words;
}

/// <summary>What the servers say of one family, taken together.</summary>
/// <param name="IsKnown">Somebody answered, and all who did say the same.</param>
/// <param name="Address">What they say; null for nothing.</param>
/// <param name="IsSplit">They contradict each other: the change is on its way through them.</param>
/// <param name="Ttl">How long resolvers may remember it.</param>
internal sealed record FamilyVerdict(bool IsKnown, IPAddress? Address, bool IsSplit, TimeSpan Ttl);

/// <summary>One look at a name: every server asked, over both families.</summary>
/// <param name="Answers">What each said.</param>
/// <param name="Outcome">What finding them ended with.</param>
internal sealed record NameCheck(IReadOnlyList<ServerAnswer> Answers, DnsOutcome Outcome)
{
    /// <summary>Servers that are silent or fail do not count while others speak: resolvers go to those too.</summary>
    public FamilyVerdict this[IpFamily family]
    {
        get
        {
            var said = Answers.Select(a => a[family]).Where(a => a.Counts).ToArray();
            if (said.Length == 0) return new FamilyVerdict(false, null, false, TimeSpan.Zero);
            var ttl = said.Max(a => a.Ttl);
            var isSplit = said.Skip(1).Any(a => !a.Addresses.ToHashSet().SetEquals(said[0].Addresses));
            return new FamilyVerdict(!isSplit, isSplit || said[0].Addresses.Count == 0 ? null : said[0].Addresses[0], isSplit, ttl);
        }
    }

    /// <summary>Whether anybody said what is so.</summary>
    public bool IsAnswered => Answers.Any(a => a.V4.Counts || a.V6.Counts);

    /// <summary>Whether a source says that there is no such name: not known to the provider, or nothing set yet.</summary>
    public bool IsNoSuchName => Answers.Any(a => a.V4.Outcome == DnsOutcome.NoSuchName) && Answers.All(a => !a.V4.Counts || a.V4.Outcome == DnsOutcome.NoSuchName);

    /// <summary>Asks every server.</summary>
    public static async Task<NameCheck> AskAsync(DnsClient client, string name, NameServerSearch search, CancellationToken cancellationToken)
    {
        using var few = new SemaphoreSlim(8);
        var answers = await Task.WhenAll(search.Servers.Select(async server =>
        {
            var both = await Task.WhenAll(FamilyAsync(server, DnsType.A), FamilyAsync(server, DnsType.Aaaa));
            return new ServerAnswer(server, both[0], both[1]);
        }));
        return new NameCheck(answers, search.Outcome);

        async Task<FamilyAnswer> FamilyAsync(NameServer server, DnsType type)
        {
            await few.WaitAsync(cancellationToken);
            try { return Read(await client.AskAsync(server.Address, name, type, recursive: !server.MustBeSource, cancellationToken), name, type, server.MustBeSource); }
            finally { few.Release(); }
        }
    }

    private static FamilyAnswer Read(DnsReply reply, string name, DnsType type, bool mustBeSource)
    {
        // Who is not the source may be somebody in between, who says what suits.
        if (reply.IsAnswer && mustBeSource && !reply.Message!.IsAuthoritative) return new FamilyAnswer(DnsOutcome.Refused, [], TimeSpan.Zero);
        var records = reply.Outcome == DnsOutcome.Answered ? reply.Message!.Of(name, type).ToArray() : [];
        return new FamilyAnswer(reply.Outcome, [.. records.Select(r => r.Address!).OrderBy(a => a.ToString(), StringComparer.Ordinal)], records.Select(r => r.Ttl).DefaultIfEmpty().Max());
    }
}
