using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends.Lending;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability.Friends.Lending;

public sealed class LentVolumeTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly Database _database;

    public LentVolumeTests()
    {
        _database = new Database(Path.Combine(_folder, "gateway.db"), _time, NullLogger<Database>.Instance);
        _database.Migrate("lending", "CREATE TABLE lent (friend TEXT PRIMARY KEY, since TEXT NOT NULL, month INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;");
        _database.Write(c => c.Execute("INSERT INTO lent VALUES ('bo', '', 0, 0)"));
    }

    private long Written => (long)_database.Read(c => c.Scalar("SELECT bytes FROM lent"))!;

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_second_s_worth_goes_at_once_and_the_rest_as_fast_as_is_lent()
    {
        var volume = new LentVolume("bo", _database, _time);
        Assert.Equal(TimeSpan.Zero, volume.Take(100_000, 100_000));
        var waited = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            var wait = volume.Take(10_000, 100_000);
            waited += wait;
            _time.Advance(wait);
        }
        Assert.InRange(waited.TotalSeconds, 8.9, 10.1); // 1 MB at 100 KB/s
    }

    [Fact]
    public void The_card_is_written_to_once_a_megabyte_and_at_the_end()
    {
        var volume = new LentVolume("bo", _database, _time);
        volume.Take(1000, 1e9);
        _database.Flush(); // that a month has begun
        var before = _database.Transactions;
        for (var i = 0; i < 10; i++)
        {
            volume.Take(100_000, 1e9);
            _database.Flush();
        }
        Assert.Equal(before, _database.Transactions);
        for (var i = 0; i < 50; i++)
        {
            volume.Take(100_000, 1e9);
            _database.Flush();
        }
        Assert.InRange(_database.Transactions - before, 4, 6);
        volume.Save();
        _database.Flush();
        Assert.Equal(6_001_000, Written);
        var again = new LentVolume("bo", _database, _time, 202611, Written);
        Assert.Equal(6_001_000, again.Bytes);
    }

    [Fact]
    public void A_month_begins_with_the_calendar_s_and_a_clock_that_goes_back_begins_none()
    {
        var volume = new LentVolume("bo", _database, _time, 202611, 5000);
        Assert.Equal(5000, volume.Bytes);
        _time.Advance(TimeSpan.FromHours(13));
        Assert.Equal(0, volume.Bytes);
        volume.Take(700, 1e9);
        var unset = new FakeTimeProvider(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(700, new LentVolume("bo", _database, unset, 202612, 700).Bytes);
    }
}
