using System.Globalization;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>Attempts that failed, over restarts: a gateway that starts again and again must not ask again and again.</summary>
internal sealed class FailureStore
{
    private readonly Database _database;

    public FailureStore(Database database)
    {
        _database = database;
        database.Migrate("certificates", "CREATE TABLE certificate_failure (name TEXT PRIMARY KEY, settings TEXT NOT NULL, count INTEGER NOT NULL, since TEXT NOT NULL, next TEXT NOT NULL, refused INTEGER NOT NULL, words TEXT NOT NULL) WITHOUT ROWID");
    }

    /// <summary>Those of a name under these settings; null for none.</summary>
    public RenewalFailures? Read(string name, string settings) => _database.Read(c => c.Rows("SELECT count, since, next, refused, words FROM certificate_failure WHERE name = $n AND settings = $s",
        r => new RenewalFailures(r.GetInt32(0), Time(r.GetString(1)), Time(r.GetString(2)), r.GetBoolean(3), r.GetString(4)), ("$n", name), ("$s", settings)).FirstOrDefault());

    /// <summary>On the disk when this returns; null: there are none.</summary>
    public void Write(string name, string settings, RenewalFailures? failures) => _database.Write(c =>
    {
        c.Execute("DELETE FROM certificate_failure WHERE name = $n", ("$n", name));
        if (failures is { } f) c.Execute("INSERT INTO certificate_failure VALUES ($n, $s, $c, $since, $next, $r, $w)", ("$n", name), ("$s", settings), ("$c", f.Count), ("$since", f.Since.ToString("O")), ("$next", f.Next.ToString("O")), ("$r", f.IsRefused), ("$w", f.Words));
    });

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
