using System.Globalization;

namespace Gateway.Attack.Tests;

/// <summary>
/// A cgroup of our own with a memory limit, below the one that we run in: the kernel ends whoever goes beyond it. Where the machine lets us make none
/// (<see cref="Path"/> is null), the runtime's own heap limit and the resident memory that the tests watch stand in for it.
/// </summary>
internal sealed class MemoryGroup : IDisposable
{
    public MemoryGroup(long bytes)
    {
        foreach (var (parent, limit) in Candidates())
        {
            var folder = System.IO.Path.Combine(parent, "gateway-attack-" + Environment.ProcessId);
            try
            {
                Directory.CreateDirectory(folder);
                // Writing to a file that the controller did not put there fails.
                using (var file = new FileStream(System.IO.Path.Combine(folder, limit), FileMode.Open, FileAccess.Write))
                    file.Write(System.Text.Encoding.ASCII.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));
                Path = folder;
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (Directory.Exists(folder)) Directory.Delete(folder);
            }
        }
    }

    /// <summary>The folder of the group, or null.</summary>
    public string? Path { get; }

    public void Dispose()
    {
        if (Path is not null) Directory.Delete(Path);
    }

    /// <summary>cgroups(7): each line of /proc/self/cgroup is "id:controllers:path"; version 2 has no controllers there.</summary>
    private static IEnumerable<(string Parent, string LimitFile)> Candidates()
    {
        foreach (var line in File.ReadLines("/proc/self/cgroup"))
        {
            var parts = line.Split(':', 3);
            if (parts[1].Length == 0) yield return ("/sys/fs/cgroup" + parts[2], "memory.max");
            if (parts[1].Split(',').Contains("memory")) yield return ("/sys/fs/cgroup/memory" + parts[2], "memory.limit_in_bytes");
        }
    }
}
