using System.Device.Gpio;
using Gateway.Devices;
using Gateway.Devices.Local;

namespace Gateway.Host.Indicator;

/// <summary>An LED that only knows on and off. What it throws says what to do.</summary>
internal interface ILedSwitch : IDisposable
{
    /// <summary>Switches it.</summary>
    /// <param name="on">On or off.</param>
    /// <param name="atMost">For how long it will stay so: one that can end "on" by itself does so then.</param>
    void Set(bool on, TimeSpan atMost);
}

/// <summary>The ways to switch an LED where no kernel draws patterns.</summary>
internal static class LedSwitches
{
    /// <summary>Opens <c>gpio:LINE</c>, <c>sysfs:FOLDER</c> or <c>kernel:FOLDER</c>, and leaves it dark. Throws <see cref="LightUnavailableException"/>.</summary>
    public static ILedSwitch Open(string output, Hardware hardware)
    {
        ILedSwitch led = output.Split(':', 2) switch
        {
            ["gpio", var line] => new GpioLine(hardware.Gpio(null), int.Parse(line)),
            ["kernel", var folder] when TransientTrigger.IsIn(folder) => new TransientTrigger(folder),
            [_, var folder] => new BrightnessFile(folder),
            _ => throw new LightUnavailableException($"\"{output}\" is no LED."),
        };
        try
        {
            led.Set(false, TimeSpan.MaxValue);
            return led;
        }
        catch
        {
            led.Dispose();
            throw;
        }
    }
}

/// <summary>The <c>brightness</c> file of a folder like those below /sys/class/leds.</summary>
internal sealed class BrightnessFile : ILedSwitch
{
    private readonly string _file, _max;
    private bool? _on;

    public BrightnessFile(string folder)
    {
        _file = Path.Combine(folder, "brightness");
        var max = Path.Combine(folder, "max_brightness");
        _max = File.Exists(max) ? $"{Sysfs.ReadNumber(max)}" : "1";
        // A trigger (heartbeat, mmc0) would go on changing it.
        var trigger = Path.Combine(folder, "trigger");
        if (File.Exists(trigger) && !Sysfs.Read(trigger).Contains("[none]", StringComparison.Ordinal)) Sysfs.Write(trigger, "none");
    }

    public void Set(bool on, TimeSpan atMost)
    {
        if (_on == on) return;
        Sysfs.Write(_file, on ? _max : "0");
        _on = on;
    }

    public void Dispose() { }
}

/// <summary>An LED that the kernel switches off by itself (https://docs.kernel.org/leds/ledtrig-transient.html): not even a keeper that hangs leaves it on.</summary>
internal sealed class TransientTrigger : ILedSwitch
{
    private readonly string _activate, _duration;

    public TransientTrigger(string folder)
    {
        (_activate, _duration) = (Path.Combine(folder, "activate"), Path.Combine(folder, "duration"));
        if (!Triggers(folder).Contains("[transient]")) Sysfs.Write(Path.Combine(folder, "trigger"), "transient");
        Sysfs.Write(Path.Combine(folder, "state"), "1");
    }

    public static bool IsIn(string folder) => Triggers(folder).Any(t => t is "transient" or "[transient]");

    public void Set(bool on, TimeSpan atMost)
    {
        Sysfs.Write(_activate, "0"); // else it goes on as it was armed
        if (!on) return;
        Sysfs.Write(_duration, $"{(int)Math.Ceiling(Math.Min(atMost.TotalMilliseconds, LedOutputs.LongestUnfed.TotalMilliseconds))}");
        Sysfs.Write(_activate, "1");
    }

    public void Dispose() { }

    private static string[] Triggers(string folder) => File.Exists(Path.Combine(folder, "trigger")) ? Sysfs.Read(Path.Combine(folder, "trigger")).Split(' ') : [];
}

/// <summary>An LED between a GPIO line and ground.</summary>
internal sealed class GpioLine : ILedSwitch
{
    private readonly GpioController _controller;
    private readonly int _line;

    public GpioLine(GpioDriver driver, int line)
    {
        (_controller, _line) = (new GpioController(driver), line);
        try { _controller.OpenPin(line, PinMode.Output, PinValue.Low); }
        catch
        {
            _controller.Dispose();
            throw;
        }
    }

    public void Set(bool on, TimeSpan atMost) => _controller.Write(_line, on ? PinValue.High : PinValue.Low);

    public void Dispose() => _controller.Dispose();
}
