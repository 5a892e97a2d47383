using Gateway.Devices.Local;

namespace Gateway.Devices.KernelLed;

/// <summary>An LED that the kernel drives (https://docs.kernel.org/leds/leds-class.html), or any folder of that shape. It jumps.</summary>
/// <param name="folder">Such as <c>/sys/class/leds/ACT</c>.</param>
/// <param name="time">The clock of retries.</param>
public sealed class KernelLedLight(string folder, TimeProvider time) : LocalLight(CapabilitiesOf(folder), time)
{
    private long _max;
    private bool _triggerIsOff;

    /// <inheritdoc />
    protected override void Open()
    {
        if (!Directory.Exists(folder))
        {
            var parent = Path.GetDirectoryName(folder)!;
            string?[] others = Directory.Exists(parent) ? [.. Directory.GetFileSystemEntries(parent).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(10)] : [];
            throw new LightUnavailableException($"There is no LED {folder}" + (others.Length > 0 ? $": set led to one of {string.Join(", ", others)}." : "."));
        }
        _max = Sysfs.ReadNumber(Path.Combine(folder, "max_brightness"));
        _triggerIsOff = false;
    }

    /// <inheritdoc />
    protected override ValueTask ShowAsync(LightState state, TimeSpan? transition, CancellationToken cancellationToken)
    {
        // A trigger (heartbeat, mmc0) would go on changing it. Not every folder of this shape has one.
        var trigger = Path.Combine(folder, "trigger");
        if (!_triggerIsOff && File.Exists(trigger) && !Sysfs.Read(trigger).Contains("[none]", StringComparison.Ordinal)) Sysfs.Write(trigger, "none");
        _triggerIsOff = true;
        var brightness = state.On == true ? Math.Max(1, (long)Math.Round((state.Brightness ?? 255) / 255.0 * _max)) : 0;
        Sysfs.Write(Path.Combine(folder, "brightness"), brightness.ToString());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected override void Close() { }

    private static LightCapabilities CapabilitiesOf(string folder)
    {
        try
        {
            if (Sysfs.ReadNumber(Path.Combine(folder, "max_brightness")) > 1) return new LightCapabilities { Brightness = true, ColorModes = [ColorMode.Brightness] };
        }
        catch (LightUnavailableException) { } // said when it is opened
        return LightCapabilities.OnOff;
    }
}
