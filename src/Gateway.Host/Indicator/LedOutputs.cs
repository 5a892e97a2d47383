using Gateway.Devices;

namespace Gateway.Host.Indicator;

/// <summary>Opens what <c>led.output</c> names.</summary>
internal static class LedOutputs
{
    /// <summary>No output shows anything longer than this without being fed: with the kernel's rounding and a slow machine darkness still comes within 30 s.</summary>
    public static readonly TimeSpan LongestUnfed = TimeSpan.FromSeconds(24);

    /// <summary>A new pattern starts after this much darkness, so that nobody counts the flashes of two together.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Opens an output that <see cref="IndicatorSettings"/> has checked. Throws <see cref="LightUnavailableException"/>, whose words say what to do.</summary>
    public static async Task<ILedOutput> OpenAsync(string output, Hardware hardware, OwnProgram program, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (output.Split(':', 2) is not ["kernel", var name]) return await LedKeeper.StartAsync(output, hardware, program, time, cancellationToken);
        var folder = KernelFolder(hardware, name);
        // Best is the kernel itself; where it cannot draw, a keeper does, with what the kernel has.
        return KernelPatternLed.TryOpen(folder, time, logger) as ILedOutput ?? await LedKeeper.StartAsync("kernel:" + folder, hardware, program, time, cancellationToken);
    }

    /// <summary>The folder of a kernel LED. Older Raspberry Pi kernels say led0 for ACT and led1 for PWR.</summary>
    public static string KernelFolder(Hardware hardware, string name)
    {
        var folder = Path.Combine(hardware.Leds, name);
        var older = name switch { "ACT" => "led0", "PWR" => "led1", _ => null };
        if (older is not null && !Directory.Exists(folder) && Directory.Exists(Path.Combine(hardware.Leds, older))) return Path.Combine(hardware.Leds, older);
        if (Directory.Exists(folder)) return folder;
        string?[] others = Directory.Exists(hardware.Leds) ? [.. Directory.GetFileSystemEntries(hardware.Leds).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(10)] : [];
        throw new LightUnavailableException(others.Length == 0 ? $"This machine has no LED {folder}." : $"There is no LED {folder}; there are {string.Join(", ", others)}.");
    }
}
