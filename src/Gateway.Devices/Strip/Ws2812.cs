namespace Gateway.Devices.Strip;

/// <summary>
/// The signal of WS2812 pixels as bytes for an SPI bus. The data sheet wants 1.25 us a bit, 0.4 us high for a 0 and 0.8 us for a 1 (each +-0.15 us):
/// three SPI bits of 0.417 us each, 100 for a 0 and 110 for a 1. A low of 280 us or more (later revisions; 50 us in the first) ends the frame.
/// </summary>
public sealed class Ws2812
{
    /// <summary>The SPI clock in hertz.</summary>
    public const int ClockFrequency = 2_400_000;

    /// <summary>So many pixels fit into the 4096 bytes that spidev takes at once.</summary>
    public const int MostPixels = (4096 - Lead - Reset) / BytesPerPixel;

    private const int BytesPerPixel = 9;
    private const int Lead = 1;   // the line may idle high before the first transfer
    private const int Reset = 90; // 300 us

    private readonly byte[] _bytes;
    private readonly int[] _order;

    /// <summary>A frame of <paramref name="count"/> pixels that take their channels in this order, such as <c>grb</c>.</summary>
    public Ws2812(int count, string order)
    {
        if (!IsOrder(order)) throw new ArgumentException("An order names r, g and b once each.", nameof(order));
        _bytes = new byte[Lead + count * BytesPerPixel + Reset];
        _order = [.. order.Select(c => "rgb".IndexOf(c, StringComparison.Ordinal))];
    }

    /// <summary>What goes to the bus.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Whether this names each channel once.</summary>
    public static bool IsOrder(string? order) => order is { Length: 3 } && order.Contains('r') && order.Contains('g') && order.Contains('b');

    /// <summary>Gives every pixel this colour.</summary>
    public void Fill(byte r, byte g, byte b)
    {
        ReadOnlySpan<byte> rgb = [r, g, b];
        var pixels = _bytes.AsSpan(Lead, _bytes.Length - Lead - Reset);
        for (var channel = 0; channel < 3; channel++) Encode(rgb[_order[channel]], pixels[(3 * channel)..]);
        for (var at = BytesPerPixel; at < pixels.Length; at += BytesPerPixel) pixels[..BytesPerPixel].CopyTo(pixels[at..]);
    }

    private static void Encode(byte value, Span<byte> into)
    {
        var bits = 0;
        for (var bit = 7; bit >= 0; bit--) bits = (bits << 3) | ((value >> bit & 1) == 1 ? 0b110 : 0b100);
        (into[0], into[1], into[2]) = ((byte)(bits >> 16), (byte)(bits >> 8), (byte)bits);
    }
}
