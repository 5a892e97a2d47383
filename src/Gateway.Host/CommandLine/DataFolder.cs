using System.Runtime.InteropServices;

namespace Gateway.Host.CommandLine;

/// <summary>The folder of all state: there, closed to others, and held by one gateway at a time.</summary>
internal static class DataFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder ready and locks it until the result is disposed or the process ends, however it ends.</summary>
    public static IDisposable Take(string path)
    {
        _ = Umask(0b111_111); // whatever this process creates is its user's alone, gateway.sock included
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
            Close(path);
            // FileShare.None is flock(2): the kernel lets go of it when the process is gone, so a crash leaves no lock behind.
            return new FileStream(Path.Combine(path, "gateway.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.NotPermitted, $"the user {Environment.UserName} may not write to the data folder {path}; make it this user's, or name another one as data.path in gateway.toml");
        }
        catch (IOException e) when (File.Exists(Path.Combine(path, "gateway.lock")) && e is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new CommandException(ExitCode.Unavailable, $"another gateway is running with its data in {path}; stop it first, or give this one its own data.path");
        }
        catch (IOException e)
        {
            throw new CommandException(ExitCode.Unavailable, $"the data folder {path} cannot be used: {e.Message}");
        }
    }

    /// <summary>Closes a folder of our own to others; never one that others live in, such as /tmp.</summary>
    private static void Close(string path)
    {
        if ((File.GetUnixFileMode(path) & ~OwnerOnly) == UnixFileMode.None) return;
        if (File.Exists(Path.Combine(path, "gateway.db")) || !Directory.EnumerateFileSystemEntries(path).Any()) File.SetUnixFileMode(path, OwnerOnly);
        else throw new CommandException(ExitCode.NotPermitted, $"the data folder {path} is open to other users and holds other things; name a folder of the gateway's own as data.path in gateway.toml");
    }

#pragma warning disable SYSLIB1054 // Blittable: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint Umask(uint mask);
#pragma warning restore SYSLIB1054
}
