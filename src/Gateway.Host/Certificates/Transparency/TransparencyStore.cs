using System.Globalization;
using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Certificates.Transparency;

/// <summary>How far a monitor has been read for a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Since">Since when this gateway watches over it.</param>
/// <param name="Monitor">Whom <paramref name="After"/> is of.</param>
/// <param name="After">The last id that was had; empty for none.</param>
/// <param name="Read">When the monitor was last read to its end; null for never.</param>
/// <param name="Next">When it is asked again.</param>
/// <param name="Failures">How often in a row it did not tell.</param>
/// <param name="Words">What was wrong the last time; empty when nothing was.</param>
internal sealed record Watched(string Name, DateTimeOffset Since, string Monitor, string After, DateTimeOffset? Read, DateTimeOffset Next, int Failures, string Words);

/// <summary>What is known of certificates for our names, over restarts: on the disk when each call returns, a few times a day.</summary>
internal sealed class TransparencyStore
{
    /// <summary>Of one name: the newest.</summary>
    public const int MostCertificates = 200;

    private readonly Database _database;

    public TransparencyStore(Database database)
    {
        _database = database;
        database.Migrate("transparency",
            """
            CREATE TABLE certificate_key (fingerprint TEXT PRIMARY KEY, is_served INTEGER NOT NULL, since TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE certificate_watch (name TEXT PRIMARY KEY, since TEXT NOT NULL, monitor TEXT NOT NULL, after TEXT NOT NULL, read TEXT, next TEXT NOT NULL, failures INTEGER NOT NULL, words TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE certificate_logged (name TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, issuer TEXT NOT NULL, names TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL, PRIMARY KEY (name, id)) WITHOUT ROWID;
            """);
    }

    /// <summary>Keys that are no stranger's: those that the gateway served, and those that its owner knows.</summary>
    public IReadOnlyDictionary<string, bool> Keys() => _database.Read(c => c.Rows("SELECT fingerprint, is_served FROM certificate_key", r => (r.GetString(0), r.GetBoolean(1)))).ToDictionary(k => k.Item1, k => k.Item2, StringComparer.Ordinal);

    /// <summary>Remembers a key that the gateway serves.</summary>
    public void Serves(string fingerprint, DateTimeOffset now) => _database.Write(c => Insert(c, fingerprint, isServed: true, now));

    /// <summary>Remembers, in the caller's transaction, that the owner knows a key.</summary>
    public static void Knows(SqliteConnection connection, string fingerprint, DateTimeOffset now) => Insert(connection, fingerprint, isServed: false, now);

    /// <summary>Of a name; null when it was never watched over.</summary>
    public Watched? Of(string name) => _database.Read(c => c.Rows("SELECT since, monitor, after, read, next, failures, words FROM certificate_watch WHERE name = $n",
        r => new Watched(name, Time(r.GetString(0)), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : Time(r.GetString(3)), Time(r.GetString(4)), r.GetInt32(5), r.GetString(6)), ("$n", name)).FirstOrDefault());

    /// <summary>Keeps how far it was read together with what was found, or neither.</summary>
    public void Write(Watched watched, IReadOnlyList<LoggedCertificate> found) => _database.Write(c =>
    {
        c.Execute("INSERT INTO certificate_watch VALUES ($n, $since, $m, $a, $r, $next, $f, $w) ON CONFLICT(name) DO UPDATE SET since = $since, monitor = $m, after = $a, read = $r, next = $next, failures = $f, words = $w",
            ("$n", watched.Name), ("$since", Text(watched.Since)), ("$m", watched.Monitor), ("$a", watched.After), ("$r", watched.Read is { } read ? Text(read) : null), ("$next", Text(watched.Next)), ("$f", watched.Failures), ("$w", watched.Words));
        foreach (var f in found)
            c.Execute("INSERT INTO certificate_logged VALUES ($n, $id, $k, $i, $names, $from, $until) ON CONFLICT(name, id) DO NOTHING",
                ("$n", watched.Name), ("$id", f.Id), ("$k", f.KeyFingerprint), ("$i", f.Issuer), ("$names", string.Join(' ', f.Names)), ("$from", Text(f.From)), ("$until", Text(f.Until)));
        if (found.Count > 0)
            c.Execute("DELETE FROM certificate_logged WHERE name = $n AND id NOT IN (SELECT id FROM certificate_logged WHERE name = $n ORDER BY starts DESC LIMIT $most)", ("$n", watched.Name), ("$most", MostCertificates));
    });

    /// <summary>What the logs have for a name, beside what is ours; the newest first.</summary>
    public IReadOnlyList<LoggedCertificate> Certificates(string name) => _database.Read(c => c.Rows("SELECT id, key, issuer, names, starts, ends FROM certificate_logged WHERE name = $n ORDER BY starts DESC",
        r => new LoggedCertificate(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3).Split(' '), Time(r.GetString(4)), Time(r.GetString(5))), ("$n", name)));

    private static void Insert(SqliteConnection c, string fingerprint, bool isServed, DateTimeOffset now) =>
        c.Execute("INSERT INTO certificate_key VALUES ($k, $s, $t) ON CONFLICT(fingerprint) DO UPDATE SET is_served = max(is_served, $s)", ("$k", fingerprint), ("$s", isServed), ("$t", Text(now)));

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
