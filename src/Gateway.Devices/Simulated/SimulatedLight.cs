using Gateway.Devices.Local;

namespace Gateway.Devices.Simulated;

/// <summary>How a simulated fixture misbehaves.</summary>
public enum Misbehaviour
{
    /// <summary>Not at all.</summary>
    None = 0,
    /// <summary>It takes commands and does nothing, as a bulb whose radio has died.</summary>
    Swallow,
    /// <summary>It takes three seconds for everything.</summary>
    Slow,
    /// <summary>It cannot be reached.</summary>
    Unavailable,
}

/// <summary>A light that exists only in memory: the demonstration home's fixtures. The gateway fades it.</summary>
/// <param name="capabilities">What it can do.</param>
/// <param name="time">The clock of fades and of slowness.</param>
/// <param name="misbehaviour">What is wrong with it.</param>
public sealed class SimulatedLight(LightCapabilities capabilities, TimeProvider time, Misbehaviour misbehaviour = Misbehaviour.None) : LocalLight(capabilities, time)
{
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(3);

    /// <summary>How bright it is at this moment, 0 to 1.</summary>
    public double Level { get; private set; }

    /// <inheritdoc />
    protected override bool ReportsWrites => misbehaviour != Misbehaviour.Swallow;

    /// <inheritdoc />
    protected override void Open()
    {
        if (misbehaviour == Misbehaviour.Unavailable) throw new LightUnavailableException("Simulated: nobody has plugged it in.");
    }

    /// <inheritdoc />
    protected override async ValueTask ShowAsync(LightState state, TimeSpan? transition, CancellationToken cancellationToken)
    {
        if (misbehaviour == Misbehaviour.Swallow) return;
        if (misbehaviour == Misbehaviour.Slow) await Task.Delay(Slowness, Time, cancellationToken);
        double from = Level, to = state.On == true ? (state.Brightness ?? 255) / 255.0 : 0;
        await Fade.RunAsync(Time, transition, share => Level = Fade.Between(from, to, share), cancellationToken);
    }

    /// <inheritdoc />
    protected override void Close() { }
}
