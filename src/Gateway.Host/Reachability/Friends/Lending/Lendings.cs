using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>To whom this gateway lends its way in, and whose it uses itself. Both are the owner's word, outlive a restart, and end with the friendship.</summary>
internal sealed class Lendings : IHostedService
{
    private readonly Lock _lock = new();
    private readonly Database _database;
    private readonly AuditLog _audit;
    private readonly Friendships _friendships;
    private readonly SettingsStore _settings;
    private readonly LenderChoice _choice;
    private readonly TimeProvider _time;
    private readonly ILogger<Lendings> _logger;
    private volatile IReadOnlyList<LentWay> _all = [];
    private long _endedBytes;

    public Lendings(Database database, AuditLog audit, Friendships friendships, SettingsStore settings, LenderChoice choice, Metrics metrics, TimeProvider time, ILogger<Lendings> logger)
    {
        (_database, _audit, _friendships, _settings, _choice, _time, _logger) = (database, audit, friendships, settings, choice, time, logger);
        database.Migrate("lending",
            "CREATE TABLE lent (friend TEXT PRIMARY KEY, since TEXT NOT NULL, month INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;",
            "CREATE TABLE borrowed (friend TEXT PRIMARY KEY) WITHOUT ROWID;");
        var lent = database.Read(c => c.Rows("SELECT friend, since, month, bytes FROM lent ORDER BY friend", r => (Friend: r.GetString(0), Since: DateTimeOffset.Parse(r.GetString(1)), Month: r.GetInt32(2), Bytes: r.GetInt64(3))));
        _all = [.. lent.Where(l => friendships.Find(l.Friend) is not null).Select(l => Way(friendships.Find(l.Friend)!, l.Since, l.Month, l.Bytes))];
        if (database.Read(c => c.Scalar("SELECT friend FROM borrowed")) is string lender && friendships.Find(lender) is { } friend) choice.Set(new Lender(friend.Name, friend.Port));
        metrics.Counter("gateway_lent_bytes_total", "Bytes brought to friends and back", () => Interlocked.Read(ref _endedBytes) + _all.Sum(w => w.Bytes));
        metrics.Gauge("gateway_lent_visitors", "Visitors who are being brought to friends", () => _all.Sum(w => w.Visitors));
    }

    /// <summary>To whom it is lent now.</summary>
    public IReadOnlyList<LentWay> All => _all;

    /// <summary>Whose this name is, of those to whom it is lent; never one of this gateway's own.</summary>
    public LentWay? Asked(string name) => PublicNames.Of(_settings.Current).Any(own => name == own.Name || name.EndsWith("." + own.Name, StringComparison.Ordinal)) ? null
        : _all.Where(w => w.Has(name)).MaxBy(w => w.Friend.Name.Length);

    public LentWay? To(Friend friend) => _all.FirstOrDefault(w => w.Friend == friend);

    /// <summary>Says yes.</summary>
    public void Lend(Friend friend, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            if (To(friend) is not null) return;
            var now = _time.GetUtcNow();
            _audit.Security(who, from, "lending.started", friend.Name, c => c.Execute("INSERT OR REPLACE INTO lent VALUES ($friend, $since, 0, 0)", ("$friend", friend.Name), ("$since", now.ToString("O"))));
            _all = [.. _all.Where(w => w.Friend.Name != friend.Name), Way(friend, now, 0, 0)];
        }
    }

    /// <summary>Ends it at once, with whoever is being brought; false when it was not lent.</summary>
    public bool Stop(Friend friend, string who, ClientOrigin? from)
    {
        lock (_lock)
        {
            if (To(friend) is not { } way) return false;
            _audit.Security(who, from, "lending.ended", friend.Name, c => c.Execute("DELETE FROM lent WHERE friend = $friend", ("$friend", friend.Name)));
            _all = [.. _all.Where(w => w != way)];
            Interlocked.Add(ref _endedBytes, way.Bytes);
            way.Dispose();
            return true;
        }
    }

    /// <summary>Uses this friend's way in, and no other's.</summary>
    public void Borrow(Friend friend, string who, ClientOrigin from)
    {
        lock (_lock)
        {
            var lender = new Lender(friend.Name, friend.Port);
            if (_choice.Current == lender) return;
            _audit.Security(who, from, "borrowing.started", friend.Name, c =>
            {
                c.Execute("DELETE FROM borrowed");
                c.Execute("INSERT INTO borrowed VALUES ($friend)", ("$friend", friend.Name));
            });
            _choice.Set(lender);
        }
    }

    /// <summary>Uses it no more; false when it was not used.</summary>
    public bool GiveBack(string friend, string who, ClientOrigin? from)
    {
        lock (_lock)
        {
            if (_choice.Current?.Name != friend) return false;
            _audit.Security(who, from, "borrowing.ended", friend, c => c.Execute("DELETE FROM borrowed"));
            _choice.Set(null);
            return true;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _friendships.OnChange(EndWithFriendships);
        EndWithFriendships();
        return Task.CompletedTask;
    }

    /// <summary>What has been counted is written with the last batch.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var way in _all) way.Volume.Save();
        return Task.CompletedTask;
    }

    private void EndWithFriendships()
    {
        foreach (var way in _all.Where(w => _friendships.Find(w.Friend.Name) != w.Friend)) Stop(way.Friend, "system", null);
        if (_choice.Current is { } lender && _friendships.Find(lender.Name) is null) GiveBack(lender.Name, "system", null);
        // What a crash left of a friendship that ended.
        var left = _database.Read(c => c.Rows("SELECT friend FROM lent UNION SELECT friend FROM borrowed", r => r.GetString(0))).Where(f => _friendships.Find(f) is null).ToArray();
        if (left.Length > 0) _database.Write(c => { foreach (var f in left) { c.Execute("DELETE FROM lent WHERE friend = $f", ("$f", f)); c.Execute("DELETE FROM borrowed WHERE friend = $f", ("$f", f)); } });
    }

    private LentWay Way(Friend friend, DateTimeOffset since, int month, long bytes) => new(friend, since, new LentVolume(friend.Name, _database, _time, month, bytes), () => LendLimits.Of(_settings.Current), _time, _logger);
}
