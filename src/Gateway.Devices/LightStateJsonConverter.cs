using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Devices;

/// <summary>A light state that cannot be meant: names the field and what would be right.</summary>
public sealed class LightStateException : JsonException
{
    /// <param name="field">The JSON field, such as <c>brightness</c> or <c>color.x</c>.</param>
    /// <param name="message">What is wrong and what would be right, in words.</param>
    public LightStateException(string field, string message) : base(message, field, null, null)
    {
        Field = field;
        Words = message;
    }

    /// <summary>The JSON field that is wrong.</summary>
    public string Field { get; }

    /// <summary>What is wrong and what would be right; the serializer adds its own words to <see cref="Exception.Message"/>.</summary>
    public string Words { get; }
}

/// <summary>
/// Home Assistant's JSON light schema (https://www.home-assistant.io/integrations/light.mqtt/#json-schema).
/// Strict: a value out of range or an unknown field is a <see cref="LightStateException"/>.
/// </summary>
public sealed class LightStateJsonConverter : JsonConverter<LightState>
{
    /// <inheritdoc />
    public override LightState Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return FromJson(document.RootElement);
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, LightState value, JsonSerializerOptions options) => WriteJson(writer, value);

    /// <summary>Reads a state; throws <see cref="LightStateException"/> naming the field that is wrong.</summary>
    public static LightState FromJson(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new LightStateException("", "A light state is a JSON object such as {\"state\":\"ON\"}.");
        var state = LightState.Unknown;
        foreach (var field in json.EnumerateObject())
        {
            var v = field.Value;
            state = field.Name switch
            {
                "state" => state with { On = OnOff(v) },
                "brightness" => state with { Brightness = (byte)Integer("brightness", v, 0, 255) },
                "color_temp" => state with { ColorTemp = (int)Integer("color_temp", v, 1, 1000) },
                "color_mode" => state with { ColorMode = Mode(v) },
                "color" => state with { Color = Color(v) },
                "effect" => state with { Effect = Text("effect", v) },
                "transition" => state with { Transition = TimeSpan.FromMilliseconds(Math.Round(1000 * Number("transition", v, 0, 3600))) },
                _ => throw new LightStateException(field.Name, $"\"{field.Name}\" is not part of a light state; it has state, brightness, color_mode, color, color_temp, effect and transition."),
            };
        }
        return state;
    }

    /// <summary>Writes what the state says; a transition is written only by those who pass it on.</summary>
    public static void WriteJson(Utf8JsonWriter writer, LightState state)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(state);
        writer.WriteStartObject();
        if (state.On is { } on) writer.WriteString("state", on ? "ON" : "OFF");
        if (state.Brightness is { } brightness) writer.WriteNumber("brightness", brightness);
        if (state.ColorMode is { } mode && mode != ColorMode.Unknown) writer.WriteString("color_mode", NameOf(mode));
        if (state.Color is not null) WriteColor(writer, state.Color);
        if (state.ColorTemp is { } temp) writer.WriteNumber("color_temp", temp);
        if (state.Effect is not null) writer.WriteString("effect", state.Effect);
        if (state.Transition is { } transition) writer.WriteNumber("transition", transition.TotalSeconds);
        writer.WriteEndObject();
    }

    /// <summary>The wire name of a colour mode.</summary>
    public static string NameOf(ColorMode mode) => mode switch
    {
        ColorMode.OnOff => "onoff",
        ColorMode.Brightness => "brightness",
        ColorMode.ColorTemp => "color_temp",
        ColorMode.Xy => "xy",
        ColorMode.Rgb => "rgb",
        ColorMode.Hs => "hs",
        _ => "unknown",
    };

    private static void WriteColor(Utf8JsonWriter writer, LightColor color)
    {
        writer.WriteStartObject("color");
        switch (color)
        {
            case LightColor.Xy xy: writer.WriteNumber("x", xy.X); writer.WriteNumber("y", xy.Y); break;
            case LightColor.Rgb rgb: writer.WriteNumber("r", rgb.R); writer.WriteNumber("g", rgb.G); writer.WriteNumber("b", rgb.B); break;
            case LightColor.Hs hs: writer.WriteNumber("h", hs.Hue); writer.WriteNumber("s", hs.Saturation); break;
        }
        writer.WriteEndObject();
    }

    private static bool OnOff(JsonElement v) => (v.ValueKind == JsonValueKind.String ? v.GetString() : null) switch
    {
        "ON" => true,
        "OFF" => false,
        _ => throw new LightStateException("state", "state is \"ON\" or \"OFF\"."),
    };

    private static ColorMode Mode(JsonElement v) => (v.ValueKind == JsonValueKind.String ? v.GetString() : null) switch
    {
        "onoff" => ColorMode.OnOff,
        "brightness" => ColorMode.Brightness,
        "color_temp" => ColorMode.ColorTemp,
        "xy" => ColorMode.Xy,
        "rgb" => ColorMode.Rgb,
        "hs" => ColorMode.Hs,
        _ => throw new LightStateException("color_mode", "color_mode is one of onoff, brightness, color_temp, xy, rgb and hs."),
    };

    private static LightColor Color(JsonElement v)
    {
        if (v.ValueKind != JsonValueKind.Object) throw new LightStateException("color", "color is {\"x\",\"y\"}, {\"r\",\"g\",\"b\"} or {\"h\",\"s\"}.");
        var names = string.Join(',', v.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        return names switch
        {
            "x,y" => new LightColor.Xy(Number("color.x", v.GetProperty("x"), 0, 1), Number("color.y", v.GetProperty("y"), 0, 1)),
            "b,g,r" => new LightColor.Rgb(Channel(v, "r"), Channel(v, "g"), Channel(v, "b")),
            "h,s" => new LightColor.Hs(Number("color.h", v.GetProperty("h"), 0, 360), Number("color.s", v.GetProperty("s"), 0, 100)),
            _ => throw new LightStateException("color", "color is {\"x\",\"y\"}, {\"r\",\"g\",\"b\"} or {\"h\",\"s\"}, one of them and whole."),
        };
    }

    private static byte Channel(JsonElement v, string name) => (byte)Integer("color." + name, v.GetProperty(name), 0, 255);

    private static string Text(string field, JsonElement v) =>
        v.ValueKind == JsonValueKind.String && v.GetString() is { Length: > 0 and <= 100 } text
            ? text
            : throw new LightStateException(field, $"{field} is a text of 1 to 100 characters.");

    private static double Number(string field, JsonElement v, double min, double max) =>
        v.ValueKind == JsonValueKind.Number && v.TryGetDouble(out var number) && number >= min && number <= max
            ? number
            : throw new LightStateException(field, $"{field} is a number from {min} to {max}.");

    private static double Integer(string field, JsonElement v, double min, double max) =>
        Number(field, v, min, max) is var number && number == Math.Floor(number)
            ? number
            : throw new LightStateException(field, $"{field} is a whole number from {min} to {max}.");
}
