using Gateway.Host.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Core;

public sealed class DatabaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-db-").FullName;
    private readonly FakeTimeProvider _time = new();

    private string File_ => Path.Combine(_folder, "gateway.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_the_process_was_killed()
    {
        await using var database = Open();
        for (var i = 1; i <= 20; i++) Insert(database, i);
        await using var after = Open(Killed());
        Assert.Equal(Enumerable.Range(1, 20), Numbers(after));
    }

    [Fact]
    public async Task A_power_cut_at_any_byte_of_the_log_leaves_whole_transactions_in_their_order()
    {
        await using var database = Open();
        for (var i = 0; i < 6; i++) database.Write(c => { c.Execute("INSERT INTO t VALUES ($n)", ("$n", 2 * i)); c.Execute("INSERT INTO t VALUES ($n)", ("$n", 2 * i + 1)); });
        var log = File.ReadAllBytes(File_ + "-wal");
        var last = -1;
        for (var length = 0; length <= log.Length; length += 509)
        {
            var copy = Killed();
            File.WriteAllBytes(copy + "-wal", log[..length]);
            await using var after = Open(copy, migrate: false);
            var there = after.Read(c => c.Scalar("SELECT 1 FROM sqlite_schema WHERE name = 't'")) is null ? [] : Numbers(after);
            Assert.Equal(Enumerable.Range(0, there.Count), there);
            Assert.Equal(0, there.Count % 2);
            Assert.True(there.Count >= last);
            last = there.Count;
        }
    }

    [Fact]
    public async Task A_write_that_fails_leaves_nothing()
    {
        await using var database = Open();
        Assert.Throws<InvalidOperationException>(() => database.Write(c =>
        {
            c.Execute("INSERT INTO t VALUES (1)");
            throw new InvalidOperationException();
        }));
        Assert.Empty(Numbers(database));
        Insert(database, 2);
        Assert.Equal([2], Numbers(database));
    }

    [Fact]
    public async Task A_minute_of_chatter_is_one_transaction_and_the_last_word_counts()
    {
        await using var database = Open();
        var before = database.Transactions;
        for (var second = 0; second < 600; second++)
        {
            var n = second;
            database.Later("chatty", c => { c.Execute("DELETE FROM t"); c.Execute("INSERT INTO t VALUES ($n)", ("$n", n)); });
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(database.Transactions - before, 9, 10);
        database.Flush();
        Assert.Equal([599], Numbers(database));
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_that_waits_and_a_newer_word_wins()
    {
        await using var database = Open();
        database.Write(c => c.Execute("CREATE TABLE big (b BLOB)"));
        var pages = (long)database.Read(c => c.Scalar("PRAGMA page_count"))!;
        database.Read(c => c.Execute($"PRAGMA max_page_count={pages}"));
        var blob = new byte[100_000];
        Assert.Equal(13, Assert.Throws<SqliteException>(() => database.Write(c => c.Execute("INSERT INTO big VALUES ($b)", ("$b", blob)))).SqliteErrorCode);
        database.Later("a", c => { c.Execute("INSERT INTO big VALUES ($b)", ("$b", blob)); c.Execute("INSERT INTO t VALUES (1)"); });
        database.Later("b", c => c.Execute("INSERT INTO t VALUES (2)"));
        _time.Advance(Database.BatchDelay);
        Assert.Empty(Numbers(database)); // all of a batch or none
        database.Later("b", c => c.Execute("INSERT INTO t VALUES (3)"));

        database.Read(c => c.Execute("PRAGMA max_page_count=1000000"));
        _time.Advance(Database.BatchDelay);

        Assert.Equal([1, 3], Numbers(database));
    }

    [Fact]
    public async Task One_bad_write_does_not_take_the_batch_with_it()
    {
        await using var database = Open();
        database.Later("good", c => c.Execute("INSERT INTO t VALUES (1)"));
        database.Later("bad", c => { c.Execute("INSERT INTO t VALUES (2)"); c.Execute("INSERT INTO nowhere VALUES (1)"); });
        database.Later("worse", _ => throw new InvalidOperationException());
        database.Later("fine", c => c.Execute("INSERT INTO t VALUES (3)"));
        database.Flush();
        Assert.Equal([1, 3], Numbers(database));
    }

    [Fact]
    public async Task Closing_writes_what_waits()
    {
        await using (var database = Open()) database.Later("x", c => c.Execute("INSERT INTO t VALUES (7)"));
        await using var after = Open();
        Assert.Equal([7], Numbers(after));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("noise")]
    [InlineData("torn")]
    [InlineData("scribbled")]
    [InlineData("foreign")]
    [InlineData("gone")]
    public async Task A_damaged_file_is_an_error_and_never_a_fresh_gateway(string how)
    {
        await using (var database = Open())
        {
            for (var i = 0; i < 2000; i++) database.Later($"{i}", c => c.Execute("INSERT INTO t VALUES ($n)", ("$n", i)));
        }
        var bytes = File.ReadAllBytes(File_);
        switch (how)
        {
            case "empty": File.WriteAllBytes(File_, []); break;
            case "noise": File.WriteAllBytes(File_, [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]); break;
            case "torn": File.WriteAllBytes(File_, bytes[..(bytes.Length / 2)]); break;
            case "scribbled": bytes.AsSpan(bytes.Length / 2, 4096).Fill(0xA5); File.WriteAllBytes(File_, bytes); break;
            case "foreign":
                File.Delete(File_);
                using (var other = new SqliteConnection($"Data Source={File_};Pooling=False")) { other.Open(); other.Execute("CREATE TABLE theirs (x)"); }
                break;
            case "gone": File.Delete(File_); File.WriteAllBytes(File_ + "-wal", [1]); break;
        }
        var e = Assert.Throws<DatabaseException>(() => Open());
        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
        Assert.Contains("backup", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_made_file_of_a_first_start_is_made_anew()
    {
        File.WriteAllText(File_ + ".new", "half");
        await using var database = Open();
        Assert.Empty(Numbers(database));
    }

    private Database Open(string? path = null, bool migrate = true)
    {
        var database = new Database(path ?? File_, _time, NullLogger<Database>.Instance);
        if (migrate) database.Migrate("test", "CREATE TABLE t (n INTEGER NOT NULL)");
        return database;
    }

    /// <summary>The files as they are at this moment: what a killed process or a power cut leaves.</summary>
    private string Killed()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;
        foreach (var file in Directory.GetFiles(_folder, "gateway.db*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Path.Combine(folder, "gateway.db");
    }

    private static void Insert(Database database, int n) => database.Write(c => c.Execute("INSERT INTO t VALUES ($n)", ("$n", n)));

    private static List<int> Numbers(Database database) => database.Read(c => c.Rows("SELECT n FROM t ORDER BY rowid", r => r.GetInt32(0)));
}
