using System.Collections.Concurrent;
using Gateway.Host.Core;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Access;

/// <summary>A link that makes one person, once.</summary>
internal sealed record Invitation(Digest Digest, string Id, string Role, string CreatedBy, DateTimeOffset Created, DateTimeOffset Expires);

/// <summary>The invitations that nobody has used yet.</summary>
internal sealed class Invitations
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    /// <summary>Bounds the memory.</summary>
    public const int Most = 50;

    private readonly ConcurrentDictionary<Digest, Invitation> _all = new();
    private readonly TimeProvider _time;

    public Invitations(Database database, TimeProvider time)
    {
        _time = time;
        database.Migrate("invitations", "CREATE TABLE invitation (digest BLOB PRIMARY KEY, id TEXT NOT NULL, role TEXT NOT NULL, created_by TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL) WITHOUT ROWID;");
        foreach (var invitation in database.Read(c => c.Rows("SELECT digest, id, role, created_by, created, expires FROM invitation", r => new Invitation(
            Digest.FromBytes(r.GetFieldValue<byte[]>(0)), r.GetString(1), r.GetString(2), r.GetString(3), DateTimeOffset.Parse(r.GetString(4)), DateTimeOffset.Parse(r.GetString(5))))))
        {
            _all[invitation.Digest] = invitation;
        }
    }

    public IReadOnlyList<Invitation> Open => [.. _all.Values.Where(IsOpen).OrderBy(i => i.Created)];

    /// <summary>The open invitation with this code.</summary>
    public Invitation? Find(string code) => Digest.Of(code) is { } digest && _all.GetValueOrDefault(digest) is { } found && IsOpen(found) ? found : null;

    public bool IsOpen(Invitation invitation) => _all.ContainsKey(invitation.Digest) && _time.GetUtcNow() < invitation.Expires;

    /// <summary>The database's part of a new invitation; those that nobody used in time go.</summary>
    public void Write(SqliteConnection c, Invitation i)
    {
        c.Execute("DELETE FROM invitation WHERE expires < $now", ("$now", _time.GetUtcNow().ToString("O")));
        c.Execute("INSERT INTO invitation VALUES ($digest, $id, $role, $by, $created, $expires)",
            ("$digest", i.Digest.ToBytes()), ("$id", i.Id), ("$role", i.Role), ("$by", i.CreatedBy), ("$created", i.Created.ToString("O")), ("$expires", i.Expires.ToString("O")));
    }

    public static void Delete(SqliteConnection c, IEnumerable<Invitation> invitations)
    {
        foreach (var invitation in invitations) c.Execute("DELETE FROM invitation WHERE digest = $digest", ("$digest", invitation.Digest.ToBytes()));
    }

    public void Put(Invitation invitation)
    {
        foreach (var late in _all.Values.Where(i => !IsOpen(i))) _all.TryRemove(late.Digest, out _);
        _all[invitation.Digest] = invitation;
    }

    public void End(IEnumerable<Invitation> invitations)
    {
        foreach (var invitation in invitations) _all.TryRemove(invitation.Digest, out _);
    }
}
