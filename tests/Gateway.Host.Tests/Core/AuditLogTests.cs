using System.Net;
using Gateway.Host.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Core;

public sealed class AuditLogTests : IAsyncDisposable
{
    private static readonly ClientOrigin Home = new(OriginKind.HomeNetwork, IPAddress.Parse("192.168.1.7"));

    private readonly FakeTimeProvider _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly Database _database;
    private readonly AuditLog _audit;

    public AuditLogTests()
    {
        _database = new Database(Path.Combine(_folder, "gateway.db"), _time, NullLogger<Database>.Instance);
        _audit = new AuditLog(_database, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Everyday_events_outlive_a_batch_that_failed()
    {
        _audit.Everyday("Ana", Home, "light.commanded", "desk");
        _database.Later("bad", _ => throw new InvalidOperationException()); // the whole transaction is undone, and each write done again by itself
        _database.Flush();
        Assert.Equal(1L, _database.Read(c => c.Scalar("SELECT count(*) FROM audit_everyday")));
        Assert.Single(_audit.Newest(10));

        _audit.Everyday("Ana", Home, "light.commanded", "desk");
        _database.Flush();
        Assert.Equal(2, _audit.Newest(10).Count);
    }

    [Fact]
    public void A_security_event_is_on_the_disk_at_once_together_with_its_change()
    {
        _database.Write(c => c.Execute("CREATE TABLE thing (name TEXT)"));
        _audit.Security("Ana", Home, "thing.made", "lamp", c => c.Execute("INSERT INTO thing VALUES ('lamp')"));
        Assert.Throws<InvalidOperationException>(() => _audit.Security("Ana", Home, "thing.made", "chair", c =>
        {
            c.Execute("INSERT INTO thing VALUES ('chair')");
            throw new InvalidOperationException();
        }));
        Assert.Equal(1L, _database.Read(c => c.Scalar("SELECT count(*) FROM thing")));
        var entry = Assert.Single(_audit.Newest(10));
        Assert.Equal(("Ana", "192.168.1.7", "thing.made", "lamp"), (entry.Who, entry.From, entry.What, entry.Subject));
    }

    [Fact]
    public void Switching_lights_drives_no_security_event_out()
    {
        _audit.Security("Ana", Home, "token.created", "script");
        for (var i = 0; i < AuditLog.Kept + 10; i++)
        {
            _audit.Everyday("Bo", Home, "light.commanded", "light" + i);
            if (i % 1500 == 0) _database.Flush();
        }
        _database.Flush();
        Assert.Contains(_audit.Newest(AuditLog.Kept * 2), e => e.What == "token.created");
    }

    [Fact]
    public void The_same_change_again_and_again_is_one_line_of_its_batch()
    {
        var before = _database.Transactions;
        for (var i = 0; i < 10_000; i++) _audit.Everyday("Bo", Home, "light.commanded", "desk");
        Assert.Single(_audit.Newest(100));
        _time.Advance(Database.BatchDelay);
        Assert.Single(_audit.Newest(100));
        Assert.Equal(before + 1, _database.Transactions);
        _audit.Everyday("Bo", Home, "light.commanded", "desk");
        Assert.Equal(2, _audit.Newest(100).Count);
    }

    [Fact]
    public void What_strangers_wrote_cannot_forge_a_line()
    {
        _audit.Security("Eve\r\n2026 Ana", Home, "session.refused", "\u001b[2J\u202egnihton\u2028" + new string('x', 5000));
        var entry = Assert.Single(_audit.Newest(10));
        Assert.DoesNotContain(entry.Who + entry.Subject, c => char.IsControl(c) || c is '\u202e' or '\u2028');
        Assert.True(entry.Subject.Length <= 200);
    }

    [Fact]
    public void The_newest_come_first_of_both_kinds()
    {
        _audit.Security("Ana", Home, "first", "");
        _time.Advance(TimeSpan.FromSeconds(1));
        _audit.Everyday("Bo", Home, "second", "");
        _time.Advance(TimeSpan.FromSeconds(1));
        _audit.Security("Ana", Home, "third", "");
        Assert.Equal("third second first", string.Join(' ', _audit.Newest(10).Select(e => e.What)));
        _database.Flush();
        Assert.Equal("third second", string.Join(' ', _audit.Newest(2).Select(e => e.What)));
    }
}
