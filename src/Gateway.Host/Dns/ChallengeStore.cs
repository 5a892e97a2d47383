using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>Which TXT records stand, or may stand, under our names: on the disk before the provider is asked, so that a crash leaves none behind.</summary>
internal sealed class ChallengeStore
{
    private readonly Database _database;

    public ChallengeStore(Database database)
    {
        _database = database;
        database.Migrate("dns_challenge", "CREATE TABLE dns_challenge (name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name, value)) WITHOUT ROWID");
    }

    public IReadOnlyList<(string Name, string Value)> All => _database.Read(c => c.Rows("SELECT name, value FROM dns_challenge", r => (r.GetString(0), r.GetString(1))));

    /// <summary>On the disk when this returns.</summary>
    public void Add(string name, string value) => _database.Write(c => c.Execute("INSERT OR IGNORE INTO dns_challenge VALUES ($n, $v)", ("$n", name), ("$v", value)));

    public void Remove(string name, string value) => _database.Write(c => c.Execute("DELETE FROM dns_challenge WHERE name = $n AND value = $v", ("$n", name), ("$v", value)));
}
