using Gateway.Devices.KernelLed;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Devices.Tests.KernelLed;

public sealed class KernelLedLightTests : IDisposable
{
    private readonly TemporaryFolder _leds = new();
    private readonly HeardFeedback _heard = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _leds.Dispose();

    [Fact]
    public async Task It_takes_the_led_from_its_trigger_and_scales_to_its_range()
    {
        Led("ACT", max: 127, "none heartbeat [mmc0]");
        await using var light = await StartAsync("ACT");
        Assert.True(light.Capabilities.Brightness);
        Assert.Equal("none heartbeat [mmc0]", _leds.Read("ACT/trigger")); // until somebody asks
        await light.ApplyAsync(new LightState { On = true, Brightness = 255 }, CancellationToken.None);
        Assert.Equal(("127", "none"), (_leds.Read("ACT/brightness"), _leds.Read("ACT/trigger")));
        await light.ApplyAsync(new LightState { On = true, Brightness = 1 }, CancellationToken.None);
        Assert.Equal("1", _leds.Read("ACT/brightness"));
        await light.ApplyAsync(new LightState { On = false }, CancellationToken.None);
        Assert.Equal("0", _leds.Read("ACT/brightness"));
    }

    [Fact]
    public async Task One_that_is_only_on_or_off_cannot_be_dimmed()
    {
        Led("PWR", max: 1, null);
        await using var light = await StartAsync("PWR");
        Assert.False(light.Capabilities.Brightness);
        await light.ApplyAsync(new LightState { On = true }, CancellationToken.None);
        Assert.Equal("1", _leds.Read("PWR/brightness"));
        Assert.Equal(new LightState { On = true, ColorMode = ColorMode.OnOff }, (await _heard.NextAsync()).Reported);
    }

    [Fact]
    public async Task A_missing_led_names_those_that_are_there()
    {
        Led("ACT", 255, null);
        await using var light = await StartAsync("led0");
        Assert.Contains("set led to one of ACT", (await _heard.NextAsync()).Reason, StringComparison.Ordinal);
        Led("led0", 255, null);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(true, (await _heard.NextAsync()).Available);
    }

    private async Task<KernelLedLight> StartAsync(string name)
    {
        var light = new KernelLedLight(_leds[name], _time);
        await light.StartAsync(_heard, CancellationToken.None);
        return light;
    }

    private void Led(string name, int max, string? trigger)
    {
        _leds.Write(name + "/max_brightness", max + "\n");
        _leds.Write(name + "/brightness", "0\n");
        if (trigger is not null) _leds.Write(name + "/trigger", trigger);
    }
}
