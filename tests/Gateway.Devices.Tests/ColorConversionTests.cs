using CsCheck;

namespace Gateway.Devices.Tests;

public sealed class ColorConversionTests
{
    // IEC 61966-2-1: the primaries and the white point of sRGB.
    [Theory]
    [InlineData(255, 0, 0, 0.6400, 0.3300)]
    [InlineData(0, 255, 0, 0.3000, 0.6000)]
    [InlineData(0, 0, 255, 0.1500, 0.0600)]
    [InlineData(255, 255, 255, 0.3127, 0.3290)]
    public void The_primaries_of_srgb_have_their_published_chromaticities(byte r, byte g, byte b, double x, double y)
    {
        var xy = ColorConversion.ToXy(new LightColor.Rgb(r, g, b));
        Assert.Equal((x, y), (xy.X, xy.Y), Near(0.0002));
        Assert.Equal(new LightColor.Rgb(r, g, b), ColorConversion.ToRgb(xy));
    }

    // CIE 15: the Planckian locus; 2856 K is illuminant A.
    [Theory]
    [InlineData(2000, 0.5267, 0.4133)]
    [InlineData(2856, 0.4476, 0.4074)]
    [InlineData(4000, 0.3805, 0.3768)]
    [InlineData(5000, 0.3451, 0.3516)]
    [InlineData(6500, 0.3135, 0.3237)]
    [InlineData(10000, 0.2807, 0.2884)]
    public void Colour_temperatures_lie_on_the_planckian_locus(int kelvin, double x, double y)
    {
        var xy = ColorConversion.FromMireds(ColorConversion.MiredsOrKelvin(kelvin));
        Assert.Equal((x, y), (xy.X, xy.Y), Near(0.0015));
    }

    [Theory]
    [InlineData(153, 6536)]
    [InlineData(500, 2000)]
    [InlineData(250, 4000)]
    public void Mireds_are_a_million_divided_by_kelvin(int mireds, int kelvin)
    {
        Assert.Equal(kelvin, ColorConversion.MiredsOrKelvin(mireds));
        Assert.Equal(mireds, ColorConversion.MiredsOrKelvin(kelvin));
    }

    [Theory]
    [InlineData(0, 100, 255, 0, 0)]
    [InlineData(120, 100, 0, 255, 0)]
    [InlineData(240, 100, 0, 0, 255)]
    [InlineData(60, 100, 255, 255, 0)]
    [InlineData(30, 100, 255, 128, 0)]
    [InlineData(300, 50, 255, 128, 255)]
    [InlineData(360, 100, 255, 0, 0)]
    [InlineData(0, 0, 255, 255, 255)]
    public void Hue_and_saturation_are_the_corners_of_the_colour_wheel(double h, double s, byte r, byte g, byte b) =>
        Assert.Equal(new LightColor.Rgb(r, g, b), ColorConversion.ToRgb(new LightColor.Hs(h, s)));

    [Fact]
    public void Warm_white_is_warm_and_cold_white_is_not()
    {
        var warm = ColorConversion.ToRgb(ColorConversion.FromMireds(500));
        var cold = ColorConversion.ToRgb(ColorConversion.FromMireds(100));
        Assert.True(warm.R == 255 && warm.B < 60);
        Assert.True(cold.B == 255 && cold.R < 220);
    }

    [Fact]
    public void A_full_bright_colour_survives_every_form() => Gen.Select(Gen.Byte, Gen.Byte).Sample((a, b) =>
    {
        var rgb = new LightColor.Rgb(255, a, b);
        return Close(rgb, ColorConversion.ToRgb(ColorConversion.ToHs(rgb)), 1) && ColorConversion.AreNear(rgb, ColorConversion.ToXy(rgb)) && ColorConversion.AreNear(rgb, ColorConversion.ToHs(rgb));
    });

    [Fact]
    public void No_colour_is_too_odd_to_convert() => Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample((x, y) =>
    {
        var rgb = ColorConversion.ToRgb(new LightColor.Xy(x, y));
        var back = ColorConversion.ToXy(rgb);
        return back.X is >= 0 and <= 1 && back.Y is >= 0 and <= 1;
    });

    private static bool Close(LightColor.Rgb a, LightColor.Rgb b, int by) => Math.Abs(a.R - b.R) <= by && Math.Abs(a.G - b.G) <= by && Math.Abs(a.B - b.B) <= by;

    private static IEqualityComparer<(double, double)> Near(double by) =>
        EqualityComparer<(double, double)>.Create((a, b) => Math.Abs(a.Item1 - b.Item1) <= by && Math.Abs(a.Item2 - b.Item2) <= by, _ => 0);
}
