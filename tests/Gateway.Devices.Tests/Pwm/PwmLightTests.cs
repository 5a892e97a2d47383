using Gateway.Devices.Pwm;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Devices.Tests.Pwm;

public sealed class PwmLightTests : IDisposable
{
    private const int Period = 1_000_000; // 1 kHz in nanoseconds
    private readonly FakeTimeProvider _time = new();
    private readonly TemporaryFolder _sys = new();
    private readonly HeardFeedback _heard = new();

    public PwmLightTests()
    {
        _sys.Write("pwmchip2/npwm", "4\n");
        _sys.Write("pwmchip2/export", "");
        foreach (var (file, value) in new[] { ("period", "0"), ("duty_cycle", "0"), ("enable", "0"), ("polarity", "normal") }) _sys.Write("pwmchip2/pwm1/" + file, value + "\n");
    }

    public void Dispose() => _sys.Dispose();

    private long Duty => long.Parse(_sys.Read("pwmchip2/pwm1/duty_cycle"));

    [Fact]
    public async Task Brightness_becomes_duty_by_gamma_and_the_output_is_switched_on_once()
    {
        await using var light = await StartAsync(gamma: 2);
        Assert.Equal(Period, long.Parse(_sys.Read("pwmchip2/pwm1/period")));
        Assert.Equal("0", _sys.Read("pwmchip2/pwm1/enable").Trim());
        await light.ApplyAsync(new LightState { On = true, Brightness = 51 }, CancellationToken.None); // a fifth, squared
        Assert.Equal((Period / 25, "1"), (Duty, _sys.Read("pwmchip2/pwm1/enable")));
        await light.ApplyAsync(new LightState { On = true, Brightness = 255 }, CancellationToken.None);
        Assert.Equal(Period, Duty);
        await light.ApplyAsync(new LightState { On = false, Brightness = 255 }, CancellationToken.None);
        Assert.Equal(0, Duty);
        await light.ApplyAsync(new LightState { On = true, Brightness = 1 }, CancellationToken.None);
        Assert.Equal(Period / 1000, Duty); // never dark while it is on
    }

    [Fact]
    public async Task An_active_low_output_is_turned_round()
    {
        await using var light = await StartAsync(gamma: 1, activeLow: true);
        await light.ApplyAsync(new LightState { On = true, Brightness = 51 }, CancellationToken.None);
        Assert.Equal(Period * 4 / 5, Duty);
    }

    [Fact]
    public async Task Switched_on_with_no_brightness_it_reports_what_it_does()
    {
        await using var light = await StartAsync();
        await light.ApplyAsync(new LightState { On = true }, CancellationToken.None);
        Assert.Equal(new LightState { On = true, Brightness = 255, ColorMode = ColorMode.Brightness }, (await _heard.NextAsync()).Reported);
    }

    [Fact]
    public async Task A_transition_fades_and_a_new_wish_goes_on_from_where_it_is()
    {
        await using var light = await StartAsync(gamma: 1);
        await light.ApplyAsync(new LightState { On = false }, CancellationToken.None);
        await _heard.NextAsync();
        using var cancel = new CancellationTokenSource();
        var up = light.ApplyAsync(new LightState { On = true, Brightness = 255, Transition = TimeSpan.FromSeconds(10) }, cancel.Token).AsTask();
        await AdvanceUntilAsync(() => Duty >= Period / 2);
        Assert.True(_heard.IsSilent); // nothing is reported half-way
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => up);
        var half = Duty;

        var down = light.ApplyAsync(new LightState { On = false, Transition = TimeSpan.FromSeconds(10) }, CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.InRange(Duty, half - Period / 50, half);
        await AdvanceUntilAsync(() => down.IsCompleted);
        Assert.Equal(0, Duty);
        Assert.Equal((false, (TimeSpan?)null), ((await _heard.NextAsync()).Reported is { } r ? (r.On, r.Transition) : (null, null)));
    }

    [Theory]
    [InlineData("pwmchip9", 1, "There is no PWM chip")]
    [InlineData("pwmchip2", 7, "has no channel 7")]
    [InlineData("pwmchip2", 3, "There is no")] // exported, but the kernel has made no folder yet
    public async Task What_is_missing_is_said_in_words(string chip, int channel, string words)
    {
        await using var light = new PwmLight(() => new Hardware { PwmChips = _sys.Path }.Pwm(chip, channel, 1000), 2.2, false, _time);
        await light.StartAsync(_heard, CancellationToken.None);
        Assert.Contains(words, (await _heard.NextAsync()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chip_is_found_by_its_number_and_by_the_name_of_its_device()
    {
        Directory.CreateDirectory(_sys["devices", "1f00098000.pwm"]);
        Directory.CreateSymbolicLink(_sys["pwmchip2", "device"], _sys["devices", "1f00098000.pwm"]);
        foreach (var chip in new[] { "2", "pwmchip2", "1f00098000.pwm", _sys["pwmchip2"] })
        {
            using var channel = new Hardware { PwmChips = _sys.Path }.Pwm(chip, 1, 1000);
            channel.DutyCycle = 0.5;
            Assert.Equal(Period / 2, Duty);
        }
        await Task.CompletedTask;
    }

    private async Task<PwmLight> StartAsync(double gamma = 2.2, bool activeLow = false)
    {
        var light = new PwmLight(() => new Hardware { PwmChips = _sys.Path }.Pwm("2", 1, 1000), gamma, activeLow, _time);
        await light.StartAsync(_heard, CancellationToken.None);
        return light;
    }

    private async Task AdvanceUntilAsync(Func<bool> done)
    {
        for (var i = 0; i < 10_000 && !done(); i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }
        Assert.True(done());
    }
}
