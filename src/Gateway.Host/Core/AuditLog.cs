using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Core;

/// <summary>One line of the audit log.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Who">The person, <c>token:NAME</c>, <c>local</c> or <c>system</c>.</param>
/// <param name="From">Where the client was (<see cref="ClientOrigin.Source"/>).</param>
/// <param name="What">The action, such as <c>token.created</c>.</param>
/// <param name="Subject">What it was done to; never a secret.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string From, string What, string Subject);

/// <summary>
/// Who changed what. Security events are on the disk before the reply; changes of lights go with the batch, the same change of one batch
/// as one line. Each kind has its own quota, so that nobody drives a security event out by switching lights.
/// </summary>
public sealed class AuditLog
{
    /// <summary>How many security events are kept; of everyday ones a fifth.</summary>
    public const int Kept = 10_000;

    private const int EverydayKept = Kept / 5;
    private const int LongestText = 200;

    private readonly Lock _lock = new();
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly Dictionary<(string Who, string From, string What, string Subject), DateTimeOffset> _everyday = [];
    private KeyValuePair<(string Who, string From, string What, string Subject), DateTimeOffset>[] _writing = [];

    /// <summary>Prepares the tables.</summary>
    public AuditLog(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
        const string columns = "(id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL);";
        database.Migrate("audit", "CREATE TABLE audit " + columns, "CREATE TABLE audit_everyday " + columns);
    }

    /// <summary>A security event: on the disk when this returns, together with the <paramref name="change"/> that it tells of, or neither.</summary>
    public void Security(string who, ClientOrigin? from, string what, string subject, Action<SqliteConnection>? change = null)
    {
        var entry = new AuditEntry(_time.GetUtcNow(), Clean(who), Place(from), what, Clean(subject));
        _database.Write(c =>
        {
            change?.Invoke(c);
            Insert(c, "audit", entry, Kept);
        });
    }

    /// <summary>An everyday event: on the disk within <see cref="Database.BatchDelay"/>.</summary>
    public void Everyday(string who, ClientOrigin? from, string what, string subject)
    {
        lock (_lock)
        {
            if (_everyday.Count >= EverydayKept) return;
            _everyday[(who, Place(from), what, subject)] = _time.GetUtcNow();
            if (_everyday.Count > 1) return;
        }
        _database.Later("audit", WriteEveryday, EverydayWritten);
    }

    /// <summary>The newest entries first.</summary>
    public IReadOnlyList<AuditEntry> Newest(int count)
    {
        AuditEntry[] waiting;
        lock (_lock) waiting = [.. _everyday.Select(e => Entry(e.Key, e.Value))];
        var written = _database.Read(c => c.Rows(
            "SELECT at, who, source, what, subject FROM (SELECT * FROM audit UNION ALL SELECT * FROM audit_everyday) ORDER BY at DESC, id DESC LIMIT $n",
            r => new AuditEntry(DateTimeOffset.Parse(r.GetString(0)), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4)),
            ("$n", count)));
        return [.. written.Concat(waiting).OrderByDescending(e => e.At).Take(count)];
    }

    private void WriteEveryday(SqliteConnection connection)
    {
        lock (_lock) _writing = [.. _everyday];
        foreach (var (key, at) in _writing) Insert(connection, "audit_everyday", Entry(key, at), EverydayKept);
    }

    /// <summary>Only what is on the disk is forgotten here: a batch may fail, and is tried again.</summary>
    private void EverydayWritten()
    {
        lock (_lock)
        {
            foreach (var (key, at) in _writing) if (_everyday[key] == at) _everyday.Remove(key);
            if (_everyday.Count > 0) _database.Later("audit", WriteEveryday, EverydayWritten);
        }
    }

    private static AuditEntry Entry((string Who, string From, string What, string Subject) key, DateTimeOffset at) =>
        new(at, Clean(key.Who), key.From, key.What, Clean(key.Subject));

    private static void Insert(SqliteConnection connection, string table, AuditEntry entry, int kept)
    {
        connection.Execute($"INSERT INTO {table} (at, who, source, what, subject) VALUES ($at, $who, $from, $what, $subject)",
            ("$at", entry.At.ToString("O")), ("$who", entry.Who), ("$from", entry.From), ("$what", entry.What), ("$subject", entry.Subject));
        connection.Execute($"DELETE FROM {table} WHERE id <= (SELECT max(id) FROM {table}) - $kept", ("$kept", kept));
    }

    private static string Place(ClientOrigin? from) => from?.Source ?? "gateway";

    /// <summary>A text of strangers, made harmless for whoever prints it: no line breaks, no escape codes, no turned reading direction.</summary>
    private static string Clean(string text) => string.Create(Math.Min(text.Length, LongestText), text, static (to, from) =>
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = char.GetUnicodeCategory(from[i]) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : from[i];
        }
    });
}
