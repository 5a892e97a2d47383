using System.Device.Pwm;
using Gateway.Devices.Local;

namespace Gateway.Devices.Pwm;

/// <summary>
/// A hardware PWM channel through the kernel's folder (https://docs.kernel.org/driver-api/pwm.html#using-pwms-with-the-sysfs-interface).
/// Unlike System.Device.Pwm's own it takes any folder of that shape, and leaves the output as it is when it is opened and when it is let go.
/// </summary>
public sealed class SysfsPwmChannel : PwmChannel
{
    private readonly string _folder;
    private readonly int _frequency;
    private readonly long _period; // nanoseconds

    /// <summary>Opens a channel of a chip's folder such as <c>/sys/class/pwm/pwmchip0</c>; <paramref name="frequency"/> in hertz.</summary>
    public SysfsPwmChannel(string chip, int channel, int frequency)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frequency);
        if (!Directory.Exists(chip)) throw new LightUnavailableException($"There is no PWM chip {chip}: switch it on with dtoverlay=pwm in config.txt and restart.");
        if (Sysfs.ReadNumber(Path.Combine(chip, "npwm")) is var count && channel >= count) throw new LightUnavailableException($"{chip} has no channel {channel}: it has 0 to {count - 1}.");
        _folder = Path.Combine(chip, $"pwm{channel}");
        _frequency = frequency;
        _period = 1_000_000_000L / frequency;
        if (!Directory.Exists(_folder)) Sysfs.Write(Path.Combine(chip, "export"), channel.ToString());
        if (Sysfs.ReadNumber(Path.Combine(_folder, "period")) == _period) return;
        // A period below the duty cycle is refused, so that goes first.
        if (Sysfs.ReadNumber(Path.Combine(_folder, "duty_cycle")) > _period) Sysfs.Write(Path.Combine(_folder, "duty_cycle"), "0");
        Sysfs.Write(Path.Combine(_folder, "period"), _period.ToString());
    }

    /// <inheritdoc />
    public override int Frequency { get => _frequency; set => throw new NotSupportedException(); }

    /// <summary>The share of each period in which the output is high, 0 to 1.</summary>
    public override double DutyCycle
    {
        get => (double)Sysfs.ReadNumber(Path.Combine(_folder, "duty_cycle")) / _period;
        set => Sysfs.Write(Path.Combine(_folder, "duty_cycle"), ((long)Math.Round(Math.Clamp(value, 0, 1) * _period)).ToString());
    }

    /// <inheritdoc />
    public override void Start() => Sysfs.Write(Path.Combine(_folder, "enable"), "1");

    /// <inheritdoc />
    public override void Stop() => Sysfs.Write(Path.Combine(_folder, "enable"), "0");
}
