namespace Gateway.Host.Dns;

/// <summary>When something that fails is tried again: after 2 s, then twice as long each time up to five minutes, the last quarter of it by chance.</summary>
internal sealed class Pace(TimeProvider time)
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private long _since = time.GetTimestamp();
    private TimeSpan _pause;
    private int _failures;

    /// <summary>Whether the last attempt failed.</summary>
    public bool IsFailing => _failures > 0;

    /// <summary>How long to wait still; zero: none.</summary>
    public TimeSpan Wait => _pause - time.GetElapsedTime(_since) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    public void Succeeded() => (_failures, _pause) = (0, TimeSpan.Zero);

    /// <summary>The next attempt need not wait; if it fails, the one after waits as long as it would have.</summary>
    public void Now() => _pause = TimeSpan.Zero;

    /// <summary>Waits, at least as long as the other side asked for.</summary>
    public void Failed(double firstPause, TimeSpan? atLeast = null)
    {
        (_failures, _since) = (_failures + 1, time.GetTimestamp());
        _pause = Backoff(firstPause, _failures, Random.Shared.NextDouble());
        if (atLeast > _pause) _pause = atLeast.Value;
    }

    /// <param name="first">The first pause in seconds.</param>
    /// <param name="failures">How many attempts have failed in a row, from 1.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan Backoff(double first, int failures, double random) => TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, first * Math.Pow(2, Math.Min(failures - 1, 16))) * (0.75 + random / 4));
}
