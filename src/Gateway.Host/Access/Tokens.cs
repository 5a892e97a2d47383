using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Access;

/// <summary>A program's key to the API or the broker.</summary>
internal sealed class Token(Digest digest, string name, IReadOnlyList<string> scopes, string? topic, string createdBy, DateTimeOffset created, DateTimeOffset? expires, DateTimeOffset? lastUsed)
    : Credential(digest, created, lastUsed ?? DateTimeOffset.UnixEpoch)
{
    public string Name { get; } = name;

    public IReadOnlyList<string> Scopes { get; } = scopes;

    /// <summary>The MQTT topics it is narrowed to.</summary>
    public string? Topic { get; } = topic;

    /// <summary>Who made it, as the audit log names him.</summary>
    public string CreatedBy { get; } = createdBy;

    public override DateTimeOffset? GoodUntil { get; } = expires;

    public DateTimeOffset? LastUsedIfEver => LastUsed == DateTimeOffset.UnixEpoch ? null : LastUsed;

    public override Caller Caller => field ??= new Caller(CallerKind.Token, "", Name, Scopes.Contains(Core.Scopes.Admin, StringComparer.Ordinal) ? Roles.Owner : Roles.Member, Scopes, Ended);
}

/// <summary>Every API token: shown once, hashed on the disk, checked in memory.</summary>
internal sealed class Tokens : IDisposable
{
    /// <summary>Bounds the memory.</summary>
    public const int Most = 500;

    /// <summary>Lets people and secret scanners tell what they found.</summary>
    public const string Prefix = "gw_";

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly CredentialTable<Token> _table;

    public Tokens(Database database, TimeProvider time, ILogger<Tokens> logger)
    {
        _database = database;
        _time = time;
        _table = new CredentialTable<Token>(time, t => database.Later("token/" + t.Name, c => Delete(c, [t])), logger);
        database.Migrate("tokens", "CREATE TABLE token (digest BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL, topic TEXT, created_by TEXT NOT NULL, created TEXT NOT NULL, expires TEXT, last_used TEXT) WITHOUT ROWID;");
        foreach (var token in database.Read(c => c.Rows("SELECT digest, name, scopes, topic, created_by, created, expires, last_used FROM token", Load))) _table.Add(token);
    }

    public IReadOnlyList<Token> All => [.. _table.All.Where(t => t.IsGood(_time.GetUtcNow())).OrderBy(t => t.Name, StringComparer.Ordinal)];

    public Token? Find(string name) => All.FirstOrDefault(t => AccountRules.Key(t.Name) == AccountRules.Key(name));

    /// <summary>The good token with this secret.</summary>
    public Token? Use(ReadOnlySpan<char> secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal) || _table.Find(secret) is not { } token) return null;
        if (token.Use(_time.GetUtcNow()))
        {
            _database.Later("token/" + token.Name, c => c.Execute("UPDATE token SET last_used = $at WHERE digest = $digest",
                ("$at", token.LastUsed.ToString("O")), ("$digest", token.Digest.ToBytes())));
        }
        return token;
    }

    /// <summary>The answer for the broker.</summary>
    public MqttGrant? Verify(string secret) =>
        Use(secret) is { } token && token.Caller.May(Core.Scopes.Mqtt) ? new MqttGrant(token.Name, token.Topic, token.GoodUntil) { Ended = token.Ended } : null;

    public static void Write(SqliteConnection c, Token t)
    {
        // An expired one of that name may still wait for its removal.
        c.Execute("DELETE FROM token WHERE name = $name", ("$name", t.Name));
        c.Execute("INSERT INTO token VALUES ($digest, $name, $scopes, $topic, $by, $created, $expires, NULL)",
            ("$digest", t.Digest.ToBytes()), ("$name", t.Name), ("$scopes", string.Join(' ', t.Scopes)), ("$topic", t.Topic), ("$by", t.CreatedBy),
            ("$created", t.Created.ToString("O")), ("$expires", t.GoodUntil?.ToString("O")));
    }

    public static void Delete(SqliteConnection c, IEnumerable<Token> tokens)
    {
        foreach (var token in tokens) c.Execute("DELETE FROM token WHERE digest = $digest", ("$digest", token.Digest.ToBytes()));
    }

    public void Put(Token token) => _table.Add(token);

    public void End(IEnumerable<Token> tokens)
    {
        foreach (var token in tokens) _table.End(token);
    }

    public void Dispose() => _table.Dispose();

    private static Token Load(SqliteDataReader r) => new(
        Digest.FromBytes(r.GetFieldValue<byte[]>(0)), r.GetString(1), r.GetString(2).Split(' '), r.IsDBNull(3) ? null : r.GetString(3), r.GetString(4),
        DateTimeOffset.Parse(r.GetString(5)), r.IsDBNull(6) ? null : DateTimeOffset.Parse(r.GetString(6)), r.IsDBNull(7) ? null : DateTimeOffset.Parse(r.GetString(7)));
}
