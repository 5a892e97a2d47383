using System.Text;
using Gateway.Host.Doctor;

namespace Gateway.Host.CommandLine;

/// <summary>Draws a diagnosis for a terminal.</summary>
internal sealed class DoctorText(Terminal terminal)
{
    private const int TitleWidth = 19;

    private readonly StringBuilder _text = new();

    /// <summary>The verdict, the path, and the first broken hop's cure.</summary>
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
        return this;
    }

    /// <summary>All that it stands on.</summary>
    public DoctorText Facts(IEnumerable<SectionView> sections)
    {
        foreach (var section in sections)
        {
            Line();
            Line(section.Title, 0, terminal.Bold);
            if (section.Words.Length > 0) Line(section.Words, 2, terminal.Soft);
            foreach (var item in section.Items)
            {
                Line(item.Title, 2);
                foreach (var fact in item.Facts) Line(fact, 4, terminal.Soft);
            }
        }
        return this;
    }

    public override string ToString() => _text.ToString();

    private string Mark(string state) => state switch
    {
        "ok" => terminal.Good(terminal.IsUnicode ? "✓" : "+"),
        "broken" => terminal.Bad(terminal.IsUnicode ? "✗" : "x"),
        _ => terminal.Doubtful("?"),
    };

    /// <summary>Whole where both ends are well.</summary>
    private string Link(string above, string below) => (above, below) is ("ok", "ok") ? terminal.IsUnicode ? "│" : "|" : terminal.IsUnicode ? "┆" : ":";

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
