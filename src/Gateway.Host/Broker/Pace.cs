namespace Gateway.Host.Broker;

/// <summary>Slows a client to a number of packets a second, with some seconds' worth at once; 0 for as fast as it can.</summary>
internal sealed class Pace(int perSecond, TimeProvider time)
{
    private const int BurstSeconds = 3;

    private double _left = BurstSeconds * (double)perSecond;
    private long _since = time.GetTimestamp();

    /// <summary>Takes note of <paramref name="packets"/> and waits for as long as they were too many.</summary>
    public ValueTask SpendAsync(int packets)
    {
        if (perSecond == 0) return ValueTask.CompletedTask;
        var now = time.GetTimestamp();
        _left = Math.Min(BurstSeconds * (double)perSecond, _left + time.GetElapsedTime(_since, now).TotalSeconds * perSecond) - packets;
        _since = now;
        return _left >= 0 ? ValueTask.CompletedTask : new ValueTask(Task.Delay(TimeSpan.FromSeconds(-_left / perSecond), time));
    }
}
