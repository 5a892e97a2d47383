using System.Device.Spi;
using Gateway.Devices.Local;

namespace Gateway.Devices.Strip;

/// <summary>A strip of WS2812 pixels on an SPI bus, all in one colour; the gateway fades it.</summary>
/// <param name="open">Opens the bus with the clock of <see cref="Ws2812.ClockFrequency"/>; throws <see cref="LightUnavailableException"/>.</param>
/// <param name="count">How many pixels.</param>
/// <param name="order">In which order a pixel takes its channels: <c>grb</c>, <c>rgb</c> and so on.</param>
/// <param name="gamma">How a channel becomes light: duty = channel ^ gamma.</param>
/// <param name="time">The clock of fades and retries.</param>
public sealed class StripLight(Func<SpiDevice> open, int count, string order, double gamma, TimeProvider time)
    : LocalLight(new LightCapabilities { Brightness = true, ColorModes = [ColorMode.Rgb, ColorMode.ColorTemp], ColorTemp = new ColorTempRange(153, 500) }, time)
{
    private SpiDevice? _bus;
    private Ws2812? _pixels;
    private (double R, double G, double B)? _shown;

    /// <inheritdoc />
    protected override void Open()
    {
        _bus = open();
        _pixels = new Ws2812(_bus, count, order);
        _shown = null;
    }

    /// <inheritdoc />
    protected override ValueTask ShowAsync(LightState state, TimeSpan? transition, CancellationToken cancellationToken)
    {
        var to = Light(state);
        var from = _shown ?? to;
        return Fade.RunAsync(Time, from == to ? null : transition, share => Write((
            Fade.Between(from.R, to.R, share), Fade.Between(from.G, to.G, share), Fade.Between(from.B, to.B, share))), cancellationToken);
    }

    /// <inheritdoc />
    protected override void Close()
    {
        _bus?.Dispose();
        _bus = null;
    }

    private static (double R, double G, double B) Light(LightState state)
    {
        if (state.On != true) return default;
        var color = ColorConversion.ToRgb(state.Color ?? ColorConversion.FromMireds(state.ColorTemp!.Value));
        var brightness = state.Brightness!.Value / 255.0;
        return (color.R / 255.0 * brightness, color.G / 255.0 * brightness, color.B / 255.0 * brightness);
    }

    private void Write((double R, double G, double B) light)
    {
        _pixels!.Show(Channel(light.R), Channel(light.G), Channel(light.B));
        _shown = light;
    }

    private byte Channel(double level) => level <= 0 ? (byte)0 : (byte)Math.Max(1, Math.Round(255 * Math.Pow(level, gamma)));
}
