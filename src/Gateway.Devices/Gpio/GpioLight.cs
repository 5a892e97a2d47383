using System.Device.Gpio;
using Gateway.Devices.Local;

namespace Gateway.Devices.Gpio;

/// <summary>A light, or a relay, on one GPIO line. It jumps; the line is taken as it is and becomes an output with the first wish, without a glitch.</summary>
/// <param name="open">Opens the chip's driver; throws <see cref="LightUnavailableException"/>.</param>
/// <param name="line">The line's number on its chip: on a Raspberry Pi the GPIO number.</param>
/// <param name="activeLow">Whether the light is on when the line is low.</param>
/// <param name="time">The clock of retries.</param>
public sealed class GpioLight(Func<GpioDriver> open, int line, bool activeLow, TimeProvider time) : LocalLight(LightCapabilities.OnOff, time)
{
    private GpioController? _controller;
    private bool _isOutput;

    /// <inheritdoc />
    protected override void Open()
    {
        _isOutput = false;
        var controller = new GpioController(open());
        try
        {
            if (!controller.IsPinModeSupported(line, PinMode.Output)) throw new LightUnavailableException($"GPIO {line} cannot be an output: choose another pin.");
            controller.OpenPin(line);
        }
        catch
        {
            controller.Dispose();
            throw;
        }
        _controller = controller;
    }

    /// <inheritdoc />
    protected override ValueTask ShowAsync(LightState state, TimeSpan? transition, CancellationToken cancellationToken)
    {
        PinValue value = state.On == true != activeLow;
        if (_isOutput) _controller!.Write(line, value);
        else _controller!.OpenPin(line, PinMode.Output, value);
        _isOutput = true;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected override void Close()
    {
        _controller?.Dispose();
        _controller = null;
    }
}
