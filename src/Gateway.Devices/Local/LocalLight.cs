namespace Gateway.Devices.Local;

/// <summary>
/// A light on this machine's own hardware: opened at the start, reported after the write succeeded. What cannot be opened or written makes this
/// one light unavailable, with the reason in words; it is tried again with backoff and at the next wish, and then shows the last wish.
/// </summary>
/// <param name="capabilities">What it can do.</param>
/// <param name="time">The clock of retries and fades.</param>
public abstract class LocalLight(LightCapabilities capabilities, TimeProvider time) : ILightDriver
{
    /// <summary>The longest pause between two tries.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // 2,700 K, the white of a light bulb, where nobody has said which white.
    private const int WarmWhite = 370;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _gone = new();
    private ILightFeedback? _feedback;
    private ITimer? _retry;
    private LightState? _wish;
    private int _failures;
    private bool _open;

    /// <inheritdoc />
    public LightCapabilities Capabilities { get; } = capabilities;

    /// <inheritdoc />
    public bool Reports => true;

    /// <summary>The clock of retries and fades.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>The pause after so many failures in a row: 1, 2, 4 ... 60 seconds.</summary>
    public static TimeSpan PauseAfter(int failures) =>
        failures > 6 ? LongestPause : TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Max(0, failures - 1)), LongestPause.TotalSeconds));

    /// <inheritdoc />
    public async ValueTask StartAsync(ILightFeedback feedback, CancellationToken cancellationToken)
    {
        _feedback = feedback;
        await TryAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask ApplyAsync(LightState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(state);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _wish = Complete(state);
            await ShowWishAsync(state.Transition, cancellationToken);
        }
        finally { _gate.Release(); }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _gate.WaitAsync(CancellationToken.None);
        if (_retry is not null) await _retry.DisposeAsync();
        if (_open) Close();
        _open = false;
        _gone.Dispose();
        _gate.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether a write that succeeded is what the fixture shows.</summary>
    protected virtual bool ReportsWrites => true;

    /// <summary>Takes the hardware up without changing what it shows. Throws <see cref="LightUnavailableException"/>, or whatever its interface throws.</summary>
    protected abstract void Open();

    /// <summary>Shows a complete state; fades within <paramref name="transition"/> if it can.</summary>
    protected abstract ValueTask ShowAsync(LightState state, TimeSpan? transition, CancellationToken cancellationToken);

    /// <summary>Lets the hardware go, showing what it shows.</summary>
    protected abstract void Close();

    /// <summary>What the light will do when asked for <paramref name="state"/>: full brightness and warm white where nobody has said.</summary>
    private LightState Complete(LightState state)
    {
        state = state with { On = state.On ?? false, Transition = null };
        if (state.On == true)
        {
            if (Capabilities.Brightness) state = state with { Brightness = state.Brightness ?? 255 };
            if (state.Color is null && state.ColorTemp is null && Capabilities.ColorTemp is { } range)
                state = state with { ColorTemp = Math.Clamp(WarmWhite, range.Min, range.Max) };
        }
        return Capabilities.Fit(state);
    }

    private async ValueTask ShowWishAsync(TimeSpan? transition, CancellationToken cancellationToken)
    {
        try
        {
            if (!_open) Open();
            _open = true;
            if (_wish is { } wish)
            {
                await ShowAsync(wish, transition, cancellationToken);
                if (ReportsWrites) _feedback?.Report(wish);
            }
            if (_failures > 0) _feedback?.SetAvailable(true);
            _failures = 0;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (_open) Close();
            _open = false;
            _failures++;
            _retry ??= Time.CreateTimer(_ => _ = TryAsync(_gone.Token), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _retry.Change(PauseAfter(_failures), Timeout.InfiniteTimeSpan);
            throw e as LightUnavailableException ?? new LightUnavailableException(e.Message, e);
        }
    }

    /// <summary>Opens it, and shows the wish that could not be shown; tells when it cannot and never throws.</summary>
    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _gate.WaitAsync(cancellationToken);
            try
            {
                if (!_open) await ShowWishAsync(null, cancellationToken);
            }
            finally { _gate.Release(); }
        }
        catch (LightUnavailableException e) { _feedback?.SetAvailable(false, e.Message); }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException) { }
    }
}
