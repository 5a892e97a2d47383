using Gateway.Host.Tests.CommandLine;

namespace Gateway.Host.Tests.Indicator;

/// <summary>What becomes of the LED, read from outside, when a process dies or the keeper hangs.</summary>
public sealed class DeathTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Contract = TimeSpan.FromSeconds(30), Patience = TimeSpan.FromSeconds(60);
    private readonly LedFolder _led = new();

    public void Dispose() => _led.Dispose();

    [Fact]
    public async Task A_killed_gateway_is_dark_at_once_and_leaves_no_keeper()
    {
        using var gateway = Gateway();
        var running = gateway.Begin("led-show", "verified");
        await _led.OnAsync(Patience);
        using var keeper = await Keepers.OfAsync(running);
        running.Kill();
        await DarkAsync("killed");
        await keeper.WaitForExitAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_gateway_that_is_told_to_stop_leaves_darkness()
    {
        using var gateway = Gateway();
        var running = await gateway.StartAsync(); // whatever it shows
        await _led.OnAsync(Patience);
        Assert.Equal(0, await GatewayProcess.EndAsync(running, "TERM"));
        Assert.Equal("0", await File.ReadAllTextAsync(Path.Combine(_led.Folder, "brightness")));
    }

    [Fact]
    public async Task A_running_gateway_that_is_killed_is_dark()
    {
        using var gateway = Gateway();
        var running = await gateway.StartAsync();
        await _led.OnAsync(Patience);
        running.Kill();
        await DarkAsync("killed");
    }

    [Fact]
    public async Task A_lost_keeper_is_darkness_and_then_another_keeper()
    {
        using var gateway = Gateway();
        var running = gateway.Begin("led-show", "verified");
        await _led.OnAsync(Patience);
        using (var keeper = await Keepers.OfAsync(running)) keeper.Kill();
        await _led.OffAsync(Contract);
        await _led.OnAsync(Patience);
        Assert.Equal(2, _led.Flashes);
    }

    [Fact]
    public async Task A_keeper_that_hangs_is_ended_the_led_dark_and_then_another_comes()
    {
        using var gateway = Gateway();
        var running = gateway.Begin("led-show", "verified");
        await _led.OnAsync(Patience);
        using var keeper = await Keepers.OfAsync(running);
        await GatewayProcess.SignalAsync(keeper, "STOP");
        output.WriteLine($"dark {(await _led.OffAsync(Contract)).TotalSeconds:0.0} s after the keeper hung");
        await keeper.WaitForExitAsync().WaitAsync(Patience);
        await _led.OnAsync(Patience);
    }

    private async Task DarkAsync(string what) => output.WriteLine($"dark {(await _led.DarkAsync(Contract)).TotalSeconds:0.000} s after it was {what}");

    private GatewayProcess Gateway() => new($"led.output = '{_led.Output}'\n");
}
