using Gateway.Host.Tests.CommandLine;

namespace Gateway.Host.Tests.Indicator;

/// <summary>A gateway that hangs (SIGSTOP) claims nothing after 30 s: the LED is read from outside the process. Takes as long as it must.</summary>
public sealed class HangTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Contract = TimeSpan.FromSeconds(30), Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Each_claim_is_dark_within_thirty_seconds_of_a_hang()
    {
        // At once: each takes 24 s.
        var took = await Task.WhenAll(new[] { "verified", "attention", "believed", "setup" }.Select(HangAsync));
        output.WriteLine(string.Join(", ", took.Select(t => $"{t.TotalSeconds:0.0} s")));
        Assert.All(took, t => Assert.True(t < Contract));
    }

    private static async Task<TimeSpan> HangAsync(string pattern)
    {
        using var led = new LedFolder();
        using var gateway = new GatewayProcess($"led.output = '{led.Output}'\n");
        var running = gateway.Begin("led-show", pattern);
        await led.OnAsync(Patience);
        await GatewayProcess.SignalAsync(running, "STOP");
        return await led.DarkAsync(Contract);
    }
}
