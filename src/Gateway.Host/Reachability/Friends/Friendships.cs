using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Friends;

/// <summary>A gateway with which this one has agreed to look at each other.</summary>
/// <param name="Name">Its public name: what is dialled when it asks.</param>
/// <param name="OwnName">The name under which it knows us: what it dials when we ask.</param>
/// <param name="Port">The HTTPS port at which it is asked.</param>
/// <param name="Key">Its Ed25519 public key, hex: whose word counts.</param>
/// <param name="Tls">The <see cref="KeyFingerprint"/> that answered when the two became friends.</param>
/// <param name="Since">When that was.</param>
internal sealed record Friend(string Name, string OwnName, int Port, string Key, string Tls, DateTimeOffset Since);

/// <summary>What came of a wish to become friends.</summary>
internal enum Pairing
{
    /// <summary>No such invitation, or it is spent or expired.</summary>
    NotInvited = 0,
    Paired,
    /// <summary>There is a friend of that name; nobody takes another's place.</summary>
    NameTaken,
    TooMany,
}

/// <summary>The friends and the open invitations. What changes is on the disk, with its line in the audit log, before anybody is told.</summary>
internal sealed class Friendships
{
    /// <summary>Each looks, and is looked at, about once a minute.</summary>
    public const int Most = 16;

    public const int MostInvitations = 8;

    private readonly Lock _lock = new();
    private readonly Database _database;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private IReadOnlyList<Friend> _all;
    private Action? _changed;

    public Friendships(Database database, AuditLog audit, TimeProvider time)
    {
        (_database, _audit, _time) = (database, audit, time);
        database.Migrate("friends",
            "CREATE TABLE friend (name TEXT PRIMARY KEY, own_name TEXT NOT NULL, port INTEGER NOT NULL, key TEXT NOT NULL, tls TEXT NOT NULL, since TEXT NOT NULL) WITHOUT ROWID;",
            "CREATE TABLE friend_invitation (digest BLOB PRIMARY KEY, own_name TEXT NOT NULL, expires TEXT NOT NULL) WITHOUT ROWID;");
        _all = database.Read(c => c.Rows("SELECT name, own_name, port, key, tls, since FROM friend ORDER BY name", r => new Friend(r.GetString(0), r.GetString(1), r.GetInt32(2), r.GetString(3), r.GetString(4), DateTimeOffset.Parse(r.GetString(5)))));
    }

    public IReadOnlyList<Friend> All
    {
        get { lock (_lock) return _all; }
    }

    public Friend? Find(string? name) => All.FirstOrDefault(f => f.Name == name);

    /// <summary>Calls <paramref name="changed"/> after each change; it hands the change on and returns.</summary>
    public void OnChange(Action changed)
    {
        lock (_lock) _changed += changed;
    }

    /// <summary>Remembers an invitation, as its hash; false when too many are open.</summary>
    public bool Invite(FriendInvitation invitation, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (Convert.ToInt32(_database.Read(c => c.Scalar("SELECT count(*) FROM friend_invitation WHERE expires > $now", ("$now", now.ToString("O"))))) >= MostInvitations) return false;
            _audit.Security(who, from, "friend.invited", "", c =>
            {
                c.Execute("DELETE FROM friend_invitation WHERE expires <= $now", ("$now", now.ToString("O")));
                c.Execute("INSERT INTO friend_invitation VALUES ($digest, $own, $expires)", ("$digest", FriendInvitation.Digest(invitation.Secret)), ("$own", invitation.Name), ("$expires", (now + FriendInvitation.Lifetime).ToString("O")));
            });
            return true;
        }
    }

    /// <summary>The name in which this open invitation was made; null when there is none.</summary>
    public string? InvitedAs(string secret) =>
        _database.Read(c => c.Scalar("SELECT own_name FROM friend_invitation WHERE digest = $digest AND expires > $now", ("$digest", FriendInvitation.Digest(secret)), ("$now", _time.GetUtcNow().ToString("O")))) as string;

    /// <summary>Somebody takes an invitation up, which is spent by that.</summary>
    public Pairing Accept(string secret, Friend friend, ClientOrigin from) => Add(friend, friend.Name, from, () => InvitedAs(secret) == friend.OwnName, spent: FriendInvitation.Digest(secret));

    /// <summary>Our own owner has taken up an invitation, and the other side has agreed.</summary>
    public Pairing Add(Friend friend, string who, ClientOrigin from) => Add(friend, who, from, () => true, spent: null);

    /// <summary>Whether there is room for a friend of this name.</summary>
    public Pairing MayAdd(string name)
    {
        lock (_lock) return _all.Any(f => f.Name == name) ? Pairing.NameTaken : _all.Count >= Most ? Pairing.TooMany : Pairing.Paired;
    }

    /// <summary>Ends it at once; false when it is none.</summary>
    public bool End(Friend friend, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            if (!_all.Contains(friend)) return false;
            _audit.Security(who, from, "friend.ended", friend.Name, c => c.Execute("DELETE FROM friend WHERE name = $name", ("$name", friend.Name)));
            _all = [.. _all.Where(f => f != friend)];
        }
        _changed?.Invoke();
        return true;
    }

    private Pairing Add(Friend friend, string who, ClientOrigin from, Func<bool> isInvited, byte[]? spent)
    {
        lock (_lock)
        {
            if (!isInvited()) return Pairing.NotInvited;
            if (MayAdd(friend.Name) is not Pairing.Paired and var refused) return refused;
            _audit.Security(who, from, "friend.paired", friend.Name, c =>
            {
                if (spent is not null) c.Execute("DELETE FROM friend_invitation WHERE digest = $digest", ("$digest", spent));
                c.Execute("INSERT INTO friend VALUES ($name, $own, $port, $key, $tls, $since)", ("$name", friend.Name), ("$own", friend.OwnName), ("$port", friend.Port), ("$key", friend.Key), ("$tls", friend.Tls), ("$since", friend.Since.ToString("O")));
            });
            _all = [.. _all.Append(friend).OrderBy(f => f.Name, StringComparer.Ordinal)];
        }
        _changed?.Invoke();
        return Pairing.Paired;
    }
}
