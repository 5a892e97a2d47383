using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Network;

/// <summary>
/// Tells prefixes that the router still advertises from those it has dropped without a word (flash renumbering, RFC 8978): it looks at the kernel's tables after
/// each event, and a router that speaks without mentioning a prefix of its own has dropped it. Where several routers speak, only a new prefix pushes the silent ones aside, until they are heard again.
/// </summary>
/// <remarks>
/// Whether a prefix was heard: the kernel stamps its own addresses with each advertisement; programs that stand in for it set all their addresses again whenever
/// they like, so with them only an end that moves later tells. Whether the router has spoken: the end of its default route moves.
/// </remarks>
internal sealed class PrefixMemory(TimeProvider time)
{
    /// <summary>Prefixes of one advertisement are stamped within this time, in hundredths of a second.</summary>
    private const uint OneAdvertisement = 25;

    /// <summary>Lifetimes are told in whole seconds.</summary>
    private static readonly TimeSpan AddressRounding = TimeSpan.FromSeconds(2);

    /// <summary>A route's are told in hundredths; the rest is what we were kept waiting between the kernel's clock and ours.</summary>
    private static readonly TimeSpan RouteRounding = TimeSpan.FromMilliseconds(200);

    private Dictionary<(int Link, IPNetwork Prefix), Prefix> _prefixes = [];
    private Dictionary<int, TimeSpan> _routes = [];

    private sealed record Prefix(uint Refreshed, TimeSpan End, bool IsOfKernel, bool IsSuperseded, bool IsOfAnother);

    /// <summary>The prefix that an address counts to: those of DHCPv6 are told alone, as /128.</summary>
    public static IPNetwork Of(IPAddress address) => address.Network(64);

    /// <summary>Takes in what the kernel tells now. The answer tells whether an address of a link counts as superseded.</summary>
    public Func<AddressEntry, bool> Look(NetworkDump dump)
    {
        var now = time.GetElapsedTime(0, time.GetTimestamp());
        var prefixes = new Dictionary<(int Link, IPNetwork Prefix), Prefix>();
        var routes = new Dictionary<int, TimeSpan>();
        foreach (var link in dump.Addresses.Where(IsAdvertised).GroupBy(a => a.Link))
        {
            var seen = link.GroupBy(a => Of(a.Address)).ToDictionary(g => g.Key, g => Seen(g, now));
            var known = seen.Where(s => _prefixes.ContainsKey((link.Key, s.Key))).Select(s => s.Key).ToHashSet();
            var newest = seen.Values.Select(p => p.Refreshed).Aggregate((a, b) => IsLater(b, a) ? b : a);
            var hasSpoken = HasRouterSpoken(dump, link.Key, now, routes);
            var heard = seen.Where(s => known.Contains(s.Key) ? WasHeard(_prefixes[(link.Key, s.Key)], s.Value) : known.Count > 0 || newest - s.Value.Refreshed <= OneAdvertisement)
                .Select(s => s.Key).ToHashSet();
            var isNewThere = known.Count > 0 && known.Count < seen.Count;
            foreach (var (key, prefix) in seen)
            {
                var before = _prefixes.GetValueOrDefault((link.Key, key));
                var isOfAnother = heard.Contains(key) ? hasSpoken == false : before?.IsOfAnother == true;
                var isDropped = before is null || (isNewThere && hasSpoken != false) || (heard.Count > 0 && hasSpoken == true && !isOfAnother);
                prefixes[(link.Key, key)] = prefix with { IsOfAnother = isOfAnother, IsSuperseded = !heard.Contains(key) && (isDropped || before!.IsSuperseded) };
            }
        }
        (_prefixes, _routes) = (prefixes, routes);
        return a => IsAdvertised(a) && prefixes[(a.Link, Of(a.Address))].IsSuperseded;
    }

    /// <summary>Null where it cannot be told: several routers, or none.</summary>
    private bool? HasRouterSpoken(NetworkDump dump, int link, TimeSpan now, Dictionary<int, TimeSpan> routes)
    {
        var ofLink = dump.Routes.Where(r => r.Family == IpFamily.V6 && r.Link == link).ToArray();
        if (ofLink.Select(r => r.Router).Distinct().Count() != 1) return null;
        if (ofLink[0].Expires == 0) return true; // a program keeps it: then whatever is heard is taken for the router's
        var end = now + TimeSpan.FromMilliseconds(10.0 * ofLink[0].Expires);
        var before = _routes.GetValueOrDefault(link);
        routes[link] = (end - before).Duration() > RouteRounding ? end : before;
        return routes[link] != before;
    }

    private static Prefix Seen(IEnumerable<AddressEntry> addresses, TimeSpan now)
    {
        var latest = addresses.Aggregate((a, b) => IsLater(b.Refreshed, a.Refreshed) ? b : a);
        return new Prefix(latest.Refreshed, latest.Valid == NetworkDump.ForEver ? TimeSpan.MaxValue : now + TimeSpan.FromSeconds(latest.Valid), latest.IsOfKernel, false, false);
    }

    private static bool WasHeard(Prefix before, Prefix now) => now.IsOfKernel ? now.Refreshed != before.Refreshed : now.End - before.End > AddressRounding;

    private static bool IsAdvertised(AddressEntry a) =>
        a.Address.Family() == IpFamily.V6 && !a.Address.IsIPv6LinkLocal && !a.Address.IsIPv6UniqueLocal && (a.Flags & (AddressFlags.Permanent | AddressFlags.Temporary)) == AddressFlags.None;

    /// <summary>The stamps wrap.</summary>
    private static bool IsLater(uint a, uint b) => (int)(a - b) > 0;
}
