using System.Device.Pwm;
using Gateway.Devices.Local;

namespace Gateway.Devices.Pwm;

/// <summary>A dimmable light on a hardware PWM channel; the gateway fades it.</summary>
/// <param name="open">Opens the channel; throws <see cref="LightUnavailableException"/>.</param>
/// <param name="gamma">How brightness becomes duty: duty = brightness ^ gamma. The eye wants 2 to 3, 1 is linear.</param>
/// <param name="activeLow">Whether the light is on while the output is low.</param>
/// <param name="time">The clock of fades and retries.</param>
public sealed class PwmLight(Func<PwmChannel> open, double gamma, bool activeLow, TimeProvider time)
    : LocalLight(new LightCapabilities { Brightness = true, ColorModes = [ColorMode.Brightness] }, time)
{
    /// <summary>What is lit is never darker than this share, or brightness 1 would be dark.</summary>
    private const double LeastDuty = 0.001;

    private PwmChannel? _channel;
    private double? _level;
    private bool _started;

    /// <inheritdoc />
    protected override void Open()
    {
        _channel = open();
        (_level, _started) = (null, false);
    }

    /// <inheritdoc />
    protected override ValueTask ShowAsync(LightState state, TimeSpan? transition, CancellationToken cancellationToken)
    {
        var to = state.On == true ? state.Brightness!.Value / 255.0 : 0;
        var from = _level ?? to;
        return Fade.RunAsync(Time, from == to ? null : transition, share => Write(Fade.Between(from, to, share)), cancellationToken);
    }

    /// <inheritdoc />
    protected override void Close()
    {
        _channel?.Dispose();
        _channel = null;
    }

    private void Write(double level)
    {
        var duty = level <= 0 ? 0 : Math.Max(LeastDuty, Math.Pow(level, gamma));
        _channel!.DutyCycle = activeLow ? 1 - duty : duty;
        if (!_started) _channel.Start();
        (_level, _started) = (level, true);
    }
}
