using System.Text;
using Gateway.Host.Core;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Gateway.Host.Configuration;

/// <summary>
/// Reads a TOML file by its syntax tree, which knows the lines. All mistakes are collected; none of the words repeats a value,
/// so Tomlyn's own messages (they quote the source) are put into ours.
/// </summary>
internal static class TomlLayer
{
    /// <summary>A house with 2,000 lights needs about half of it.</summary>
    public const int MostBytes = 512 * 1024;

    /// <summary>Reads a file. A file that cannot be read is one problem, never an exception.</summary>
    public static Layer ReadFile(string file, SettingSource source, SettingSchema schema)
    {
        var layer = new Layer(source, schema);
        try
        {
            if (Directory.Exists(file)) layer.Problem("", file, "is a folder; name the file in it");
            else if (Load(file) is not { } bytes) layer.Problem("", file, $"is larger than {MostBytes / 1024} KiB");
            else Read(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), file, layer);
        }
        catch (DecoderFallbackException) { layer.Problem("", file, "is not UTF-8; save it with that encoding"); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { layer.Problem("", file, "there is no such file"); }
        catch (UnauthorizedAccessException) { layer.Problem("", file, $"may not be read by the user {Environment.UserName}; change its owner or mode"); }
        catch (IOException e) { layer.Problem("", file, "cannot be read: " + e.Message); }
        return layer;
    }

    /// <summary>Reads a text into <paramref name="layer"/>; <paramref name="file"/> only names it.</summary>
    public static void Read(string text, string file, Layer layer)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(text.TrimStart('\uFEFF'), file, validate: true);
        }
        catch (TomlException)
        {
            layer.Problem("", file, "is nested too deeply to be meant");
            return;
        }
        catch (ArgumentException) // Tomlyn 2.10.2 on an escape that the end of the file cuts off
        {
            layer.Problem("", file, "ends in the middle of a text");
            return;
        }
        var reader = new Reader(file, layer, Complain(document, file, layer));
        foreach (var pair in document.KeyValues) reader.Pair("", pair);
        foreach (var table in document.Tables) reader.Table(table);
        layer.Problems.Sort((a, b) => LineOf(a).CompareTo(LineOf(b)));
    }

    /// <summary>Says what is not TOML, once a line; returns those lines, whose meaning is then not judged.</summary>
    private static HashSet<int> Complain(DocumentSyntax document, string file, Layer layer)
    {
        var lines = new HashSet<int>();
        foreach (var message in document.Diagnostics)
            if (lines.Add(message.Span.Start.Line)) layer.Problem(KeyOn(message.Span.Start.Line, document), $"{file}:{message.Span.Start.Line + 1}", Words(message.Message));
        return lines;
    }

    /// <summary>The key that stands on a line that is not TOML, as far as it can be told.</summary>
    private static string KeyOn(int line, DocumentSyntax document)
    {
        static string? In(SyntaxList<KeyValueSyntax> pairs, int line) => pairs.FirstOrDefault(p => p.Key is not null && p.Span.Start.Line == line)?.Key!.ToString().Trim();
        return In(document.KeyValues, line)
            ?? document.Tables.Select(t => (t.Name, Key: In(t.Items, line))).Where(t => t.Key is not null).Select(t => $"{t.Name?.ToString().Trim()}.{t.Key}").FirstOrDefault() ?? "";
    }

    private const string DefinedAt = "already defined at (";

    private static string Words(string message) => message switch
    {
        _ when message.Contains(DefinedAt, StringComparison.Ordinal) => $"stands here a second time; it is on line {message[(message.IndexOf(DefinedAt, StringComparison.Ordinal) + DefinedAt.Length)..].Split(',')[0]} already",
        _ when message.Contains("in a string", StringComparison.Ordinal) || message.Contains("on string literal", StringComparison.Ordinal) => "a text lacks its closing quote",
        _ when message.Contains("escape", StringComparison.Ordinal) => "in double quotes a backslash must be written twice; or use single quotes",
        _ when message.Contains("control character", StringComparison.Ordinal) || message.Contains("\\r", StringComparison.Ordinal) => "there is a control character that TOML does not allow",
        _ when message.Contains("parse integer", StringComparison.Ordinal) => "the number is too large",
        _ when message.Contains("for a value", StringComparison.Ordinal) || message.Contains("expecting a value", StringComparison.Ordinal) => "after \"=\" a value is missing or misspelt; text stands in double quotes",
        _ when message.Contains("bracket", StringComparison.Ordinal) => "brackets do not match",
        _ => "is not TOML; write key = value, one a line, and tables as [table]",
    };

    private static int LineOf(SettingProblem problem) => int.TryParse(problem.Place.AsSpan(problem.Place.LastIndexOf(':') + 1), out var line) ? line : 0;

    private static byte[]? Load(string file)
    {
        using var stream = File.OpenRead(file);
        using var memory = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int n; (n = stream.Read(buffer)) > 0;)
        {
            memory.Write(buffer, 0, n);
            if (memory.Length > MostBytes) return null;
        }
        return memory.ToArray();
    }

    /// <summary>Walks the tree.</summary>
    private sealed class Reader(string file, Layer layer, HashSet<int> badLines)
    {
        public void Table(TableSyntaxBase table)
        {
            var line = table.Span.Start.Line;
            if (badLines.Contains(line) || table.Name is not { } name) return;
            var key = Dotted(name);
            if (table is TableArraySyntax) layer.Problem(key, Place(line), $"lists of tables are not used here; write [{key}]");
            else if (layer.Schema.Find(key) is not null) layer.Problem(key, Place(line), "is a key, not a table; write it as key = value");
            else if (!layer.Schema.IsTable(key))
                layer.Problem(key, Place(line), "there is no such table" + (NearestKey.OfTable(key, layer.Schema) is { } near ? $"; did you mean [{near}]?" : "; see docs/configuration.md"));
            else if (table.Items.ChildrenCount == 0 && !layer.Schema.Tables.Contains(key))
                layer.Problem(key, Place(line), "the table is empty; give it its keys or delete it");
            else
            {
                foreach (var pair in table.Items) Pair(key + ".", pair);
                return;
            }
            // Its keys would be as unknown as the table: one complaint is enough. What another version wrote is still kept.
            foreach (var pair in table.Items) if (pair.Key is not null) layer.Unknown[key + "." + Dotted(pair.Key)] = pair.Value?.ToString().Trim() ?? "";
        }

        public void Pair(string table, KeyValueSyntax pair)
        {
            var line = pair.Span.Start.Line;
            if (badLines.Contains(line) || pair is not { Key: not null, Value: { } value }) return;
            var key = table + Dotted(pair.Key);
            if (value is InlineTableSyntax inline && layer.Schema.Find(key) is null && layer.Schema.IsTable(key))
            {
                foreach (var item in inline.Items) if (item.KeyValue is not null) Pair(key + ".", item.KeyValue);
                return;
            }
            if (layer.Values.TryGetValue(key, out var first)) layer.Problem(key, Place(line), $"stands here a second time; it is on line {first.Place[(file.Length + 1)..]} already");
            else if (layer.Define(key, Place(line)) is not { } definition)
            {
                if (layer.Schema.Find(key) is null && !layer.Schema.IsTable(key)) layer.Unknown[key] = value.ToString().Trim();
            }
            else if (ValueOf(value, definition.Kind) is { } read) layer.Take(definition, key, read, Place(line));
            else layer.Problem(key, Place(line), Layer.Example(definition.Kind));
        }

        private static object? ValueOf(ValueSyntax value, SettingKind kind) => (kind, value) switch
        {
            (SettingKind.Text or SettingKind.Secret, StringValueSyntax text) => text.Value,
            (SettingKind.Integer, IntegerValueSyntax number) => number.Value,
            (SettingKind.Number, IntegerValueSyntax number) => (double)number.Value,
            (SettingKind.Number, FloatValueSyntax number) => number.Value,
            (SettingKind.Boolean, BooleanValueSyntax boolean) => boolean.Value,
            (SettingKind.TextList, ArraySyntax list) => List(list),
            _ => null,
        };

        private static string[]? List(ArraySyntax list)
        {
            var values = list.Items.Select(i => i.Value).OfType<StringValueSyntax>().Select(v => v.Value).OfType<string>().ToArray();
            return values.Length == list.Items.ChildrenCount ? values : null;
        }

        private static string Dotted(KeySyntax key) =>
            string.Join('.', new[] { Part(key.Key) }.Concat(key.DotKeys.Select(d => Part(d.Key))));

        /// <summary>A quoted key may hold a dot, which no key of ours does: a stand-in keeps it from being mistaken.</summary>
        private static string Part(BareKeyOrStringValueSyntax? part) => part switch
        {
            BareKeySyntax bare => bare.Key?.Text ?? "",
            StringValueSyntax quoted => (quoted.Value ?? "").Replace('.', '\uFF0E'),
            _ => "",
        };

        private string Place(int line) => $"{file}:{line + 1}";
    }
}
