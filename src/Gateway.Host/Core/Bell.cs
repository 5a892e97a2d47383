namespace Gateway.Host.Core;

/// <summary>Wakes one loop that waits. Rung while nobody waits, it ends the next wait at once; rung often, it ends one.</summary>
internal sealed class Bell(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _rung = New();

    public void Ring()
    {
        lock (_lock) _rung.TrySetResult();
    }

    /// <summary>Ends when it rings or the time is over; null: only when it rings. Throws when it is cancelled. A timer has whole milliseconds: less than one is one, lest a loop runs hot until it is over.</summary>
    public async Task WaitAsync(TimeSpan? atMost, CancellationToken cancellationToken)
    {
        Task rung;
        lock (_lock) rung = _rung.Task;
        await rung.WaitAsync(atMost is { } span ? TimeSpan.FromMilliseconds(Math.Ceiling(span.TotalMilliseconds)) : Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) if (_rung.Task.IsCompleted) _rung = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
