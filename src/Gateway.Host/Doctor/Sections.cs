using System.Globalization;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>The facts for people: page and terminal show the same sentences.</summary>
internal static class Sections
{
    /// <summary>So many lines of one kind are read by somebody; programs get them all.</summary>
    private const int MostLines = 40;

    private static readonly (string Who, string Title)[] Whos =
    [
        (SocketReach.Internet, "The internet"), (SocketReach.Perhaps, "The internet, unless a firewall stops it"), (SocketReach.Home, "The home network"), (SocketReach.Machine, "This machine alone"),
    ];

    public static IEnumerable<SectionView> Of(DoctorView view, GatewayStatus status)
    {
        if (view.Notes.Count > 0) yield return new SectionView("Also", "", [.. view.Notes.Select(n => new ItemView(n.Words, n.Cure.Length > 0 ? [n.Cure] : []))]);
        if (view.Doors.Count > 0) yield return new SectionView("Ways in", "", [.. status.Leases.Zip(view.Doors, (lease, door) =>
            new ItemView(WayWords.Title(lease), [.. WayWords.Facts(lease, door, status.Report.Of(lease))]))]);
        yield return new SectionView("What is my IP?", "", [.. view.Interfaces.SelectMany(Addresses), .. view.Seen.Select(s => new ItemView(s.Address, [$"{s.By} saw this home so, {Time(s.At)}."])), .. view.Names.SelectMany(Remembered)]);
        if (view.Listeners.Count > 0)
            yield return new SectionView("Who can connect to what", "A program that is bound to 127.0.0.1 or ::1 hears this machine alone. Bound to 0.0.0.0 or ::, it hears whoever can send something to any address of this machine.",
                [.. Whos.Select(w => new ItemView(w.Title, Lines(view.Listeners.Where(l => l.Who == w.Who)))).Where(i => i.Facts.Count > 0)]);
    }

    public static IReadOnlyList<SectionView> Of(LookView look) =>
    [
        new("What resolvers say of the name", look.Resolvers.Count > 0 ? "" : "Nobody could be asked.",
            [.. look.Resolvers.Select(r => new ItemView(r.Resolver, [$"IPv{r.Family}: {r.Words}{(r.Addresses.Count > 0 ? $" ({string.Join(", ", r.Addresses)})" : "")}."]))]),
        new("The router's own doors, seen from outside", look.RouterDoors is null ? "Nobody outside can look: that takes a server of yours." : "",
            [.. (look.RouterDoors ?? []).Select(d => new ItemView($"{d.Address}:{d.Port}", [$"{Capital(d.Words)} (seen by {d.Vantage})."]))]),
        new("What the router has opened", look.RouterMappings switch { null => "The router does not tell.", [] => "Nothing.", _ => "" },
            [.. (look.RouterMappings ?? []).Select(m => new ItemView($"{m.Protocol} {m.Port}", [$"Leads to {m.Target ?? "nobody knows where"}; called \"{m.Description}\", {(m.Ours ? "by this gateway" : "by another device")}."]))]),
    ];

    private static IEnumerable<ItemView> Addresses(InterfaceView i) => i.Addresses.Count == 0
        ? [new ItemView(i.Name, [i.Connected ? "Connected, without an address." : "Not connected."])]
        : i.Addresses.Select(a => new ItemView(a.Address, [$"{i.Name}: {a.Words}."]));

    private static IEnumerable<ItemView> Remembered(NameView name) =>
        from record in new[] { ("A", name.V4), ("AAAA", name.V6) }
        where record.Item2.Old is not null
        select new ItemView(record.Item2.Old!, [$"{name.Name} led there until a moment ago: who remembers that may still go there, for at most {record.Item2.OldForSeconds:0} seconds."]);

    private static IReadOnlyList<string> Lines(IEnumerable<ListenerView> listeners)
    {
        var lines = listeners.Select(l => $"{l.Protocol} {(l.Address.Contains(':', StringComparison.Ordinal) ? $"[{l.Address}]" : l.Address)}:{l.Port}, {(l.Ours ? "this gateway" : "another program")}{(l.Who is SocketReach.Internet or SocketReach.Perhaps ? ": " + l.Words : "")}").ToArray();
        return lines.Length <= MostLines ? lines : [.. lines.Take(MostLines), $"and {lines.Length - MostLines} more"];
    }

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("d MMMM, HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
