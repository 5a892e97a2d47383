using Microsoft.Data.Sqlite;

namespace Gateway.Host.Core;

/// <summary>How the file of the <see cref="Database"/> is made and opened, and what can be wrong with it.</summary>
internal static class DatabaseFile
{
    // Primary result codes, https://www.sqlite.org/rescode.html
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the file, or makes it where there is none. Throws <see cref="DatabaseException"/>.</summary>
    public static SqliteConnection Open(string path)
    {
        try
        {
            if (!File.Exists(path)) Create(path);
            // SQLite would take an empty file for a new database, and this gateway for one that nobody owns.
            if (new FileInfo(path).Length == 0) throw Damaged(path, "it is empty", null);
            File.SetUnixFileMode(path, OwnerOnly);
            var connection = Connect(path);
            try
            {
                var check = connection.Scalar("PRAGMA quick_check(1)") as string;
                if (check != "ok") throw Damaged(path, check ?? "it cannot be read", null);
                if (connection.Scalar("SELECT name FROM sqlite_schema WHERE name = 'schema_version'") is null) throw Damaged(path, "it is not a gateway's", null);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
            return connection;
        }
        catch (SqliteException e)
        {
            throw e.SqliteErrorCode switch
            {
                Corrupt or NotADatabase => Damaged(path, e.Message, e),
                Busy or Locked => new DatabaseException($"{path} is in use: another gateway runs on this folder. Stop it, or set data.path to another folder.", e),
                Full => new DatabaseException($"The disk of {path} is full: free some space.", e),
                CannotOpen or ReadOnly => new DatabaseException($"{path} cannot be written: let the gateway's user own the folder and the file.", e),
                _ => new DatabaseException($"{path} cannot be opened: {e.Message}", e),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"{path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Whether this is trouble of the disk, which may pass, and no mistake in what was written.</summary>
    public static bool IsStorageTrouble(Exception e) => e is SqliteException { SqliteErrorCode: Busy or Locked or ReadOnly or IoError or Full or CannotOpen };

    /// <summary>
    /// Made beside and renamed, so that the file is either whole or not there. The folder reaches the disk with the first
    /// write: SQLite syncs it when it makes the write-ahead log.
    /// </summary>
    private static void Create(string path)
    {
        if (File.Exists(path + "-wal")) throw Damaged(path, "it is gone, and its log is still there", null);
        var beside = path + ".new";
        foreach (var left in new[] { beside, beside + "-wal", beside + "-journal" }) File.Delete(left);
        new FileStream(beside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }).Dispose();
        using (var connection = Connect(beside)) connection.Execute("CREATE TABLE schema_version (feature TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;");
        using (var file = File.OpenHandle(beside, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(file);
        File.Move(beside, path);
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = 2 }.ToString());
        try
        {
            connection.Open();
            // Exclusive: a second gateway on this folder is refused, and no shared memory file is needed.
            connection.Execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=1048576;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static DatabaseException Damaged(string path, string how, Exception? inner) => new(
        $"{path}, which holds the gateway's accounts and states, is damaged ({how}). Put a backup in its place, or move it and {path}-wal away: the gateway then starts anew and waits for an owner.", inner);
}
