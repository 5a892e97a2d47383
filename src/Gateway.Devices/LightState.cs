using System.Text.Json.Serialization;

namespace Gateway.Devices;

/// <summary>How a light shows its colour; the names are Home Assistant's <c>color_mode</c>.</summary>
public enum ColorMode { Unknown = 0, OnOff, Brightness, ColorTemp, Xy, Rgb, Hs }

/// <summary>
/// What a light is asked to be or says it is: every part that is null is "not said".
/// One type for wishes, desired and reported states; on the wire it is Home Assistant's JSON light schema.
/// </summary>
[JsonConverter(typeof(LightStateJsonConverter))]
public sealed record LightState
{
    /// <summary>Nothing has been said.</summary>
    public static LightState Unknown { get; } = new();

    /// <summary>Switched on or off.</summary>
    public bool? On { get; init; }

    /// <summary>0 to 255.</summary>
    public byte? Brightness { get; init; }

    /// <summary>Which of the colour parts counts.</summary>
    public ColorMode? ColorMode { get; init; }

    /// <summary>The colour, in the form in which it was said.</summary>
    public LightColor? Color { get; init; }

    /// <summary>Colour temperature in mireds (1,000,000 / kelvin).</summary>
    public int? ColorTemp { get; init; }

    /// <summary>The name of an effect that the light knows.</summary>
    public string? Effect { get; init; }

    /// <summary>How long the change should take; part of a wish only, never stored.</summary>
    public TimeSpan? Transition { get; init; }

    /// <summary>
    /// This state after <paramref name="wish"/>: what the wish does not name stays, and colour and colour temperature replace each other.
    /// As in Home Assistant, brightness 0 switches off (and the brightness of before is kept), any other brightness alone switches on.
    /// </summary>
    public LightState With(LightState wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var (color, colorTemp) = wish switch
        {
            { ColorTemp: not null, ColorMode: Devices.ColorMode.ColorTemp } or { ColorTemp: not null, Color: null } => (null, wish.ColorTemp),
            { Color: not null } => (wish.Color, null),
            { ColorMode: Devices.ColorMode.OnOff or Devices.ColorMode.Brightness } => (null, null),
            _ => (Color, ColorTemp),
        };
        return new LightState
        {
            On = wish.Brightness == 0 ? false : wish.On ?? (wish.Brightness is not null ? true : On),
            Brightness = wish.Brightness is null or 0 ? Brightness : wish.Brightness,
            Color = color,
            ColorTemp = colorTemp,
            ColorMode = ModeOf(color, colorTemp) ?? wish.ColorMode ?? ColorMode,
            Effect = wish.Effect ?? (wish.Color is null && wish.ColorTemp is null ? Effect : null),
        };
    }

    /// <summary>This state, and where it says nothing what <paramref name="other"/> says.</summary>
    public LightState Or(LightState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var colored = Color is not null || ColorTemp is not null;
        var filled = this with
        {
            On = On ?? other.On,
            Brightness = Brightness ?? other.Brightness,
            Color = colored ? Color : other.Color,
            ColorTemp = colored ? ColorTemp : other.ColorTemp,
            Effect = Effect ?? other.Effect,
        };
        return filled with { ColorMode = ModeOf(filled.Color, filled.ColorTemp) ?? filled.ColorMode ?? other.ColorMode };
    }

    /// <summary>Null when this can be meant as a wish; else the field that cannot, and why, in words.</summary>
    public (string Field, string Reason)? Contradiction() => this switch
    {
        { On: null, Brightness: null, Color: null, ColorTemp: null, Effect: null, ColorMode: null } =>
            ("state", "Nothing is asked for: say at least one of state, brightness, color, color_temp and effect."),
        { Color: not null, ColorTemp: not null } => ("color_temp", "color and color_temp exclude each other: say one of them."),
        { ColorMode: { } mode } when ModeOf(Color, ColorTemp) != mode && mode is not (Devices.ColorMode.OnOff or Devices.ColorMode.Brightness) =>
            ("color_mode", "color_mode only names the colour that is sent with it: leave it out, or send that colour."),
        _ => null,
    };

    internal static ColorMode? ModeOf(LightColor? color, int? colorTemp) => color switch
    {
        LightColor.Xy => Devices.ColorMode.Xy,
        LightColor.Rgb => Devices.ColorMode.Rgb,
        LightColor.Hs => Devices.ColorMode.Hs,
        _ => colorTemp is null ? null : Devices.ColorMode.ColorTemp,
    };

    /// <summary>Whether a fixture that reports <paramref name="reported"/> does what this state asks, within rounding. An "off" asks for nothing else.</summary>
    public bool IsMetBy(LightState? reported)
    {
        if (reported is null || (On is not null && reported.On != On)) return false;
        if (On == false) return true;
        return Near(Brightness, reported.Brightness, 2)
            && (ColorTemp is null || Near(ColorTemp, reported.ColorTemp, 2))
            && (Color is null || (reported.Color is not null && ColorConversion.AreNear(Color, reported.Color)))
            && (Effect is null || Effect == reported.Effect);
    }

    private static bool Near(int? wanted, int? got, int tolerance) =>
        wanted is null || (got is not null && Math.Abs(wanted.Value - got.Value) <= tolerance);
}
