namespace Gateway.Host.Core;

/// <summary>What else can be done by a clock: timers and loops that survive what they call, and arithmetic with <see cref="TimeProvider.GetTimestamp"/> values.</summary>
public static class Timers
{
    /// <summary>Takes turns until it is cancelled. What a turn throws goes to <paramref name="failed"/>, and the next begins after a rest: the loop itself cannot fail.</summary>
    public static async Task RepeatAsync(this TimeProvider time, Func<CancellationToken, Task> turn, TimeSpan rest, Action<Exception> failed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(failed);
        while (!cancellationToken.IsCancellationRequested)
        {
            try { await turn(cancellationToken); }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                failed(e);
                await Task.Delay(rest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The timestamp that is so long after another.</summary>
    public static long After(this TimeProvider time, long timestamp, TimeSpan span)
    {
        ArgumentNullException.ThrowIfNull(time);
        return timestamp + (long)(span.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>How long it is until a timestamp; negative once it has passed.</summary>
    public static TimeSpan Until(this TimeProvider time, long timestamp)
    {
        ArgumentNullException.ThrowIfNull(time);
        return time.GetElapsedTime(time.GetTimestamp(), timestamp);
    }

    /// <summary>A timer that is not running yet; an exception in its callback would end the process. What <paramref name="due"/> throws is logged; whoever sets the timer again goes on.</summary>
    public static ITimer CreateIdleTimer(this TimeProvider time, Action due, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(time);
        return time.CreateTimer(_ =>
        {
            try { due(); }
            catch (Exception e) { logger.LogError(e, "What a timer was set for failed"); }
        }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
