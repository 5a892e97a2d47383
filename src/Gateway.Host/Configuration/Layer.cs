using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>The values of one source with the mistakes found in it. Each value is right for itself; how they fit together is checked after merging.</summary>
internal sealed class Layer(SettingSource source, SettingSchema schema)
{
    /// <summary>Nobody reads more mistakes than this at once.</summary>
    private const int MostProblems = 100;

    /// <summary>By dotted key.</summary>
    public Dictionary<string, SettingValue> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>In the order of the file.</summary>
    public List<SettingProblem> Problems { get; } = [];

    public SettingSource Source { get; } = source;

    public SettingSchema Schema { get; } = schema;

    /// <summary>Keys that this version does not know, as they stand in the file: kept when it is written again.</summary>
    public Dictionary<string, string> Unknown { get; } = new(StringComparer.Ordinal);

    public void Problem(string key, string place, string message)
    {
        if (Problems.Count < MostProblems) Problems.Add(new SettingProblem(Printable(key), place, message));
        else if (Problems.Count == MostProblems) Problems.Add(new SettingProblem("", place, "and more; mend these first"));
    }

    /// <summary>Finds what <paramref name="key"/> is; says so when it is nothing.</summary>
    public SettingDefinition? Define(string key, string place)
    {
        if (Schema.Find(key) is { } definition)
        {
            if (Source != SettingSource.SettingsFile || !definition.NotOnPage)
            {
                if (SettingSchema.NameIn(definition.Key, key) is not { } name || name is { Length: <= 63 } && IsBare(name)) return definition;
                Problem(key, place, "a name consists of 1 to 63 letters, digits, \"-\" and \"_\"");
            }
            else Problem(key, place, "can only stand in gateway.toml or the environment");
        }
        else if (Schema.Tables.Contains(key)) Problem(key, place, "is a table of keys, not a key itself");
        else if (NearestKey.Of(key, Schema) is { } near) Problem(key, place, $"there is no such key; did you mean \"{Printable(near)}\"?");
        else Problem(key, place, Schema.IsTable(key) ? "is a table of keys, not a key itself" : "there is no such key; see docs/configuration.md");
        return null;
    }

    /// <summary>Takes a value of the right kind, if it passes its check.</summary>
    public void Take(SettingDefinition definition, string key, object value, string place)
    {
        if (Form(value) is { } form) Problem(key, place, form);
        else if (definition.Check?.Invoke(value) is { } words) Problem(key, place, words);
        else Values[key] = new SettingValue(value, Source, place);
    }

    /// <summary>What a value of this kind looks like in TOML.</summary>
    public static string Example(SettingKind kind) => kind switch
    {
        SettingKind.Text or SettingKind.Secret => "must be text in quotes, such as \"words\"",
        SettingKind.Integer => "must be a whole number without quotes, such as 5",
        SettingKind.Number => "must be a number without quotes, such as 2.5",
        SettingKind.Boolean => "must be true or false, without quotes",
        _ => "must be a list of texts, such as [\"one\", \"two\"]",
    };

    /// <summary>Texts go into log lines, headers and topics: no control characters, and of bounded length.</summary>
    private static string? Form(object value) => value switch
    {
        string s => s.Length > 1024 ? "is longer than 1024 characters" : s.Any(char.IsControl) || !s.IsNormalizedText() ? "must not contain control characters" : null,
        string[] list => list.Length > 256 ? "has more than 256 values" : list.Select(Form).FirstOrDefault(f => f is not null),
        double d => double.IsFinite(d) ? null : "must be a finite number",
        _ => null,
    };

    /// <summary>Whether this part of a key needs no quotes (https://toml.io/en/v1.0.0#keys).</summary>
    public static bool IsBare(string part) => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>A key as it may be printed: short, on one line, without the terminal's control characters.</summary>
    private static string Printable(string key) => new([.. key.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}

internal static class TextExtensions
{
    /// <summary>Whether every surrogate has its pair, so that the text survives UTF-8.</summary>
    public static bool IsNormalizedText(this string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
