using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Devices.Mqtt;

/// <summary>
/// The part of Home Assistant's templates that is understood: text, constants and <c>{{ value_json.path }}</c>. No filter, no condition, no call:
/// an announcement is a stranger's program, and this one cannot compute. What is beyond it is an <see cref="AnnouncementException"/>.
/// </summary>
public sealed class MqttTemplate
{
    private const int MaxLength = 512;
    private readonly Part[] _parts;

    private MqttTemplate(Part[] parts) => _parts = parts;

    /// <summary>The payload as it is.</summary>
    public static MqttTemplate Value { get; } = new([new Part("", "value", [])]);

    /// <summary>Whether every part is a constant, so that nothing of the payload is used.</summary>
    public bool IsConstant => Array.TrueForAll(_parts, p => p.Root is null);

    /// <summary>Reads a template. <paramref name="key"/> names it in the words of a refusal.</summary>
    public static MqttTemplate Parse(string key, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) throw new AnnouncementException($"Its {key} is longer than {MaxLength} characters.");
        var parts = new List<Part>();
        var rest = text.AsSpan().Trim();
        while (rest.Length > 0)
        {
            var open = rest.IndexOf("{{", StringComparison.Ordinal);
            var literal = open < 0 ? rest : rest[..open];
            if (literal.Contains("{%", StringComparison.Ordinal) || literal.Contains("{#", StringComparison.Ordinal)) throw Beyond(key, text);
            if (literal.Length > 0) parts.Add(new Part(literal.ToString(), null, []));
            if (open < 0) break;
            var close = rest.IndexOf("}}", StringComparison.Ordinal);
            if (close < open) throw Beyond(key, text);
            parts.Add(Expression(rest[(open + 2)..close].Trim().Trim('-').Trim().ToString()) ?? throw Beyond(key, text));
            rest = rest[(close + 2)..];
        }
        return new MqttTemplate([.. parts]);
    }

    /// <summary>What the template makes of a payload; "" where the payload does not have what it asks for. The words are Jinja's: True, False, None.</summary>
    public string Render(ReadOnlySpan<byte> payload)
    {
        if (_parts is [{ Root: "value" }]) return Encoding.UTF8.GetString(payload).Trim();
        if (IsConstant) return string.Concat(_parts.Select(p => p.Literal));
        var text = new StringBuilder();
        using var json = _parts.Any(p => p.Root == "value_json") ? TryParse(payload) : null;
        foreach (var part in _parts)
        {
            text.Append(part.Root switch
            {
                null => part.Literal,
                "value" => Encoding.UTF8.GetString(payload).Trim(),
                _ => json is null ? "" : part.Of(json.RootElement),
            });
        }
        return text.ToString();
    }

    /// <summary>What the template makes of a command: <paramref name="value"/> and the named numbers that go with it, such as red, green and blue.</summary>
    public string Render(string value, params ReadOnlySpan<(string Name, double Number)> names)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Root is null) text.Append(part.Literal);
            else if (part.Root == "value") text.Append(value);
            else foreach (var (name, number) in names) if (name == part.Root) text.Append(number.ToString("R", CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    private static Part? Expression(string text)
    {
        if (text.Length >= 2 && text[0] is '\'' or '"' && text[^1] == text[0] && text.IndexOf(text[0], 1) == text.Length - 1) return new Part(text[1..^1], null, []);
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)) return new Part(text, null, []);
        var at = 0;
        if (Word(text, ref at) is not { } root) return null;
        var path = new List<object>();
        while (at < text.Length)
        {
            object? step = text[at] switch { '.' => Word(text, ref at, skip: 1), '[' => Index(text, ref at), _ => null };
            if (step is null) return null;
            path.Add(step);
        }
        return root == "value_json" || (path.Count == 0 && root is "value" or "red" or "green" or "blue" or "white" or "cold_white" or "warm_white" or "hue" or "sat" or "x" or "y")
            ? new Part("", root, [.. path])
            : null;
    }

    private static string? Word(string text, ref int at, int skip = 0)
    {
        var start = at += skip;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_')) at++;
        return at == start ? null : text[start..at];
    }

    /// <summary><c>[0]</c>, <c>['name']</c> or <c>["name"]</c>.</summary>
    private static object? Index(string text, ref int at)
    {
        var close = text.IndexOf(']', at);
        if (close < 0) return null;
        var inner = text[(at + 1)..close].Trim();
        at = close + 1;
        if (inner.Length >= 2 && inner[0] is '\'' or '"' && inner[^1] == inner[0]) return inner[1..^1];
        return int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
    }

    private static JsonDocument? TryParse(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        try { return JsonDocument.TryParseValue(ref reader, out var json) ? json : null; }
        catch (JsonException) { return null; }
    }

    private static AnnouncementException Beyond(string key, string text) => new(
        $"Its {key} is \"{(text.Length > 60 ? text[..60] + "..." : text)}\"; this gateway understands only {{{{ value_json.path }}}} and constants.");

    private sealed record Part(string Literal, string? Root, object[] Path)
    {
        public string Of(JsonElement json)
        {
            try { return Find(json); }
            // What JsonElement throws for an escape that is half a character.
            catch (InvalidOperationException) { return ""; }
        }

        private string Find(JsonElement json)
        {
            foreach (var step in Path)
            {
                if (step is string name && json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var property)) json = property;
                else if (step is int index && json.ValueKind == JsonValueKind.Array && index < json.GetArrayLength()) json = json[index];
                else return "";
            }
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString()!,
                JsonValueKind.True => "True",
                JsonValueKind.False => "False",
                JsonValueKind.Null => "None",
                _ => json.GetRawText(),
            };
        }
    }
}
