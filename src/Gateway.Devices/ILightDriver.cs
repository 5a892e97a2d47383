namespace Gateway.Devices;

/// <summary>What a driver tells about its light, at any time and from any thread.</summary>
public interface ILightFeedback
{
    /// <summary>The fixture says that it is in this state. What it does not say stays as it was.</summary>
    void Report(LightState state);

    /// <summary>The fixture can (not) be commanded; <paramref name="reason"/> says why not, in words.</summary>
    void SetAvailable(bool available, string? reason = null);
}

/// <summary>One fixture on its real interface. The registry calls <see cref="ApplyAsync"/> for one wish at a time, the newest.</summary>
public interface ILightDriver : IAsyncDisposable
{
    /// <summary>What the fixture can do.</summary>
    LightCapabilities Capabilities { get; }

    /// <summary>Whether the fixture tells its state; false makes its lights "sent", never "confirmed".</summary>
    bool Reports { get; }

    /// <summary>Takes up the fixture; called once, before any wish. What goes wrong is told by <see cref="ILightFeedback.SetAvailable"/>, not thrown.</summary>
    ValueTask StartAsync(ILightFeedback feedback, CancellationToken cancellationToken);

    /// <summary>
    /// Brings the fixture into this whole state, within <see cref="LightState.Transition"/> where it fades. Cancelled when a newer wish arrives.
    /// Throws <see cref="LightUnavailableException"/> when the fixture cannot be reached.
    /// </summary>
    ValueTask ApplyAsync(LightState state, CancellationToken cancellationToken);
}

/// <summary>The fixture cannot be commanded; the message says why and what to do, in words.</summary>
public sealed class LightUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
