using Gateway.Devices.Simulated;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Devices.Tests.Simulated;

public sealed class SimulatedLightTests
{
    private static readonly LightState On = new() { On = true };
    private readonly FakeTimeProvider _time = new();
    private readonly HeardFeedback _heard = new();

    [Fact]
    public async Task It_does_and_reports_what_it_is_asked()
    {
        var light = await StartAsync(Misbehaviour.None);
        await light.ApplyAsync(On, CancellationToken.None);
        Assert.Equal((true, 1.0), ((await _heard.NextAsync()).Reported!.On, light.Level));
    }

    [Fact]
    public async Task It_can_swallow_commands()
    {
        var light = await StartAsync(Misbehaviour.Swallow);
        await light.ApplyAsync(On, CancellationToken.None);
        Assert.True(_heard.IsSilent);
    }

    [Fact]
    public async Task It_can_be_slow()
    {
        var light = await StartAsync(Misbehaviour.Slow);
        var applied = light.ApplyAsync(On, CancellationToken.None).AsTask();
        Assert.False(applied.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(3));
        await applied.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(true, (await _heard.NextAsync()).Reported!.On);
    }

    [Fact]
    public async Task It_can_be_unavailable()
    {
        await StartAsync(Misbehaviour.Unavailable);
        Assert.Equal(false, (await _heard.NextAsync()).Available);
    }

    private async Task<SimulatedLight> StartAsync(Misbehaviour misbehaviour)
    {
        var light = new SimulatedLight(LightCapabilities.OnOff, _time, misbehaviour);
        await light.StartAsync(_heard, CancellationToken.None);
        return light;
    }
}
