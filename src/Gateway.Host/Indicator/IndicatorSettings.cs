using System.Globalization;
using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Indicator;

/// <summary>The key below <c>[led]</c>.</summary>
internal static class IndicatorSettings
{
    /// <summary>No LED.</summary>
    public const string None = "none";

    private const string Key = "led.output", Usual = "kernel:ACT";

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(Key, SettingKind.Text, "The status LED: `kernel:NAME` (below /sys/class/leds), `gpio:LINE` (an LED between that GPIO and ground), `sysfs:/PATH` (a folder with a `brightness` file) or `none`. "
            + "When not set `kernel:ACT` where the board has it and the gateway may write it, else `none`; in the demonstration home `none`.") { Check = Check },
    ];

    /// <summary>A light on the LED's output would make it lie.</summary>
    public static IEnumerable<SettingProblem> CheckAll(Settings settings)
    {
        var output = settings.Text(Key) ?? "";
        foreach (var id in settings.Names("lights"))
        {
            var light = settings.Text($"lights.{id}.driver") switch
            {
                "gpio" when settings.Text($"lights.{id}.chip") is null => $"gpio:{settings.Integer($"lights.{id}.pin")}",
                "kernel-led" => $"kernel:{settings.Text($"lights.{id}.led")}",
                _ => null,
            };
            if (light == output) yield return new SettingProblem(Key, $"is also the output of lights.{id}: give one of them another");
        }
    }

    /// <summary>The output that is meant, also when the owner has not said.</summary>
    public static string OutputIn(Settings settings, Hardware? hardware = null) =>
        settings.Text(Key) ?? (!settings.IsDemonstration && IsWritable(hardware ?? new Hardware()) ? Usual : None);

    private static bool IsWritable(Hardware hardware)
    {
        try
        {
            var folder = LedOutputs.KernelFolder(hardware, Usual["kernel:".Length..]);
            var pattern = Path.Combine(folder, "pattern");
            using var file = new FileStream(File.Exists(pattern) ? pattern : Path.Combine(folder, "brightness"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is LightUnavailableException or IOException or UnauthorizedAccessException) { return false; }
    }

    private static string? Check(object value) => value is string text && (text == None || text.Split(':', 2) switch
    {
        ["kernel", var name] => name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or ".."),
        ["gpio", var line] => int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 1023,
        ["sysfs", var folder] => Path.IsPathRooted(folder),
        _ => false,
    })
        ? null : "must be \"kernel:NAME\" such as \"kernel:ACT\", \"gpio:LINE\" such as \"gpio:27\", \"sysfs:/PATH\" or \"none\"";
}
