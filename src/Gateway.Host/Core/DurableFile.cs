using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Host.Core;

/// <summary>Replaces a file so that at any instant of a crash or power cut either the old or the new one is there, whole.</summary>
public static class DurableFile
{
    /// <summary>Write beside, flush to the disk, rename, flush the folder. Only the owner may read the file. Throws what file access throws; the old file is then untouched.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var beside = path + ".new";
        File.Delete(beside);
        using (var stream = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Gives a file that has been made beside, in the same folder, its name, unless something has that name already: nothing is ever replaced, whoever else does the same. Throws <see cref="IOException"/>.</summary>
    /// <returns>False where the name was taken; what was made is gone in either case.</returns>
    public static bool Publish(string made, string path)
    {
        using (var stream = new FileStream(made, FileMode.Open, FileAccess.Write)) stream.Flush(flushToDisk: true);
        var result = Link([.. Encoding.UTF8.GetBytes(made), 0], [.. Encoding.UTF8.GetBytes(path), 0]);
        var error = Marshal.GetLastPInvokeError();
        File.Delete(made);
        if (result != 0 && error != Exists) throw new IOException($"The file {path} cannot be made (error {error}).");
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return result == 0;
    }

    /// <summary>A rename is on the disk only when the folder is (fsync(2)). .NET opens no folders, so libc does.</summary>
    private static void FlushFolder(string folder)
    {
        var descriptor = Open([.. Encoding.UTF8.GetBytes(folder), 0], ReadOnlyOnExec);
        if (descriptor < 0) throw new IOException($"The folder {folder} cannot be opened (error {Marshal.GetLastPInvokeError()}).");
        var result = FSync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0 && error != NotSupported) throw new IOException($"The folder {folder} cannot be flushed to the disk (error {error}).");
    }

    /// <summary>O_RDONLY | O_CLOEXEC, the same on x64 and arm64.</summary>
    private const int ReadOnlyOnExec = 0x80000;

    /// <summary>EINVAL: a file system that cannot flush folders.</summary>
    private const int NotSupported = 22;

    /// <summary>EEXIST.</summary>
    private const int Exists = 17;

#pragma warning disable SYSLIB1054 // Blittable signatures: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] from, byte[] to);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
#pragma warning restore SYSLIB1054
}
