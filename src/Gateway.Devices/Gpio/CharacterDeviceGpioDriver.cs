using System.Device.Gpio;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Devices.Gpio;

/// <summary>
/// A chip's lines straight through the kernel, without libgpiod, of which each Debian has another version. Outputs and plain inputs; no events.
/// Errors are <see cref="LightUnavailableException"/>s that say what to do.
/// </summary>
public sealed class CharacterDeviceGpioDriver : GpioDriver
{
    private static ReadOnlySpan<byte> Consumer => "gateway"u8;

    private readonly GpioChip _chip;
    private readonly SafeFileHandle _file;
    private readonly Dictionary<int, (SafeFileHandle File, PinMode Mode)> _lines = [];

    /// <summary>Opens the chip.</summary>
    public CharacterDeviceGpioDriver(GpioChip chip)
    {
        ArgumentNullException.ThrowIfNull(chip);
        _chip = chip;
        _file = Kernel.Open(chip.Path, out var error) ?? throw Failed($"{chip.Path} cannot be opened", error);
    }

    /// <inheritdoc />
    protected override int PinCount => _chip.Lines;

    /// <summary>Takes the line as it is.</summary>
    protected override void OpenPin(int pinNumber)
    {
        if (pinNumber < 0 || pinNumber >= _chip.Lines) throw new LightUnavailableException($"There is no GPIO {pinNumber} on {_chip.Label}: it has 0 to {_chip.Lines - 1}.");
        var request = new Kernel.LineRequest { Lines = 1 };
        request.Offsets[0] = (uint)pinNumber;
        Consumer.CopyTo(request.Consumer);
        var error = Kernel.Control(_file, Kernel.GetLine, ref request);
        if (error == Kernel.Busy) throw new LightUnavailableException($"GPIO {pinNumber} is used by {UserOf(pinNumber)}: choose another pin or free it.");
        if (error != 0) throw Failed($"GPIO {pinNumber} cannot be used", error);
        _lines[pinNumber] = (new SafeFileHandle(request.File, ownsHandle: true), PinMode.Input);
    }

    /// <inheritdoc />
    protected override void ClosePin(int pinNumber)
    {
        if (_lines.Remove(pinNumber, out var line)) line.File.Dispose();
    }

    /// <inheritdoc />
    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => mode is PinMode.Input or PinMode.Output;

    /// <inheritdoc />
    protected override PinMode GetPinMode(int pinNumber) => _lines[pinNumber].Mode;

    /// <inheritdoc />
    protected override void SetPinMode(int pinNumber, PinMode mode) => SetPinMode(pinNumber, mode, PinValue.Low);

    /// <inheritdoc />
    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        var line = _lines[pinNumber];
        var config = new Kernel.LineConfig { Flags = mode == PinMode.Output ? Kernel.FlagOutput : Kernel.FlagInput };
        if (mode == PinMode.Output)
        {
            config.Count = 1;
            config.Attributes[0] = new Kernel.Attribute { Id = Kernel.AttributeOutputValues, Values = initialValue == PinValue.High ? 1ul : 0, Mask = 1 };
        }
        if (Kernel.Control(line.File, Kernel.SetConfig, ref config) is not 0 and var error) throw Failed($"GPIO {pinNumber} cannot be an {mode.ToString().ToLowerInvariant()}", error);
        _lines[pinNumber] = (line.File, mode);
    }

    /// <inheritdoc />
    protected override PinValue Read(int pinNumber)
    {
        var values = new Kernel.LineValues { Mask = 1 };
        if (Kernel.Control(_lines[pinNumber].File, Kernel.GetValues, ref values) is not 0 and var error) throw Failed($"GPIO {pinNumber} cannot be read", error);
        return values.Bits != 0;
    }

    /// <inheritdoc />
    protected override void Write(int pinNumber, PinValue value)
    {
        var values = new Kernel.LineValues { Bits = value == PinValue.High ? 1ul : 0, Mask = 1 };
        if (Kernel.Control(_lines[pinNumber].File, Kernel.SetValues, ref values) is not 0 and var error) throw Failed($"GPIO {pinNumber} cannot be written", error);
    }

    /// <inheritdoc />
    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc />
    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) => throw new NotSupportedException();

    /// <inheritdoc />
    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) => throw new NotSupportedException();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        foreach (var (file, _) in _lines.Values) file.Dispose();
        _lines.Clear();
        _file.Dispose();
        base.Dispose(disposing);
    }

    private string UserOf(int line)
    {
        var info = new Kernel.LineInfo { Offset = (uint)line };
        var user = Kernel.Control(_file, Kernel.GetLineInfo, ref info) == 0 ? Kernel.Text(info.Consumer) : "";
        return user.Length == 0 ? "the kernel" : $"\"{user}\"";
    }

    private LightUnavailableException Failed(string what, int error) => new(error switch
    {
        Kernel.NotPermitted or Kernel.AccessDenied => $"{what}: no permission for {_chip.Path}. Add the gateway's user to the group that owns it (gpio).",
        Kernel.Busy => $"{what}: it is in use.",
        _ => $"{what}: {Marshal.GetPInvokeErrorMessage(error)}.",
    });
}
