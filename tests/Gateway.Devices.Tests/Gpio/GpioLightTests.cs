using System.Device.Gpio;
using Gateway.Devices.Gpio;
using Gateway.Devices.Local;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Devices.Tests.Gpio;

public sealed class GpioLightTests
{
    private static readonly LightState On = new() { On = true }, Off = new() { On = false };
    private readonly FakeTimeProvider _time = new();
    private readonly FakeGpioDriver.Board _board = new();
    private readonly HeardFeedback _heard = new();

    [Fact]
    public async Task A_line_is_taken_as_it_is_and_driven_with_the_first_wish()
    {
        await using var light = await StartAsync(activeLow: false);
        Assert.Equal([17], _board.Held);
        Assert.Empty(_board.Driven);

        await light.ApplyAsync(On, CancellationToken.None);
        await light.ApplyAsync(Off, CancellationToken.None);

        Assert.Equal([(17, PinValue.High), (17, PinValue.Low)], _board.Driven);
        Assert.Equal(new LightState { On = true, ColorMode = ColorMode.OnOff }, (await _heard.NextAsync()).Reported);
        Assert.Equal(false, (await _heard.NextAsync()).Reported!.On);
    }

    [Fact]
    public async Task An_active_low_line_never_flashes_the_other_way()
    {
        await using var light = await StartAsync(activeLow: true);
        await light.ApplyAsync(Off, CancellationToken.None);
        await light.ApplyAsync(On, CancellationToken.None);
        Assert.Equal([(17, PinValue.High), (17, PinValue.Low)], _board.Driven);
    }

    [Fact]
    public async Task A_busy_line_says_who_has_it_and_is_taken_when_it_is_free()
    {
        _board.UsedBy[17] = "spi0 CS1";
        await using var light = await StartAsync(activeLow: false);
        var (_, available, reason) = await _heard.NextAsync();
        Assert.Equal((false, "GPIO 17 is used by \"spi0 CS1\": choose another pin or free it."), (available, reason));
        var e = await Assert.ThrowsAsync<LightUnavailableException>(async () => await light.ApplyAsync(On, CancellationToken.None));
        Assert.Equal(reason, e.Message);

        _board.UsedBy.Clear();
        _time.Advance(LocalLight.PauseAfter(2));

        Assert.Equal(true, (await _heard.NextAsync()).Reported!.On); // the wish of before
        Assert.Equal(true, (await _heard.NextAsync()).Available);
        Assert.Equal([(17, PinValue.High)], _board.Driven);
    }

    [Fact]
    public async Task The_next_wish_tries_again_at_once()
    {
        _board.UsedBy[17] = "somebody";
        await using var light = await StartAsync(activeLow: false);
        _board.UsedBy.Clear();
        await light.ApplyAsync(On, CancellationToken.None);
        Assert.Equal([(17, PinValue.High)], _board.Driven);
    }

    [Fact]
    public async Task A_write_that_fails_is_not_reported_and_the_line_is_opened_anew()
    {
        await using var light = await StartAsync(activeLow: false);
        _board.IsBroken = true;
        await Assert.ThrowsAsync<LightUnavailableException>(async () => await light.ApplyAsync(On, CancellationToken.None));
        Assert.True(_heard.IsSilent);
        Assert.Empty(_board.Held);
        _board.IsBroken = false;
        await light.ApplyAsync(On, CancellationToken.None);
        Assert.Equal(true, (await _heard.NextAsync()).Reported!.On);
    }

    [Fact]
    public async Task Letting_the_light_go_frees_the_line_and_ends_the_tries()
    {
        var light = await StartAsync(activeLow: false);
        await light.DisposeAsync();
        Assert.Empty(_board.Held);
    }

    [Fact]
    public void Pauses_double_up_to_a_minute() =>
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], Enumerable.Range(1, 8).Select(n => (int)LocalLight.PauseAfter(n).TotalSeconds));

    private async Task<GpioLight> StartAsync(bool activeLow)
    {
        var light = new GpioLight(() => new FakeGpioDriver(_board), 17, activeLow, _time);
        await light.StartAsync(_heard, CancellationToken.None);
        return light;
    }
}
