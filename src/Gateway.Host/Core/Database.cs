using Microsoft.Data.Sqlite;

namespace Gateway.Host.Core;

/// <summary>The gateway's state cannot be opened; the message says why and what to do, in words.</summary>
public sealed class DatabaseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// All state of the gateway, in one SQLite file. Two promises: what <see cref="Write"/> did has reached the disk when it returns
/// (WAL, synchronous=FULL); what <see cref="Later"/> was given reaches it within <see cref="BatchDelay"/>, all of a batch or none.
/// Either survives <c>kill -9</c> and a power cut (https://www.sqlite.org/atomiccommit.html, https://www.sqlite.org/wal.html).
/// A damaged file is an error, never a fresh gateway that anybody could claim; one process at a time has the file. docs/state.md says what is in it.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>The longest that batched writes wait; what a power cut can lose of them.</summary>
    public static readonly TimeSpan BatchDelay = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly ILogger<Database> _logger;
    private readonly Dictionary<string, Waiting> _later = new(StringComparer.Ordinal);
    private readonly ITimer _timer;
    private bool _timerRuns;
    private bool _isFailing;

    /// <summary>Opens or creates the file; only its owner may read it. Throws <see cref="DatabaseException"/>.</summary>
    public Database(string path, TimeProvider time, ILogger<Database> logger)
    {
        ArgumentNullException.ThrowIfNull(time);
        _logger = logger;
        _connection = DatabaseFile.Open(path);
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many transactions have been written: what the card pays for.</summary>
    public long Transactions { get; private set; }

    /// <summary>Brings a feature's tables up to date: each step runs once, in order, for ever. Append steps, never edit one.</summary>
    public void Migrate(string feature, params ReadOnlySpan<string> steps)
    {
        lock (_lock)
        {
            var done = Convert.ToInt32(_connection.Scalar("SELECT version FROM schema_version WHERE feature = $f", ("$f", feature)) ?? 0);
            for (; done < steps.Length; done++)
            {
                var step = steps[done];
                var version = done + 1;
                Write(c =>
                {
                    c.Execute(step);
                    c.Execute("INSERT INTO schema_version VALUES ($f, $v) ON CONFLICT(feature) DO UPDATE SET version = $v", ("$f", feature), ("$v", version));
                });
            }
        }
    }

    /// <summary>Reads; sees what <see cref="Write"/> wrote, not what still waits in a batch.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        lock (_lock) return read(_connection);
    }

    /// <summary>One transaction, on the disk when this returns; nothing of it when <paramref name="write"/> throws.</summary>
    public void Write(Action<SqliteConnection> write)
    {
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            write(_connection);
            transaction.Commit();
            Transactions++;
        }
    }

    /// <summary>Writes within <see cref="BatchDelay"/>, together with what else waits; a later write of the same <paramref name="key"/> replaces it.</summary>
    /// <param name="key">Names what is written.</param>
    /// <param name="write">May be called again when the batch failed.</param>
    /// <param name="written">Called once it is on the disk.</param>
    public void Later(string key, Action<SqliteConnection> write, Action? written = null)
    {
        lock (_later)
        {
            _later[key] = new Waiting(write, written);
            RunTimer_NeedsLock();
        }
    }

    /// <summary>Whether the file still answers.</summary>
    public bool IsUsable()
    {
        try { return Read(c => c.Scalar("SELECT 1")) is not null; }
        catch (SqliteException) { return false; }
    }

    /// <summary>
    /// Writes the batch now; never throws. While the disk is full or fails, the batch waits and is tried again with the next.
    /// A write that fails for a reason of its own is left out, the others are written.
    /// </summary>
    public void Flush()
    {
        KeyValuePair<string, Waiting>[] batch;
        lock (_later)
        {
            batch = [.. _later];
            _later.Clear();
            _timerRuns = false;
        }
        if (batch.Length == 0) return;
        try
        {
            try { Write(c => { foreach (var (_, waiting) in batch) waiting.Write(c); }); }
            catch (Exception e) when (!DatabaseFile.IsStorageTrouble(e)) { Write(c => batch = WriteEach(c, batch)); }
            foreach (var (_, waiting) in batch) waiting.Written?.Invoke();
            if (_isFailing) _logger.LogInformation("States are written again");
            _isFailing = false;
        }
        catch (Exception e)
        {
            if (!_isFailing) _logger.LogError(e, "{Count} states could not be written; they are tried again", batch.Length);
            _isFailing = true;
            lock (_later)
            {
                foreach (var (key, waiting) in batch) _later.TryAdd(key, waiting); // a newer one of the same key wins
                RunTimer_NeedsLock();
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Flush();
        lock (_lock) _connection.Dispose();
    }

    /// <summary>Each by itself; gives those that could be written.</summary>
    private KeyValuePair<string, Waiting>[] WriteEach(SqliteConnection connection, KeyValuePair<string, Waiting>[] batch)
    {
        var written = new List<KeyValuePair<string, Waiting>>(batch.Length);
        foreach (var one in batch)
        {
            connection.Execute("SAVEPOINT each");
            try
            {
                one.Value.Write(connection);
                written.Add(one);
            }
            catch (Exception e) when (!DatabaseFile.IsStorageTrouble(e))
            {
                _logger.LogError(e, "State {Key} could not be written and is left out", one.Key);
                connection.Execute("ROLLBACK TO each");
            }
            connection.Execute("RELEASE each");
        }
        return [.. written];
    }

    private sealed record Waiting(Action<SqliteConnection> Write, Action? Written);

    private void RunTimer_NeedsLock()
    {
        if (_timerRuns) return;
        _timerRuns = true;
        _timer.Change(BatchDelay, Timeout.InfiniteTimeSpan);
    }
}
