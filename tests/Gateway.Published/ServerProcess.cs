using System.Diagnostics;
using System.Globalization;

namespace Gateway.Published;

/// <summary>A server that was started to be measured or attacked: on a core of its own, read from <c>/proc</c>, ended by its id.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>How much of what the server says is kept: enough to explain a failure, not more.</summary>
    private const int KeptLines = 20_000;

    private readonly Process _process;
    private readonly Queue<string> _said = new();

    private ServerProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id { get; }

    /// <summary>Whether it has ended, by itself or by us.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>With what it has ended, 128 and more for a signal; null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Bytes the server has written to stdout and stderr so far.</summary>
    public long SaidBytes { get; private set; }

    /// <summary>The last lines the server wrote to stdout and stderr.</summary>
    public string Said
    {
        get { lock (_said) return string.Join('\n', _said); }
    }

    /// <summary>User and system time since its start, of all threads; the kernel counts in steps of 10 ms.</summary>
    public TimeSpan CpuTime => CpuTimeOf(Id);

    /// <summary>Resident memory in bytes (VmRSS).</summary>
    public long ResidentBytes => StatusKilobytes("VmRSS:") * 1024;

    /// <summary>Of it, what the process has written itself, in bytes (RssAnon): the rest is its program, which the kernel drops and reads again as it needs the room.</summary>
    public long AnonymousBytes => StatusKilobytes("RssAnon:") * 1024;

    /// <summary>Number of threads.</summary>
    public int Threads => (int)StatusKilobytes("Threads:");

    /// <summary>Number of open files and sockets.</summary>
    public int OpenFiles => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>Starts <paramref name="program"/>, on core <paramref name="core"/> alone when given, in the memory group <paramref name="memoryGroup"/> when given.</summary>
    public static ServerProcess Start(string program, IReadOnlyList<string> arguments, int? core = null, string? memoryGroup = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        // Each step replaces the one before (exec), so that our child is the server itself and its id stays.
        List<string> line = [program, .. arguments];
        if (core is { } c) line = ["taskset", "-c", c.ToString(CultureInfo.InvariantCulture), .. line];
        if (memoryGroup is not null) line = ["sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", memoryGroup, .. line];
        var start = new ProcessStartInfo(line[0], line[1..]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>User and system time of a process, from <c>/proc/PID/stat</c>.</summary>
    public static TimeSpan CpuTimeOf(int id)
    {
        var fields = File.ReadAllText($"/proc/{id}/stat");
        // proc(5): the name in brackets may hold blanks; utime and stime are fields 14 and 15, in ticks of 1/100 s.
        var after = fields[(fields.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(after[11], CultureInfo.InvariantCulture) + long.Parse(after[12], CultureInfo.InvariantCulture)));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private long StatusKilobytes(string key) => long.Parse(
        File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith(key, StringComparison.Ordinal)).Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_said)
        {
            SaidBytes += line.Length + 1;
            _said.Enqueue(line);
            if (_said.Count > KeptLines) _said.Dequeue();
        }
    }
}
