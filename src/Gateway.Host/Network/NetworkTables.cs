using Gateway.Host.Core;

namespace Gateway.Host.Network;

/// <summary>Makes the facts of what the kernel told.</summary>
internal static class NetworkTables
{
    /// <summary><c>IFF_*</c>, linux/if.h.</summary>
    private const uint Up = 0x1, Loopback = 0x8, PointToPoint = 0x10, LowerUp = 0x10000;

    /// <summary><c>ARPHRD_*</c>, linux/if_arp.h: ppp, IP in IP, IPv6 in IPv6, SIT, GRE, GRE over IPv6, and what has no link layer (tun, WireGuard).</summary>
    private static readonly ushort[] Tunnels = [512, 768, 769, 776, 778, 823, 65534];

    /// <summary>A lifetime that moves with each advertisement is news only when it has moved this far.</summary>
    private static readonly TimeSpan LifetimeNews = TimeSpan.FromMinutes(5);

    /// <param name="dump">What the kernel told.</param>
    /// <param name="isSuperseded">Of <see cref="PrefixMemory"/>.</param>
    /// <param name="now">The time of day, for lifetimes.</param>
    public static NetworkFacts Facts(NetworkDump dump, Func<AddressEntry, bool> isSuperseded, DateTimeOffset now)
    {
        var addresses = dump.Addresses.ToLookup(a => a.Link, a => new InterfaceAddress(a.Address, a.PrefixLength, a.Flags, a.Valid == NetworkDump.ForEver ? null : now.AddSeconds(a.Valid))
        {
            IsSuperseded = isSuperseded(a),
        });
        var links = dump.Links.Where(l => (l.Flags & Loopback) == 0).DistinctBy(l => l.Index).ToDictionary(l => l.Index);
        return new NetworkFacts(
            [.. links.Values.OrderBy(l => l.Index).Select(l => new NetworkInterfaceFacts(l.Name, l.Index, (l.Flags & (Up | LowerUp)) == (Up | LowerUp),
                (l.Flags & PointToPoint) != 0 || Tunnels.Contains(l.Type), [.. addresses[l.Index]]))],
            [.. dump.Routes.Where(r => links.ContainsKey(r.Link)).OrderBy(r => r.Metric).ThenBy(r => r.Rank)
                .Select(r => new DefaultRoute(r.Family, r.Router, links[r.Link].Name, r.Metric))]);
    }

    /// <summary>Whether nothing is new.</summary>
    public static bool IsSame(NetworkFacts a, NetworkFacts b) =>
        a.Routes.SequenceEqual(b.Routes) && a.Interfaces.Count == b.Interfaces.Count && a.Interfaces.Zip(b.Interfaces).All(p => IsSame(p.First, p.Second));

    /// <summary>All of it in a line, for the log.</summary>
    public static string Words(NetworkFacts facts) => string.Join("; ", facts.Interfaces
        .Select(i => $"{i.Name} {(i.IsUp ? "up" : "down")} {string.Join(", ", i.Addresses.Select(a => $"{a.Address}/{a.PrefixLength}{(a.Flags == AddressFlags.None ? "" : $" ({a.Flags})")}{(a.IsSuperseded ? " (superseded)" : "")}"))}")
        .Concat(facts.Routes.Select(r => $"{r.Family.Words()} by {r.Gateway?.ToString() ?? "link"} on {r.Interface}")));

    private static bool IsSame(NetworkInterfaceFacts a, NetworkInterfaceFacts b) =>
        a with { Addresses = b.Addresses } == b && a.Addresses.Count == b.Addresses.Count && a.Addresses.Zip(b.Addresses).All(p => IsSame(p.First, p.Second));

    private static bool IsSame(InterfaceAddress a, InterfaceAddress b) =>
        a with { ValidUntil = b.ValidUntil } == b && (a.ValidUntil == b.ValidUntil || (a.ValidUntil - b.ValidUntil)?.Duration() < LifetimeNews);
}
