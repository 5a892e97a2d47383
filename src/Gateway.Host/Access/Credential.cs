using System.Collections.Concurrent;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Authentication;

namespace Gateway.Host.Access;

/// <summary>What a caller shows with each request: a session or a token. All are in memory, so that a light command costs no read of the card.</summary>
internal abstract class Credential(Digest digest, DateTimeOffset created, DateTimeOffset lastUsed) : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private long _lastUsed = lastUsed.UtcTicks;
    private long _saved = lastUsed.UtcTicks;

    public Digest Digest { get; } = digest;

    public DateTimeOffset Created { get; } = created;

    public DateTimeOffset LastUsed => new(Volatile.Read(ref _lastUsed), TimeSpan.Zero);

    public abstract Caller Caller { get; }

    /// <summary>When it ends by itself; null for never.</summary>
    public abstract DateTimeOffset? GoodUntil { get; }

    /// <summary>Fires when it is revoked or has expired.</summary>
    public CancellationToken Ended => _end.Token;

    /// <summary>The authentication's answer, made once.</summary>
    public Task<AuthenticateResult> Result => field ??= Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(Caller, AccessFeature.Scheme)));

    public bool IsGood(DateTimeOffset now) => !_end.IsCancellationRequested && (GoodUntil is not { } until || now < until);

    /// <summary>Notes a use; true about once an hour, when the use is worth a write.</summary>
    public bool Use(DateTimeOffset now)
    {
        Volatile.Write(ref _lastUsed, now.UtcTicks);
        var saved = Volatile.Read(ref _saved);
        return now.UtcTicks - saved >= TimeSpan.TicksPerHour && Interlocked.CompareExchange(ref _saved, now.UtcTicks, saved) == saved;
    }

    /// <summary>Ends it and everything that hangs on it; whoever listens is called on another thread.</summary>
    public void End() => _ = _end.CancelAsync();

    public void Dispose() => _end.Dispose();
}

/// <summary>Every session or token, found by its digest; ends those whose time has come.</summary>
internal sealed class CredentialTable<T> : IDisposable where T : Credential
{
    /// <summary>The longest a timer is set for; an ITimer takes no more than 49 days.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<Digest, T> _all = new();
    private readonly TimeProvider _time;
    private readonly Action<T> _expired;
    private readonly ITimer _timer;

    public CredentialTable(TimeProvider time, Action<T> expired, ILogger logger)
    {
        _time = time;
        _expired = expired;
        _timer = time.CreateIdleTimer(Sweep, logger);
    }

    public IEnumerable<T> All => _all.Values;

    public void Add(T credential)
    {
        _all[credential.Digest] = credential;
        SetTimer();
    }

    public void End(T credential)
    {
        _all.TryRemove(credential.Digest, out _);
        credential.End();
    }

    /// <summary>The good credential with this secret.</summary>
    public T? Find(ReadOnlySpan<char> secret) =>
        Digest.Of(secret) is { } digest && _all.TryGetValue(digest, out var found) && found.IsGood(_time.GetUtcNow()) ? found : null;

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        var now = _time.GetUtcNow();
        foreach (var credential in _all.Values)
        {
            if (credential.IsGood(now)) continue;
            End(credential);
            _expired(credential);
        }
        SetTimer();
    }

    private void SetTimer()
    {
        lock (_lock)
        {
            if (_all.Values.Min(c => c.GoodUntil) is not { } first) return;
            var wait = first - _time.GetUtcNow();
            _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait, Timeout.InfiniteTimeSpan);
        }
    }
}
