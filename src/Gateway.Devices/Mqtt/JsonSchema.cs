using System.Buffers;
using System.Text.Json;

namespace Gateway.Devices.Mqtt;

/// <summary>Lights that speak JSON on one topic each way (https://www.home-assistant.io/integrations/light.mqtt/#json-schema): Zigbee2MQTT, ESPHome.</summary>
internal sealed class JsonSchema : MqttLightSchema
{
    private readonly string _commandTopic;
    private readonly HashSet<string> _modes;
    private readonly int _brightnessScale;
    private readonly int _whiteScale;
    private readonly bool _saysBrightness;
    private readonly bool _kelvin;
    private readonly bool _fades;

    public JsonSchema(DiscoveryConfig config) : base(config)
    {
        _commandTopic = config.Topic("command_topic") ?? throw new AnnouncementException("It has no command_topic.");
        _modes = ReadModes(config);
        _saysBrightness = config.Flag("brightness");
        _brightnessScale = ReadScale(config, "brightness_scale");
        _whiteScale = ReadScale(config, "white_scale");
        _kelvin = config.Flag("color_temp_kelvin");
        _fades = config.Flag("transition", otherwise: true);
        CommandTopics = [_commandTopic];
        StateTopics = config.Topic("state_topic") is { } state ? [state] : [];
        var modes = new List<ColorMode>();
        if (_modes.Contains("color_temp")) modes.Add(ColorMode.ColorTemp);
        if (_modes.Contains("xy")) modes.Add(ColorMode.Xy);
        if (_modes.Contains("hs")) modes.Add(ColorMode.Hs);
        if (_modes.Overlaps(["rgb", "rgbw", "rgbww"])) modes.Add(ColorMode.Rgb);
        var brightness = _saysBrightness || _modes.Any(m => m != "onoff");
        if (modes.Count == 0) modes.Add(brightness ? ColorMode.Brightness : ColorMode.OnOff);
        Capabilities = new LightCapabilities
        {
            Brightness = brightness,
            ColorModes = modes,
            ColorTemp = _modes.Contains("color_temp") ? ReadRange(config) : null,
            Effects = config.Flag("effect") ? ReadEffects(config) : [],
        };
    }

    public override LightState? Read(string topic, ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return null;
            using (document) return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (JsonException) { return null; }
        catch (InvalidOperationException) { return null; }
    }

    public override IReadOnlyList<MqttMessage> Command(LightState wanted, LightState? known)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("state", wanted.On == false ? "OFF" : "ON");
            if (wanted.On != false) WriteParts(json, wanted, known);
            if (_fades && wanted.Transition is { } transition) json.WriteNumber("transition", transition.TotalSeconds);
            json.WriteEndObject();
        }
        return [new MqttMessage(_commandTopic, buffer.WrittenMemory, Qos, Retain)];
    }

    /// <summary>Many fixtures never name their effect in their state, and one whose colour carries the brightness does not name that.</summary>
    public override LightState Unheard(LightState wanted) =>
        new() { Effect = wanted.Effect, Brightness = _saysBrightness ? null : wanted.Brightness };

    private void WriteParts(Utf8JsonWriter json, LightState wanted, LightState? known)
    {
        var scaledByColor = wanted.Color is not null && !_saysBrightness && ColorModeOf(wanted.Color).StartsWith("rgb", StringComparison.Ordinal);
        if (wanted.Color is not null && _modes.Contains("white") && MqttColor.IsWhite(wanted.Color))
        {
            json.WriteNumber("white", ToScale(wanted.Brightness ?? 255, _whiteScale));
            return;
        }
        if (wanted.Brightness is { } brightness && !scaledByColor) json.WriteNumber("brightness", ToScale(brightness, _brightnessScale));
        if (wanted.ColorTemp is { } mireds) json.WriteNumber("color_temp", _kelvin ? MqttColor.Kelvin(mireds) : mireds);
        if (wanted.Color is { } color) WriteColor(json, color, scaledByColor ? wanted.Brightness ?? 255 : 255);
        // An effect may be a single blink: it is not started again by a wish for something else.
        if (wanted.Effect is { } effect && (known?.Effect != effect || wanted.IsMetBy(known))) json.WriteString("effect", effect);
    }

    private void WriteColor(Utf8JsonWriter json, LightColor color, int brightness)
    {
        json.WriteStartObject("color");
        switch (ColorModeOf(color))
        {
            case "xy":
                var xy = ColorConversion.ToXy(color);
                json.WriteNumber("x", xy.X);
                json.WriteNumber("y", xy.Y);
                break;
            case "hs":
                var hs = ColorConversion.ToHs(color);
                json.WriteNumber("h", hs.Hue);
                json.WriteNumber("s", hs.Saturation);
                break;
            case var rgb:
                // "rgbww" names its two whites c and w.
                var names = rgb switch { "rgbww" => "rgbcw", _ => rgb };
                var channels = MqttColor.ToChannels(color, names.Length - 3, brightness);
                for (var i = 0; i < names.Length; i++) json.WriteNumber(names[i..(i + 1)], channels[i]);
                break;
        }
        json.WriteEndObject();
    }

    /// <summary>The form in which the light is told a colour: the one in which it was said where it knows that.</summary>
    private string ColorModeOf(LightColor color)
    {
        var said = color switch { LightColor.Xy => "xy", LightColor.Hs => "hs", _ => "rgb" };
        return _modes.Contains(said) ? said : Array.Find(["xy", "hs", "rgb", "rgbw", "rgbww"], _modes.Contains) ?? "rgb";
    }

    private LightState Read(JsonElement json)
    {
        var state = new LightState
        {
            On = TextOf(json, "state")?.ToUpperInvariant() switch { "ON" => true, "OFF" => false, _ => null },
            Brightness = Capabilities.Brightness && NumberOf(json, "brightness") is { } brightness ? FromScale(brightness, _brightnessScale) : null,
            Effect = Capabilities.Effects.Count > 0 && TextOf(json, "effect") is { Length: > 0 and <= 100 } effect ? effect : null,
        };
        var mode = TextOf(json, "color_mode");
        var temp = Capabilities.ColorTemp is not null && NumberOf(json, "color_temp") is { } t && t > 0 ? _kelvin ? MqttColor.Mireds(t) : (int?)Math.Clamp(Math.Round(t), 1, 1000) : null;
        var color = Capabilities.Color && json.TryGetProperty("color", out var c) && c.ValueKind == JsonValueKind.Object ? ColorOf(c, mode) : null;
        return (mode, temp, color) switch
        {
            ("color_temp", not null, _) or (null, not null, _) or (_, not null, null) => state with { ColorMode = ColorMode.ColorTemp, ColorTemp = temp },
            (not "color_temp" and not "white", _, not null) => state with { Color = color },
            _ => state,
        };
    }

    private static LightColor? ColorOf(JsonElement color, string? mode)
    {
        double? x = NumberOf(color, "x"), y = NumberOf(color, "y"), h = NumberOf(color, "h") ?? NumberOf(color, "hue"), s = NumberOf(color, "s") ?? NumberOf(color, "saturation");
        double?[] channels = [NumberOf(color, "r"), NumberOf(color, "g"), NumberOf(color, "b"), NumberOf(color, "c"), NumberOf(color, "w")];
        if (mode is null or "xy" && x is not null && y is not null) return MqttColor.FromXy(x.Value, y.Value);
        if (mode is null or "hs" && h is not null && s is not null) return MqttColor.FromHs(h.Value, s.Value);
        return channels[0] is null || channels[1] is null || channels[2] is null ? null : MqttColor.FromChannels([.. channels.OfType<double>()])?.Color;
    }

    private static HashSet<string> ReadModes(DiscoveryConfig config)
    {
        var modes = config.Texts("supported_color_modes", 16).ToHashSet(StringComparer.Ordinal);
        // Before supported_color_modes there was a flag for each.
        if (modes.Count == 0) modes.UnionWith(new[] { "color_temp", "hs", "rgb", "xy" }.Where(m => config.Flag(m)));
        modes.IntersectWith(["onoff", "brightness", "color_temp", "hs", "rgb", "rgbw", "rgbww", "white", "xy"]);
        return modes;
    }

    private static string? TextOf(JsonElement json, string name) => json.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

    private static double? NumberOf(JsonElement json, string name) => json.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Number && v.TryGetDouble(out var n) && double.IsFinite(n) ? n : null;
}
