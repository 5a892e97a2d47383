using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>When something that fails is tried again: at first after some seconds, in the end every five minutes.</summary>
internal sealed class Retry(TimeProvider time)
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
    public void Failed(TimeSpan first, TimeSpan? atLeast = null)
    {
        (_failures, _since) = (_failures + 1, time.GetTimestamp());
        _pause = Backoff.After(_failures, first, Longest, Random.Shared.NextDouble());
        if (atLeast > _pause) _pause = atLeast.Value;
    }
}
