using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Reachability;

/// <summary>Since when something was so.</summary>
/// <param name="Since">When it began.</param>
/// <param name="Pattern">The verdict, by its API name.</param>
/// <param name="Words">Why.</param>
/// <param name="Ways">By which ways in, with commas between; empty when by none.</param>
internal sealed record HistoryEntry(DateTimeOffset Since, string Pattern, string Words, string Ways);

/// <summary>How the house could be reached, since when, why not: a line each time the verdict became another, for 90 days.</summary>
internal sealed class ReachabilityHistory : IHostedService
{
    /// <summary>For how long.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    /// <summary>And not more lines than this: about 1 MB.</summary>
    public const int Most = 5000;

    /// <summary>Of those that wait for the disk, too.</summary>
    private const int MostWaiting = 500;

    private readonly Lock _lock = new();
    private readonly Database _database;
    private readonly StatusStore _status;
    private readonly TimeProvider _time;
    private readonly List<HistoryEntry> _waiting = [];
    private int _writing;

    public ReachabilityHistory(Database database, StatusStore status, TimeProvider time)
    {
        (_database, _status, _time) = (database, status, time);
        database.Migrate("reachability", "CREATE TABLE reachability_history (id INTEGER PRIMARY KEY AUTOINCREMENT, since TEXT NOT NULL, pattern TEXT NOT NULL, words TEXT NOT NULL, ways TEXT NOT NULL);");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _status.OnChange((before, after) =>
        {
            if (after.Report.Pattern != before.Report.Pattern || before.Report.Made == 0 && after.Report.Made > 0) Add(Entry(after.Report));
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<HistoryEntry> Newest(int count)
    {
        HistoryEntry[] waiting;
        lock (_lock) waiting = [.. _waiting];
        var written = _database.Read(c => c.Rows("SELECT since, pattern, words, ways FROM reachability_history ORDER BY id DESC LIMIT $n",
            r => new HistoryEntry(DateTimeOffset.Parse(r.GetString(0)), r.GetString(1), r.GetString(2), r.GetString(3)), ("$n", count)));
        return [.. waiting.Reverse().Concat(written).Distinct().Take(count)]; // what was written meanwhile is in both
    }

    private static HistoryEntry Entry(ReachabilityReport report) => new(report.Since, report.Pattern.ApiName(), report.Words,
        string.Join(", ", report.Ways.Where(w => w is { IsPublished: true, Level: >= EvidenceLevel.Believed }).Select(w => $"{w.Lease.Way} {w.Lease.Family.Words()}")));

    private void Add(HistoryEntry entry)
    {
        lock (_lock)
        {
            if (_waiting.Count >= MostWaiting) return; // the disk has failed for long
            _waiting.Add(entry);
        }
        _database.Later("reachability", Write, Written);
    }

    private void Write(SqliteConnection connection)
    {
        HistoryEntry[] waiting;
        lock (_lock) (waiting, _writing) = ([.. _waiting], _waiting.Count);
        foreach (var e in waiting) connection.Execute("INSERT INTO reachability_history (since, pattern, words, ways) VALUES ($s, $p, $w, $y)", ("$s", e.Since.ToString("O")), ("$p", e.Pattern), ("$w", e.Words), ("$y", e.Ways));
        connection.Execute("DELETE FROM reachability_history WHERE id <= (SELECT max(id) FROM reachability_history) - $most OR since < $old", ("$most", Most), ("$old", (_time.GetUtcNow() - Kept).ToString("O")));
    }

    /// <summary>Only what is on the disk is forgotten here: a batch may fail, and is tried again.</summary>
    private void Written()
    {
        lock (_lock)
        {
            _waiting.RemoveRange(0, _writing);
            _writing = 0;
        }
    }
}
