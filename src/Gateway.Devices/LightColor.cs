namespace Gateway.Devices;

/// <summary>A colour as a light states it: one of the forms of Home Assistant's JSON light schema.</summary>
public abstract record LightColor
{
    private LightColor() { }

    /// <summary>CIE 1931 chromaticity, each coordinate 0 to 1.</summary>
    public sealed record Xy(double X, double Y) : LightColor;

    /// <summary>sRGB, each channel 0 to 255.</summary>
    public sealed record Rgb(byte R, byte G, byte B) : LightColor;

    /// <summary>Hue 0 to 360 degrees, saturation 0 to 100 percent.</summary>
    public sealed record Hs(double Hue, double Saturation) : LightColor;
}
