using System.Globalization;
using System.Text;
using Tomlyn.Parsing;

namespace Gateway.Host.Configuration;

/// <summary><c>DATA/settings.toml</c>: what was changed on the page. One key a line, so that it is easy to read and to mend.</summary>
internal static class SettingsFile
{
    private const string Header = """
        # Settings that were changed on the gateway's page (or by PATCH /api/settings). The gateway writes this file; comments in it are not kept.
        # What stands in gateway.toml or in an environment variable wins over it. Delete a line, or the file, to go back to the default.

        """;

    public static string PathIn(string dataPath) => Path.Combine(dataPath, "settings.toml");

    /// <summary>The text of the file: the known values, and as they stood those that only another version knows, where they still fit.</summary>
    public static string Render(IReadOnlyDictionary<string, object> values, IReadOnlyDictionary<string, string> unknown)
    {
        var text = Text(values, unknown);
        return SyntaxParser.Parse(text, validate: true).HasErrors ? Text(values, new Dictionary<string, string>(StringComparer.Ordinal)) : text;
    }

    private static string Text(IReadOnlyDictionary<string, object> values, IReadOnlyDictionary<string, string> unknown)
    {
        var lines = values.Select(v => (v.Key, Text: Toml(v.Value))).Concat(unknown.Select(u => (u.Key, Text: u.Value)));
        var text = new StringBuilder(Header).Append('\n');
        foreach (var (key, value) in lines.OrderBy(l => l.Key, StringComparer.Ordinal))
            text.Append(string.Join('.', key.Split('.').Select(part => Layer.IsBare(part) ? part : Quote(part)))).Append(" = ").Append(value).Append('\n');
        return text.ToString();
    }

    private static string Toml(object value) => value switch
    {
        string text => Quote(text),
        bool b => b ? "true" : "false",
        double d => d.ToString("0.0###############", CultureInfo.InvariantCulture),
        string[] list => $"[{string.Join(", ", list.Select(Quote))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A basic string (https://toml.io/en/v1.0.0#string); control characters do not get this far.</summary>
    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
