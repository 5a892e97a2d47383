namespace Gateway.Devices.Mqtt;

/// <summary>Colours as fixtures want them. A fixture's white channels are not modelled: they take the part that red, green and blue share.</summary>
internal static class MqttColor
{
    public static int Mireds(double kelvin) => (int)Math.Clamp(Math.Round(1_000_000 / kelvin), 1, 1000);

    public static int Kelvin(int mireds) => (int)Math.Round(1_000_000.0 / mireds);

    public static bool IsWhite(LightColor color) => ColorConversion.ToRgb(color) is var rgb && rgb.R == rgb.G && rgb.G == rgb.B;

    /// <summary>The channels of a fixture with 0, 1 (white) or 2 (cold and warm white) channels beside red, green and blue.</summary>
    public static int[] ToChannels(LightColor color, int whites, int brightness = 255)
    {
        var rgb = ColorConversion.ToRgb(color);
        var white = whites == 0 ? 0 : Math.Min(rgb.R, Math.Min(rgb.G, rgb.B));
        int Scaled(int channel) => (int)Math.Round(channel * brightness / 255.0);
        return [Scaled(rgb.R - white), Scaled(rgb.G - white), Scaled(rgb.B - white), .. Enumerable.Repeat(Scaled(white), whites)];
    }

    /// <summary>The colour of red, green, blue and any white channels, each 0 to 255, at full brightness, and how bright they are; null when they are none or dark.</summary>
    public static (LightColor.Rgb Color, byte Brightness)? FromChannels(ReadOnlySpan<double> channels)
    {
        if (channels.Length is < 3 or > 5) return null;
        double white = 0;
        foreach (var channel in channels)
        {
            if (channel is not (>= 0 and <= 255)) return null;
        }
        foreach (var w in channels[3..]) white = Math.Max(white, w);
        double r = channels[0] + white, g = channels[1] + white, b = channels[2] + white, max = Math.Max(r, Math.Max(g, b));
        if (max <= 0) return null;
        byte Full(double c) => (byte)Math.Round(c / max * 255);
        return (new LightColor.Rgb(Full(r), Full(g), Full(b)), (byte)Math.Min(255, Math.Round(max)));
    }

    public static LightColor.Xy? FromXy(double x, double y) => x is >= 0 and <= 1 && y is >= 0 and <= 1 ? new LightColor.Xy(x, y) : null;

    public static LightColor.Hs? FromHs(double hue, double saturation) => hue is >= 0 and <= 360 && saturation is >= 0 and <= 100 ? new LightColor.Hs(hue, saturation) : null;
}
