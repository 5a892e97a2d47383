using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Access;

/// <summary>One sign-in of a person on a device.</summary>
internal sealed class Session(Digest digest, string id, Person person, string device, string from, bool overHttps, DateTimeOffset created, DateTimeOffset lastUsed)
    : Credential(digest, created, lastUsed)
{
    /// <summary>Unused for so long, a session ends; and after <see cref="AbsoluteLimit"/> in any case.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromDays(30), AbsoluteLimit = TimeSpan.FromDays(180);

    public string Id { get; } = id;

    public string PersonKey { get; } = person.Key;

    /// <summary>Browser and system, in words.</summary>
    public string Device { get; } = device;

    public string From { get; } = from;

    /// <summary>Whether it was made over HTTPS; it is valid only over what it was made over.</summary>
    public bool OverHttps { get; } = overHttps;

    public override DateTimeOffset? GoodUntil => Created + AbsoluteLimit is var end && LastUsed + IdleLimit is var idle && idle < end ? idle : end;

    public override Caller Caller => field ??= new Caller(CallerKind.Session, Id, person.Name, person.Role, Roles.ScopesOf(person.Role), Ended) { Device = Device };
}

/// <summary>Every session: checked in memory, hashed on the disk. A use is written about once an hour, with the batch.</summary>
internal sealed class Sessions : IDisposable
{
    /// <summary>The most of one person; the one unused for longest ends when there is one more.</summary>
    private const int MostOfOne = 30;

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly CredentialTable<Session> _table;

    public Sessions(Database database, People people, TimeProvider time, ILogger<Sessions> logger)
    {
        _database = database;
        _time = time;
        _table = new CredentialTable<Session>(time, Forget, logger);
        database.Migrate("sessions", "CREATE TABLE session (digest BLOB PRIMARY KEY, id TEXT NOT NULL, person TEXT NOT NULL, device TEXT NOT NULL, source TEXT NOT NULL, https INTEGER NOT NULL, created TEXT NOT NULL, last_seen TEXT NOT NULL) WITHOUT ROWID;");
        foreach (var session in database.Read(c => c.Rows("SELECT digest, id, person, device, source, https, created, last_seen FROM session", r => Load(r, people))))
        {
            if (session is not null) _table.Add(session);
        }
    }

    public IEnumerable<Session> All => _table.All;

    public IEnumerable<Session> Of(Person person) => _table.All.Where(s => s.PersonKey == person.Key);

    /// <summary>The session of this cookie, if it came the way it was made.</summary>
    public Session? Use(ReadOnlySpan<char> secret, bool overHttps)
    {
        if (_table.Find(secret) is not { } session || session.OverHttps != overHttps) return null;
        if (session.Use(_time.GetUtcNow()))
        {
            _database.Later("session/" + session.Id, c => c.Execute("UPDATE session SET last_seen = $at WHERE digest = $digest",
                ("$at", session.LastUsed.ToString("O")), ("$digest", session.Digest.ToBytes())));
        }
        return session;
    }

    public Session New(string secret, Person person, string device, ClientOrigin from, bool overHttps)
    {
        var now = _time.GetUtcNow();
        return new Session(Digest.Of(secret)!.Value, Secrets.NewId(), person, device, from.Source, overHttps, now, now);
    }

    /// <summary>The sessions that make room for one more of this person.</summary>
    public IReadOnlyList<Session> TooMany(Person person) => [.. Of(person).OrderByDescending(s => s.LastUsed).Skip(MostOfOne - 1)];

    public static void Write(SqliteConnection c, Session s) => c.Execute(
        "INSERT INTO session VALUES ($digest, $id, $person, $device, $source, $https, $created, $seen)",
        ("$digest", s.Digest.ToBytes()), ("$id", s.Id), ("$person", s.PersonKey), ("$device", s.Device), ("$source", s.From), ("$https", s.OverHttps),
        ("$created", s.Created.ToString("O")), ("$seen", s.LastUsed.ToString("O")));

    public static void Delete(SqliteConnection c, IEnumerable<Session> sessions)
    {
        foreach (var session in sessions) c.Execute("DELETE FROM session WHERE digest = $digest", ("$digest", session.Digest.ToBytes()));
    }

    public void Put(Session session) => _table.Add(session);

    public void End(IEnumerable<Session> sessions)
    {
        foreach (var session in sessions) _table.End(session);
    }

    public void Dispose() => _table.Dispose();

    private void Forget(Session expired) => _database.Later("session/" + expired.Id, c => Delete(c, [expired]));

    private static Session? Load(SqliteDataReader r, People people) => people.Find(r.GetString(2)) is not { } person ? null : new Session(
        Digest.FromBytes(r.GetFieldValue<byte[]>(0)), r.GetString(1), person, r.GetString(3), r.GetString(4), r.GetBoolean(5),
        DateTimeOffset.Parse(r.GetString(6)), DateTimeOffset.Parse(r.GetString(7)));
}
