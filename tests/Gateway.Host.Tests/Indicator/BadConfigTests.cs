using Gateway.Host.Tests.CommandLine;

namespace Gateway.Host.Tests.Indicator;

/// <summary>What a unit starts after exit code 78.</summary>
public sealed class BadConfigTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Mistakes_are_named_beside_the_file_and_on_the_led_until_they_are_mended()
    {
        using var led = new LedFolder();
        using var gateway = new GatewayProcess($"led.output = '{led.Output}'\n");
        var good = await File.ReadAllTextAsync(gateway.Configuration);
        await File.WriteAllTextAsync(gateway.Configuration, good + "log.levle = 'debug'\nname.token = 5\n");
        var running = gateway.Begin("bad-config");
        await led.OnAsync(Patience);
        var words = await File.ReadAllTextAsync(gateway.Configuration + ".mistakes.txt");
        Assert.StartsWith("The gateway has not started: its settings file has 2 mistakes.\n", words, StringComparison.Ordinal);
        Assert.Contains($"{gateway.Configuration}:5: log.levle: there is no such key; did you mean \"log.level\"?\n", words, StringComparison.Ordinal);

        // Six flashes, then a pause longer than any between them.
        while (led.Flashes < 6) await led.OnAsync(Patience);
        Assert.Equal((0, $"{led.Output}\n", ""), await gateway.RunAsync("led-output"));

        await File.WriteAllTextAsync(gateway.Configuration, good);
        await running.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, running.ExitCode);
        Assert.False(File.Exists(gateway.Configuration + ".mistakes.txt"));
        Assert.Equal("0", await File.ReadAllTextAsync(Path.Combine(led.Folder, "brightness")));
    }

    [Fact]
    public async Task Of_a_file_that_cannot_be_read_at_all_the_led_is_the_usual_one()
    {
        using var gateway = new GatewayProcess();
        await File.WriteAllTextAsync(gateway.Configuration, "[[[");
        var (code, output, error) = await gateway.RunAsync("led-output");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"\A(none|kernel:ACT)\n\z", output);
    }
}
