using System.Collections.Concurrent;
using System.Device.Gpio;

namespace Gateway.Devices.Tests.Gpio;

/// <summary>The lines of one chip in memory. It remembers every level that a line was driven to.</summary>
internal sealed class FakeGpioDriver(FakeGpioDriver.Board board) : GpioDriver
{
    private readonly Dictionary<int, PinMode> _open = [];

    /// <summary>What stays when a driver is let go.</summary>
    internal sealed class Board
    {
        public ConcurrentDictionary<int, string> UsedBy { get; } = new();
        public ConcurrentQueue<(int Line, PinValue Value)> Driven { get; } = new();
        public HashSet<int> Held { get; } = [];
        public bool IsBroken { get; set; }
    }

    protected override int PinCount => 54;

    protected override void OpenPin(int pinNumber)
    {
        if (board.UsedBy.TryGetValue(pinNumber, out var user)) throw new LightUnavailableException($"GPIO {pinNumber} is used by \"{user}\": choose another pin or free it.");
        lock (board.Held) board.Held.Add(pinNumber);
        _open[pinNumber] = PinMode.Input;
    }

    protected override void ClosePin(int pinNumber)
    {
        lock (board.Held) board.Held.Remove(pinNumber);
        _open.Remove(pinNumber);
    }

    protected override void SetPinMode(int pinNumber, PinMode mode) => _open[pinNumber] = mode;

    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        _open[pinNumber] = mode;
        Write(pinNumber, initialValue);
    }

    protected override PinMode GetPinMode(int pinNumber) => _open[pinNumber];
    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;
    protected override PinValue Read(int pinNumber) => board.Driven.Last(d => d.Line == pinNumber).Value;

    protected override void Write(int pinNumber, PinValue value)
    {
        if (board.IsBroken) throw new IOException("Input/output error");
        Assert.Equal(PinMode.Output, _open[pinNumber]);
        board.Driven.Enqueue((pinNumber, value));
    }

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();
    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) => throw new NotSupportedException();
    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) => throw new NotSupportedException();
}
