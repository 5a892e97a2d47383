using System.Text;
using Gateway.Host.Doctor;

namespace Gateway.Host.CommandLine;

/// <summary>Draws a diagnosis for a terminal.</summary>
internal sealed class DoctorText(Terminal terminal)
{
    private const int TitleWidth = 19;

    private readonly StringBuilder _text = new();

    /// <summary>The verdict, the path, the first broken hop's cure, and what else was found.</summary>
    public DoctorText Path(DoctorView view)
    {
        Line(view.Words, 0, terminal.Bold);
        Line();
        for (var i = 0; i < view.Path.Count; i++)
        {
            var hop = view.Path[i];
            if (i > 0) _text.Append("  ").AppendLine(terminal.Soft(Link(view.Path[i - 1].State, hop.State)));
            _text.Append("  ").Append(Mark(hop.State)).Append(' ');
            _text.Append(terminal.Bold(hop.Title)).Append(' ', Math.Max(1, TitleWidth - hop.Title.Length));
            Hang(hop.Words + (hop is { Hop: "phone", At: { } at } ? $" ({at.ToLocalTime():HH:mm:ss})" : ""), 4 + TitleWidth, 4 + TitleWidth);
        }
        if (view.Cause is { } cause)
        {
            Line();
            Line($"{cause.Title} [{cause.Code}]", 0, view.FirstBroken is null ? terminal.Doubtful : terminal.Bad);
            Line(cause.Explanation, 2);
            Line("What to do: " + cause.Cure, 2);
        }
        if (view.Notes.Count > 0) Section("Also", view.Notes.Select(n => ($"[{n.Code}]", $"{n.Words} {n.Cure}".TrimEnd())));
        return this;
    }

    /// <summary>"What is my IP?", and what leads where.</summary>
    public void Facts(DoctorView view)
    {
        Section("Addresses of this machine", view.Interfaces.SelectMany(i => i.Addresses.Count == 0
            ? [(i.Name, i.Connected ? "connected, without an address" : "not connected")]
            : i.Addresses.Select(a => (i.Name, $"{a.Address}: {a.Words}"))));
        Section("How others saw this home", view.Seen.Select(s => (s.By, $"{s.Address} ({s.At.ToLocalTime():d MMM HH:mm:ss})")));
        Section("Ways in", view.Doors.Select(d => ($"{d.Way} IPv{d.Family}", string.Join("; ", new[]
        {
            d is { Inside: { } inside, Outside: { } outside } ? $"{inside} {Arrow} {outside}" : "",
            $"{d.State}{(d.Method.Length > 0 ? $" ({d.Method})" : "")}{(d.Level == "none" ? "" : ", " + d.Level)}{(d.Published ? ", in the name" : "")}{(d.Contradicted ? ", contradicted" : "")}",
            d.Words,
        }.Where(w => w.Length > 0)))));
        Section("Names", view.Names.SelectMany(n => new[] { ("A", n.V4), ("AAAA", n.V6) }.Select(r => (n.Name, $"{r.Item1}: {Record(r.Item2)}"))));
        Section("What is bound where, and who can connect", view.Listeners.Select(l => ($"{l.Protocol} {(l.Address.Contains(':', StringComparison.Ordinal) ? $"[{l.Address}]" : l.Address)}:{l.Port}", $"{(l.Ours ? "this gateway" : "another program")}: {l.Words}")));
    }

    /// <summary>What was found out because somebody asked.</summary>
    public void Look(LookView look)
    {
        Section("What resolvers say", look.Resolvers.Select(r => ($"{r.Resolver} IPv{r.Family}", $"{r.Words}{(r.Addresses.Count > 0 ? $" ({string.Join(", ", r.Addresses)})" : "")}")));
        Section("The router's own doors, seen from outside", look.RouterDoors?.Select(d => ($"{d.Address}:{d.Port}", $"{d.Words} ({d.Vantage})")) ?? []);
        Section("Ports that the router has opened", look.RouterMappings?.Select(m => ($"{m.Protocol} {m.Port}", $"{Arrow} {m.Target ?? "somewhere"}, \"{m.Description}\"{(m.Ours ? ", this gateway's" : ", somebody else's")}")) ?? []);
    }

    public override string ToString() => _text.ToString();

    private string Arrow => terminal.IsUnicode ? "→" : "->";

    private static string Record(RecordView r) =>
        (!r.Known ? "not known yet" : r.Published is { } published ? published : "nothing")
        + (r.True || !r.Known ? "" : r.Wanted is { } wanted ? $", should be {wanted}" : ", should be nothing")
        + (r.Old is { } old ? $"; some may still hear {old} for {r.OldForSeconds:0} s" : "");

    private string Mark(string state) => state switch
    {
        "ok" => terminal.Good(terminal.IsUnicode ? "✓" : "+"),
        "broken" => terminal.Bad(terminal.IsUnicode ? "✗" : "x"),
        _ => terminal.Doubtful("?"),
    };

    /// <summary>Whole where both ends are well.</summary>
    private string Link(string above, string below) => (above, below) is ("ok", "ok") ? terminal.IsUnicode ? "│" : "|" : terminal.IsUnicode ? "┆" : ":";

    private void Section(string title, IEnumerable<(string Head, string Words)> rows)
    {
        var all = rows.Select(r => (Head: Clean(r.Head), r.Words)).ToArray();
        if (all.Length == 0) return;
        Line();
        Line(title, 0, terminal.Bold);
        var width = Math.Min(28, all.Max(r => r.Head.Length)) + 2;
        foreach (var (head, words) in all)
        {
            _text.Append("  ").Append(head.PadRight(width - 1)).Append(' ');
            Hang(words, 2 + Math.Max(width, head.Length + 1), 2 + width);
        }
    }

    private void Line() => _text.AppendLine();

    private void Line(string words, int indent, Func<string, string>? paint = null)
    {
        _text.Append(' ', indent);
        Hang(words, indent, indent, paint);
    }

    /// <summary>Words from this column on, further lines from <paramref name="indent"/>.</summary>
    private void Hang(string words, int column, int indent, Func<string, string>? paint = null)
    {
        var line = new StringBuilder();
        foreach (var word in Clean(words).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && column + line.Length + 1 + word.Length > terminal.Width)
            {
                End(line, paint);
                _text.Append(' ', column = indent);
            }
            if (line.Length > 0) line.Append(' ');
            line.Append(word);
        }
        End(line, paint);
    }

    private void End(StringBuilder line, Func<string, string>? paint)
    {
        _text.AppendLine(paint is null ? line.ToString() : paint(line.ToString()));
        line.Clear();
    }

    /// <summary>What a stranger wrote (the description of a mapping) must not steer the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
