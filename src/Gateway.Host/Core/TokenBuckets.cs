namespace Gateway.Host.Core;

/// <summary>
/// Token buckets by key, in a table of fixed size: two keys may share a bucket, but nobody can fill the memory or push another's
/// bucket out. Which keys share is chosen anew at each start. Each bucket is one number, the time at which it is full again
/// (the generic cell rate algorithm, ITU-T I.371), on a clock that nobody sets.
/// </summary>
internal sealed class TokenBuckets(int capacity, TimeSpan refill, TimeProvider time, int size = 1024)
{
    private readonly Lock _lock = new();
    private readonly long[] _fullAt = new long[size];

    /// <summary>Takes one; null when there was one, else how long until there is.</summary>
    public TimeSpan? Take(string key)
    {
        var now = time.GetElapsedTime(0).Ticks;
        lock (_lock)
        {
            ref var fullAt = ref _fullAt[IndexOf(key)];
            var next = Math.Max(fullAt, now) + refill.Ticks;
            var early = next - now - capacity * refill.Ticks;
            if (early > 0) return TimeSpan.FromTicks(early);
            fullAt = next;
            return null;
        }
    }

    /// <summary>Takes one in any case; gives how long to wait until it would have been there.</summary>
    public TimeSpan Reserve(string key)
    {
        var now = time.GetElapsedTime(0).Ticks;
        lock (_lock)
        {
            ref var fullAt = ref _fullAt[IndexOf(key)];
            fullAt = Math.Max(fullAt, now) + refill.Ticks;
            return TimeSpan.FromTicks(Math.Max(0, fullAt - now - capacity * refill.Ticks));
        }
    }

    /// <summary>Puts one back that was not used.</summary>
    public void GiveBack(string key)
    {
        lock (_lock) _fullAt[IndexOf(key)] -= refill.Ticks;
    }

    /// <summary>string's hash codes are seeded at random in each process.</summary>
    private int IndexOf(string key) => (int)((uint)key.GetHashCode(StringComparison.Ordinal) % (uint)_fullAt.Length);
}
