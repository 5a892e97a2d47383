namespace Gateway.Host.Core;

/// <summary>Timers that survive what they call: an exception in a timer's callback would end the process.</summary>
public static class Timers
{
    /// <summary>A timer that is not running yet. What <paramref name="due"/> throws is logged; whoever sets the timer again goes on.</summary>
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
