namespace Gateway.Devices.Local;

/// <summary>Files of the kernel: a write is one value, and never makes a file. Errors are <see cref="LightUnavailableException"/>s that say what to do.</summary>
public static class Sysfs
{
    /// <summary>Replaces the value.</summary>
    public static void Write(string path, string value) => Do(path, p =>
    {
        using var file = new FileStream(p, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Span<byte> bytes = stackalloc byte[value.Length];
        System.Text.Encoding.ASCII.GetBytes(value, bytes);
        file.Write(bytes);
        return 0;
    });

    /// <summary>The value, without blanks around it.</summary>
    public static string Read(string path) => Do(path, p => File.ReadAllText(p).Trim());

    /// <summary>The value as a number.</summary>
    public static long ReadNumber(string path) =>
        long.TryParse(Read(path), out var number) ? number : throw new LightUnavailableException($"{path} does not hold a number.");

    private static T Do<T>(string path, Func<string, T> with)
    {
        try { return with(path); }
        catch (UnauthorizedAccessException e)
        {
            throw new LightUnavailableException($"No permission for {path}: let the gateway's user write it (a udev rule, or the group that owns it).", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LightUnavailableException($"There is no {path}.", e);
        }
        catch (IOException e)
        {
            throw new LightUnavailableException($"{path} cannot be used: {e.Message}", e);
        }
    }
}
