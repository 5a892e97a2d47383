using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Core;

/// <summary>
/// Gives memory back to the system after a crowd of connections has left: an idle gateway allocates too little for the runtime to look
/// through its old garbage by itself. One full collection, some tens of milliseconds, once the crowd is gone.
/// </summary>
public sealed class MemoryRelease : IDisposable
{
    /// <summary>Fewer than so many connections at once leave nothing worth the pause.</summary>
    public const int Crowd = 100;

    /// <summary>Stragglers leave too.</summary>
    private static readonly TimeSpan After = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private int _open, _most;

    public MemoryRelease(TimeProvider time, ILogger<MemoryRelease> logger) =>
        _timer = time.CreateIdleTimer(() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true), logger);

    public void Watch(ListenOptions listener) => listener.Use(next => async connection =>
    {
        lock (_lock) _most = Math.Max(_most, ++_open);
        try { await next(connection); }
        finally { Left(); }
    });

    public void Dispose() => _timer.Dispose();

    private void Left()
    {
        lock (_lock)
        {
            if (--_open > _most / 4 || _most < Crowd) return;
            _most = _open;
            _timer.Change(After, Timeout.InfiniteTimeSpan);
        }
    }
}
