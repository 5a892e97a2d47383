using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>How much a friend has taken this month, and how fast. It is written down each time that another <see cref="Grain"/> has gone through, and when the gateway stops; a power cut forgets less than that.</summary>
internal sealed class LentVolume(string friend, Database database, TimeProvider time, int month = 0, long bytes = 0)
{
    /// <summary>Bytes that are worth a write to the card.</summary>
    public const long Grain = 1024 * 1024;

    /// <summary>What was not used before may be used at once, so much.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly string _key = "lent." + friend;
    private int _month = month; // 202611
    private long _bytes = bytes, _saved = bytes, _free;

    /// <summary>This month's bytes.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                Turn_NeedsLock();
                return _bytes;
            }
        }
    }

    /// <summary>Counts bytes that are to go through; gives how long they have to wait.</summary>
    public TimeSpan Take(int count, double bytesPerSecond)
    {
        lock (_lock)
        {
            Turn_NeedsLock();
            _bytes += count;
            if (_bytes - _saved >= Grain) Save_NeedsLock();
            var now = time.GetElapsedTime(0).Ticks;
            _free = Math.Max(_free, now - Burst.Ticks) + (long)(count / bytesPerSecond * TimeSpan.TicksPerSecond);
            return TimeSpan.FromTicks(Math.Max(0, _free - now));
        }
    }

    public void Save()
    {
        lock (_lock) if (_bytes != _saved) Save_NeedsLock();
    }

    /// <summary>A clock that goes back (a board without one, before it has been set) begins no new month.</summary>
    private void Turn_NeedsLock()
    {
        var now = time.GetUtcNow();
        if (now.Year * 100 + now.Month <= _month) return;
        (_month, _bytes, _saved) = (now.Year * 100 + now.Month, 0, 0);
        Save_NeedsLock();
    }

    private void Save_NeedsLock()
    {
        var (written, total) = (_month, _saved = _bytes);
        database.Later(_key, c => c.Execute("UPDATE lent SET month = $month, bytes = $bytes WHERE friend = $friend", ("$month", written), ("$bytes", total), ("$friend", friend)));
    }
}
