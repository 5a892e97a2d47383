using System.Globalization;
using System.Text.Json;

namespace Gateway.Devices.Mqtt;

/// <summary>One component of an announcement with its long keys and its <c>~</c> filled in: what is asked of it is right or an <see cref="AnnouncementException"/>.</summary>
internal sealed class DiscoveryConfig(IReadOnlyDictionary<string, JsonElement> values, string? baseTopic)
{
    /// <summary>The values under an object's long keys; of a key that is there in both forms the last counts.</summary>
    public static Dictionary<string, JsonElement> Expand(JsonElement json, Func<string, string> longForm)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject()) values[longForm(property.Name)] = property.Value;
        return values;
    }

    public bool Has(string key) => values.TryGetValue(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A text, number or flag as text; null when it is not there.</summary>
    public string? Text(string key) => !Has(key) ? null : AsText(values[key]) ?? throw new AnnouncementException($"Its {key} is not a text.");

    public string Text(string key, string otherwise) => Text(key) ?? otherwise;

    /// <summary>A topic that may be used; null when it is not there.</summary>
    public string? Topic(string key)
    {
        if (Text(key) is not { } topic) return null;
        // The sign stands for the base topic at the beginning or the end of a topic, nowhere else.
        if (baseTopic is not null && topic.StartsWith('~')) topic = baseTopic + topic[1..];
        else if (baseTopic is not null && topic.EndsWith('~')) topic = topic[..^1] + baseTopic;
        return MqttTopics.Refuses(topic) is { } reason ? throw new AnnouncementException($"Its {key} cannot be used: {reason}.") : topic;
    }

    /// <summary>A template; null when it is not there.</summary>
    public MqttTemplate? Template(string key) => Text(key) is { } text ? MqttTemplate.Parse(key, text) : null;

    public bool Flag(string key, bool otherwise = false)
    {
        if (!Has(key)) return otherwise;
        return AsText(values[key])?.ToLowerInvariant() switch
        {
            "true" or "1" or "yes" or "on" or "enable" => true,
            "false" or "0" or "no" or "off" or "disable" => false,
            _ => throw new AnnouncementException($"Its {key} is neither true nor false."),
        };
    }

    /// <summary>A whole number in a range.</summary>
    public int? Number(string key, int min, int max)
    {
        if (!Has(key)) return null;
        return double.TryParse(AsText(values[key]), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? (int)number
            : throw new AnnouncementException($"Its {key} is not a number from {min} to {max}.");
    }

    /// <summary>A list of texts, at most <paramref name="most"/> of them; a single text is a list of one.</summary>
    public IReadOnlyList<string> Texts(string key, int most)
    {
        if (!Has(key)) return [];
        return [.. Elements(key).Take(most).Select(e => AsText(e) ?? throw new AnnouncementException($"Its {key} has something that is not a text."))];
    }

    /// <summary>A list of objects, each with its long keys.</summary>
    public IReadOnlyList<DiscoveryConfig> Objects(string key, int most)
    {
        if (!Has(key)) return [];
        var elements = Elements(key).Take(most + 1).ToArray();
        if (elements.Length > most) throw new AnnouncementException($"Its {key} has more than {most} entries.");
        return [.. elements.Select(e => e.ValueKind == JsonValueKind.Object
            ? new DiscoveryConfig(Expand(e, DiscoveryKeys.OfLight), baseTopic)
            : throw new AnnouncementException($"Its {key} has something that is not an object."))];
    }

    /// <summary>The device block; empty when there is none.</summary>
    public DiscoveryConfig Device => values.TryGetValue("device", out var device) && device.ValueKind == JsonValueKind.Object
        ? new DiscoveryConfig(Expand(device, DiscoveryKeys.OfDevice), null)
        : new DiscoveryConfig(new Dictionary<string, JsonElement>(StringComparer.Ordinal), null);

    private IEnumerable<JsonElement> Elements(string key) => values[key] is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [values[key]];

    private static string? AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        _ => null,
    };
}
