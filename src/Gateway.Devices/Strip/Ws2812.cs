using System.Device.Spi;
using System.Drawing;
using Iot.Device.Graphics;
using Iot.Device.Ws28xx;

namespace Gateway.Devices.Strip;

/// <summary>
/// WS2812 pixels on an SPI bus, all in one colour, by the binding of Iot.Device.Bindings: three SPI bits of 0.417 us for each bit of the signal, 100 for a 0 and 110 for a 1.
/// The binding sends green, red, blue, as most pixels take them; for others the channels change places.
/// </summary>
public sealed class Ws2812
{
    /// <summary>The SPI clock in hertz.</summary>
    public const int ClockFrequency = 2_400_000;

    /// <summary>So many pixels of nine bytes, and the pause after them, fit into the 4096 bytes that spidev takes at once.</summary>
    public const int MostPixels = (4096 - 30) / 9;

    private const string Sent = "grb";
    private readonly Ws2812b _pixels;
    private readonly int[] _order;

    /// <summary><paramref name="count"/> pixels that take their channels in this order, such as <c>grb</c>.</summary>
    public Ws2812(SpiDevice bus, int count, string order)
    {
        if (!IsOrder(order)) throw new ArgumentException("An order names r, g and b once each.", nameof(order));
        _pixels = new Ws2812b(bus, count);
        // Where the binding sends red, this pixel takes the channel that its own order has at that place.
        _order = [.. "rgb".Select(c => "rgb".IndexOf(order[Sent.IndexOf(c, StringComparison.Ordinal)], StringComparison.Ordinal))];
    }

    /// <summary>Whether this names each channel once.</summary>
    public static bool IsOrder(string? order) => order is { Length: 3 } && order.Contains('r') && order.Contains('g') && order.Contains('b');

    /// <summary>Gives every pixel this colour and sends it.</summary>
    public void Show(byte r, byte g, byte b)
    {
        ReadOnlySpan<byte> rgb = [r, g, b];
        _pixels.Image.Clear(Color.FromArgb(rgb[_order[0]], rgb[_order[1]], rgb[_order[2]]));
        _pixels.Update();
    }
}
