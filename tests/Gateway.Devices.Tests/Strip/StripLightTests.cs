using System.Device.Spi;
using Gateway.Devices.Strip;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Devices.Tests.Strip;

public sealed class StripLightTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeSpiDevice _bus = new();
    private readonly HeardFeedback _heard = new();

    [Fact]
    public async Task Every_pixel_shows_the_colour_in_its_own_order()
    {
        await using var light = await StartAsync();
        await light.ApplyAsync(new LightState { On = true, Brightness = 255, Color = new LightColor.Rgb(255, 128, 0) }, CancellationToken.None);
        Assert.Equal([(255, 128, 0), (255, 128, 0), (255, 128, 0)], _bus.Pixels());
        await light.ApplyAsync(new LightState { On = false }, CancellationToken.None);
        Assert.Equal([(0, 0, 0), (0, 0, 0), (0, 0, 0)], _bus.Pixels());
    }

    [Fact]
    public async Task Brightness_dims_the_colour_and_white_has_a_temperature()
    {
        await using var light = await StartAsync();
        await light.ApplyAsync(new LightState { On = true, Brightness = 128, Color = new LightColor.Rgb(255, 0, 255) }, CancellationToken.None);
        Assert.Equal((128, 0, 128), _bus.Pixels()[0]);
        await light.ApplyAsync(new LightState { On = true, Brightness = 255, ColorTemp = 500 }, CancellationToken.None);
        var (r, g, b) = _bus.Pixels()[0];
        Assert.True(r == 255 && g is > 120 and < 150 && b < 60, $"{r} {g} {b}");
    }

    [Fact]
    public async Task Switched_on_without_a_colour_it_is_warm_white_and_says_so()
    {
        await using var light = await StartAsync();
        await light.ApplyAsync(new LightState { On = true }, CancellationToken.None);
        Assert.Equal(new LightState { On = true, Brightness = 255, ColorTemp = 370, ColorMode = ColorMode.ColorTemp }, (await _heard.NextAsync()).Reported);
    }

    [Fact]
    public async Task A_transition_passes_through_the_colours_between()
    {
        await using var light = await StartAsync();
        await light.ApplyAsync(new LightState { On = true, Brightness = 255, Color = new LightColor.Rgb(255, 0, 0) }, CancellationToken.None);
        var fade = light.ApplyAsync(new LightState { On = true, Brightness = 255, Color = new LightColor.Rgb(0, 0, 255), Transition = TimeSpan.FromSeconds(1) }, CancellationToken.None).AsTask();
        var seen = new List<int>();
        for (var i = 0; i < 10_000 && !fade.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(20));
            seen.Add(_bus.Pixels()[0].B);
            await Task.Yield();
        }
        await fade;
        Assert.Equal((0, 0, 255), _bus.Pixels()[0]);
        Assert.Equal(seen.Order(), seen);
        Assert.Contains(seen, b => b is > 100 and < 155);
    }

    [Fact]
    public void Bits_are_three_bits_long_and_the_frame_ends_low()
    {
        new Ws2812(_bus, 1, "rgb").Show(0b1010_0000, 0, 0);
        Assert.Equal((byte[])[0b110_100_11, 0b0_100_100_1, 0b00_100_100], _bus.Last[..3]);
        Assert.All(_bus.Last[9..], b => Assert.Equal(0, b));
        Assert.True(_bus.Last[9..].Length * 8 / (double)Ws2812.ClockFrequency >= 50e-6);
        new Ws2812(_bus, Ws2812.MostPixels, "grb").Show(1, 2, 3);
        Assert.InRange(_bus.Last.Length, 4000, 4096);
    }

    [Theory]
    [InlineData("rgb", 1, 2, 3)]
    [InlineData("grb", 2, 1, 3)]
    [InlineData("brg", 3, 1, 2)]
    [InlineData("gbr", 2, 3, 1)]
    public void The_channels_go_out_in_the_order_in_which_the_pixel_takes_them(string order, params int[] sent)
    {
        new Ws2812(_bus, 1, order).Show(1, 2, 3);
        var (second, first, third) = _bus.Pixels()[0]; // read as green, red, blue
        Assert.Equal(sent, (int[])[first, second, third]);
    }

    [Theory]
    [InlineData("rgb", true)]
    [InlineData("bgr", true)]
    [InlineData("rgbw", false)]
    [InlineData("rrr", false)]
    [InlineData(null, false)]
    public void An_order_names_each_channel_once(string? order, bool right) => Assert.Equal(right, Ws2812.IsOrder(order));

    [Fact]
    public async Task A_missing_bus_is_said_in_words()
    {
        using var dev = new TemporaryFolder();
        await using var light = new StripLight(() => new Hardware { Devices = dev.Path }.Spi(0), 3, "grb", 1, _time);
        await light.StartAsync(_heard, CancellationToken.None);
        Assert.Contains("dtparam=spi=on", (await _heard.NextAsync()).Reason, StringComparison.Ordinal);
    }

    private async Task<StripLight> StartAsync()
    {
        var light = new StripLight(() => _bus, 3, "grb", gamma: 1, _time);
        await light.StartAsync(_heard, CancellationToken.None);
        return light;
    }

    /// <summary>Reads the signal as pixels do.</summary>
    private sealed class FakeSpiDevice : SpiDevice
    {
        public byte[] Last { get; private set; } = [];

        public override SpiConnectionSettings ConnectionSettings { get; } = new(0, 0);

        public override void Write(ReadOnlySpan<byte> buffer) => Last = buffer.ToArray();
        public override void Read(Span<byte> buffer) => throw new NotSupportedException();
        public override void TransferFullDuplex(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => throw new NotSupportedException();

        public List<(int R, int G, int B)> Pixels()
        {
            var bits = string.Concat(Last.Select(b => b.ToString("b8")));
            var values = new List<int>();
            for (var at = 0; at + 24 <= bits.Length && bits.AsSpan(at, 24).ContainsAnyExcept('0'); at += 24)
                values.Add(Enumerable.Range(0, 8).Aggregate(0, (v, i) => v << 1 | bits.Substring(at + 3 * i, 3) switch { "110" => 1, "100" => 0, var odd => throw new FormatException(odd) }));
            return [.. values.Chunk(3).Select(p => (p[1], p[0], p[2]))];
        }
    }
}
