using System.Buffers;
using System.Reflection;
using System.Text.Json;
using Gateway.Devices;

namespace Gateway.Host.Lights;

/// <summary>One of our lights as Home Assistant wants to be told of it (https://www.home-assistant.io/integrations/light.mqtt/#json-schema).</summary>
internal static class MqttOwnAnnouncement
{
    private static readonly string Version = typeof(MqttOwnAnnouncement).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static byte[] Of(Light light, MqttOwnTopics topics)
    {
        var id = $"{topics.Root.Replace('/', '_')}_{light.Id}";
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("schema", "json");
            // A device with one entity: that has no name of its own but the device's.
            json.WriteNull("name");
            json.WriteString("unique_id", id);
            json.WriteString("command_topic", topics.Set(light.Id));
            json.WriteString("state_topic", topics.State(light.Id));
            WriteAvailability(json, topics.Status, topics.Availability(light.Id));
            WriteCapabilities(json, light.Capabilities);
            json.WriteBoolean("flash", false);
            json.WriteBoolean("transition", true);
            json.WriteStartObject("device");
            json.WriteStartArray("identifiers");
            json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteString("name", light.Name);
            json.WriteString("manufacturer", "Gateway");
            json.WriteString("model", light.Driver);
            json.WriteString("sw_version", Version);
            if (light.Room is not null) json.WriteString("suggested_area", light.Room);
            json.WriteEndObject();
            json.WriteStartObject("origin");
            json.WriteString("name", "Gateway");
            json.WriteString("sw_version", Version);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteAvailability(Utf8JsonWriter json, params ReadOnlySpan<string> topics)
    {
        json.WriteStartArray("availability");
        foreach (var topic in topics)
        {
            json.WriteStartObject();
            json.WriteString("topic", topic);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("availability_mode", "all");
    }

    private static void WriteCapabilities(Utf8JsonWriter json, LightCapabilities capabilities)
    {
        json.WriteBoolean("brightness", capabilities.Brightness);
        json.WriteStartArray("supported_color_modes");
        foreach (var mode in Modes(capabilities)) json.WriteStringValue(LightStateJsonConverter.NameOf(mode));
        json.WriteEndArray();
        if (capabilities.ColorTemp is { } range)
        {
            json.WriteNumber("min_mireds", range.Min);
            json.WriteNumber("max_mireds", range.Max);
        }
        if (capabilities.Effects.Count == 0) return;
        json.WriteBoolean("effect", true);
        json.WriteStartArray("effect_list");
        foreach (var effect in capabilities.Effects) json.WriteStringValue(effect);
        json.WriteEndArray();
    }

    /// <summary>Home Assistant takes "onoff" and "brightness" only alone.</summary>
    private static IEnumerable<ColorMode> Modes(LightCapabilities capabilities) =>
        capabilities.ColorModes.Where(m => m is ColorMode.ColorTemp or ColorMode.Xy or ColorMode.Rgb or ColorMode.Hs).Distinct().ToArray() is { Length: > 0 } colors
            ? colors : [capabilities.Brightness ? ColorMode.Brightness : ColorMode.OnOff];
}
