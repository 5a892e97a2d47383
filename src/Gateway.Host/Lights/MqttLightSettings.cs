using System.Text.Json;
using Gateway.Devices.Mqtt;
using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Lights;

/// <summary>
/// The keys of an <c>mqtt</c> light below <c>[lights.ID]</c>: Home Assistant's names (https://www.home-assistant.io/integrations/light.mqtt/) with
/// a dash for each underscore. They are read as an announcement is, so that a light described by hand and one that was announced are one thing.
/// </summary>
internal static class MqttLightSettings
{
    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        Text("schema", "`default` (the default), with a topic for each part of the state, or `json`.") with { Check = OneOf("default", "json") },
        Text("command-topic", "where it is commanded.") with { Check = NotEmpty },
        Text("state-topic", "where it says how it is; without one a wish is \"sent\", never confirmed."),
        Text("state-value-template", "what of its message is the state: text and `{{ value_json.path }}`."),
        Text("payload-on", "what \"on\" is called (default `ON`)."),
        Text("payload-off", "what \"off\" is called (default `OFF`)."),
        Text("on-command-type", "`last` (the default), `first` or `brightness`: when \"on\" is sent beside the rest.") with { Check = OneOf("last", "first", "brightness") },
        Text("availability-topic", "where it says whether it is there."),
        Text("availability-template", "what of that message counts."),
        Text("payload-available", "what it says there when it is (default `online`)."),
        Text("payload-not-available", "and when it is not (default `offline`)."),
        Flag("brightness", "json: whether it can be dimmed."),
        Text("brightness-command-topic", "default: where its brightness is commanded."),
        Text("brightness-state-topic", "default: where it says its brightness."),
        Text("brightness-value-template", "default: what of that message is the brightness."),
        Whole("brightness-scale", "what full brightness is called (default 255).", 1, 1_000_000),
        List("supported-color-modes", "json: such as `[\"color_temp\", \"xy\"]`."),
        Text("color-temp-command-topic", "default: where its colour temperature is commanded."),
        Text("color-temp-state-topic", "default: where it says its colour temperature."),
        Flag("color-temp-kelvin", "whether it counts in kelvin and not in mireds (default false)."),
        Whole("min-mireds", "the coldest white it has (default 153).", 1, 1000),
        Whole("max-mireds", "the warmest white it has (default 500).", 1, 1000),
        Text("rgb-command-topic", "default: where its colour is commanded as `red,green,blue`."),
        Text("rgb-state-topic", "default: where it says that colour."),
        Text("hs-command-topic", "default: where its colour is commanded as `hue,saturation`."),
        Text("hs-state-topic", "default: where it says that colour."),
        Text("xy-command-topic", "default: where its colour is commanded as `x,y`."),
        Text("xy-state-topic", "default: where it says that colour."),
        Text("effect-command-topic", "default: where its effect is commanded."),
        Text("effect-state-topic", "default: where it says its effect."),
        List("effect-list", "the effects it knows."),
        Whole("qos", "the quality of service of commands, 0 to 2 (default 0).", 0, 2),
        Flag("retain", "whether the broker keeps commands (default false)."),
    ];

    /// <summary>The key's own part: <c>state-topic</c> of <c>lights.*.state-topic</c>.</summary>
    public static IEnumerable<string> Keys => Definitions.Select(KeyOf);

    /// <summary>What stands in the table, as an announcement; the same text for the same settings.</summary>
    public static string Announcement(Settings settings, string table)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var definition in Definitions)
            {
                if (settings.Values.GetValueOrDefault($"{table}.{KeyOf(definition)}")?.Value is not { } value) continue;
                json.WritePropertyName(KeyOf(definition).Replace('-', '_'));
                Write(json, value);
            }
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>What is wrong with the table, in words; null when nothing is.</summary>
    public static string? Problem(Settings settings, string table)
    {
        var reader = new AnnouncementReader(new MqttTopicRights(settings.Text("mqtt.topic")!, settings.Text("mqtt.discovery-prefix")!));
        return reader.ReadConfigured("", null, Announcement(settings, table)).Refusal;
    }

    private static string KeyOf(SettingDefinition definition) => definition.Key[(definition.Key.LastIndexOf('.') + 1)..];

    private static void Write(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case string[] texts:
                json.WriteStartArray();
                foreach (var text in texts) json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue((string)value);
                break;
        }
    }

    private static SettingDefinition Text(string key, string help) => new("lights.*." + key, SettingKind.Text, "mqtt: " + help);

    private static SettingDefinition Flag(string key, string help) => new("lights.*." + key, SettingKind.Boolean, "mqtt: " + help);

    private static SettingDefinition List(string key, string help) => new("lights.*." + key, SettingKind.TextList, "mqtt: " + help);

    private static SettingDefinition Whole(string key, string help, int from, int to) => new("lights.*." + key, SettingKind.Integer, "mqtt: " + help) { Check = Range(from, to) };
}
