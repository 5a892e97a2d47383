namespace Gateway.Devices;

/// <summary>Conversions between the forms in which lights state colours.</summary>
public static class ColorConversion
{
    // IEC 61966-2-1 (sRGB), D65 white.
    /// <summary>The chromaticity of a colour; black is the white point.</summary>
    public static LightColor.Xy ToXy(LightColor color)
    {
        ArgumentNullException.ThrowIfNull(color);
        if (color is LightColor.Xy xy) return xy;
        var rgb = ToRgb(color);
        double r = Linear(rgb.R), g = Linear(rgb.G), b = Linear(rgb.B);
        var x = 0.4124564 * r + 0.3575761 * g + 0.1804375 * b;
        var y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b;
        var z = 0.0193339 * r + 0.1191920 * g + 0.9503041 * b;
        var sum = x + y + z;
        return sum <= 0 ? new LightColor.Xy(0.3127, 0.3290) : new LightColor.Xy(Math.Round(x / sum, 4), Math.Round(y / sum, 4));
    }

    /// <summary>The colour in sRGB at full brightness.</summary>
    public static LightColor.Rgb ToRgb(LightColor color) => color switch
    {
        LightColor.Rgb rgb => rgb,
        LightColor.Hs hs => FromHs(hs),
        LightColor.Xy xy => FromXy(xy),
        _ => throw new ArgumentOutOfRangeException(nameof(color)),
    };

    /// <summary>The colour as hue and saturation, each to a hundredth.</summary>
    public static LightColor.Hs ToHs(LightColor color)
    {
        if (color is LightColor.Hs hs) return hs;
        var rgb = ToRgb(color);
        int max = Math.Max(rgb.R, Math.Max(rgb.G, rgb.B)), min = Math.Min(rgb.R, Math.Min(rgb.G, rgb.B));
        if (max == min) return new LightColor.Hs(0, 0);
        double range = max - min;
        var sixth = max == rgb.R ? (rgb.G - rgb.B) / range : max == rgb.G ? 2 + (rgb.B - rgb.R) / range : 4 + (rgb.R - rgb.G) / range;
        return new LightColor.Hs(Math.Round((sixth + 6) % 6 * 60, 2), Math.Round(100 * range / max, 2));
    }

    /// <summary>The colour in another form: <paramref name="mode"/> is xy, rgb or hs.</summary>
    public static LightColor To(LightColor color, ColorMode mode) => mode switch
    {
        ColorMode.Xy => ToXy(color),
        ColorMode.Rgb => ToRgb(color),
        ColorMode.Hs => ToHs(color),
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };

    /// <summary>Mireds of a colour temperature in kelvin, and kelvin of mireds: the same division (CIE: 1 mired = 1,000,000 / K).</summary>
    public static int MiredsOrKelvin(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        return (int)Math.Round(1_000_000.0 / value);
    }

    /// <summary>
    /// The chromaticity of a black body of this temperature, 40 to 600 mireds (beyond: the nearest of these): the cubic approximation of the
    /// Planckian locus by Kim et al., US patent 7024034, within 0.001 of the CIE's tables.
    /// </summary>
    public static LightColor.Xy FromMireds(int mireds)
    {
        var t = 1_000_000.0 / Math.Clamp(mireds, 40, 599.88); // 25,000 K to 1,667 K, where the approximation holds
        double t2 = t * t, t3 = t2 * t;
        var x = t <= 4000
            ? -0.2661239e9 / t3 - 0.2343589e6 / t2 + 0.8776956e3 / t + 0.179910
            : -3.0258469e9 / t3 + 2.1070379e6 / t2 + 0.2226347e3 / t + 0.240390;
        double x2 = x * x, x3 = x2 * x;
        var y = t switch
        {
            <= 2222 => -1.1063814 * x3 - 1.34811020 * x2 + 2.18555832 * x - 0.20219683,
            <= 4000 => -0.9549476 * x3 - 1.37418593 * x2 + 2.09137015 * x - 0.16748867,
            _ => 3.0817580 * x3 - 5.87338670 * x2 + 3.75112997 * x - 0.37001483,
        };
        return new LightColor.Xy(Math.Round(x, 4), Math.Round(y, 4));
    }

    /// <summary>Whether two colours look the same within the rounding of a fixture.</summary>
    public static bool AreNear(LightColor a, LightColor b)
    {
        LightColor.Xy one = ToXy(a), other = ToXy(b);
        return Math.Abs(one.X - other.X) <= 0.02 && Math.Abs(one.Y - other.Y) <= 0.02;
    }

    private static LightColor.Rgb FromHs(LightColor.Hs hs)
    {
        double s = hs.Saturation / 100, h = hs.Hue % 360 / 60;
        double F(double n)
        {
            var k = (n + h) % 6;
            return 1 - s * Math.Max(0, Math.Min(Math.Min(k, 4 - k), 1));
        }
        return new LightColor.Rgb(Byte(F(5)), Byte(F(3)), Byte(F(1)));
    }

    private static LightColor.Rgb FromXy(LightColor.Xy xy)
    {
        if (xy.Y <= 0) return new LightColor.Rgb(0, 0, 255);
        double bigX = xy.X / xy.Y, bigZ = (1 - xy.X - xy.Y) / xy.Y;
        var r = 3.2404542 * bigX - 1.5371385 - 0.4985314 * bigZ;
        var g = -0.9692660 * bigX + 1.8760108 + 0.0415560 * bigZ;
        var b = 0.0556434 * bigX - 0.2040259 + 1.0572252 * bigZ;
        var max = Math.Max(r, Math.Max(g, b));
        return max <= 0
            ? new LightColor.Rgb(0, 0, 0)
            : new LightColor.Rgb(Byte(Companded(r / max)), Byte(Companded(g / max)), Byte(Companded(b / max)));
    }

    private static double Linear(byte channel)
    {
        var c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static double Companded(double linear) =>
        linear <= 0.0031308 ? 12.92 * Math.Max(0, linear) : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;

    private static byte Byte(double unit) => (byte)Math.Round(Math.Clamp(unit, 0, 1) * 255);
}
