using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Gateway.Host.Core;

/// <summary>
/// A program of the system's that never outlives this process, however that ends. .NET cannot ask the kernel for that, and few programs mind the end of their standard input.
/// The shell that waits for that end can: the pipe closes with us, and the program and its folder go, by force where it has been stopped.
/// </summary>
public sealed class KeptProcess : IAsyncDisposable
{
    /// <summary>Of a longer line only its beginning is read, in characters, unless more is asked for.</summary>
    public const int LongestLine = 512;

    /// <summary>The shell lets go of its output, so that the program's end is the pipe's. A program that leads a group (setsid) goes with all of it.</summary>
    private const string Keeper = "\"$@\" </dev/null & exec >/dev/null 2>&1; read -r _; kill -- -$! || kill $!; for _ in 1 2 3 4 5; do kill -0 $! || break; sleep .2; done; kill -9 -- -$! || kill -9 $!; wait; rm -rf \"$0\"";

    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(3);

    private readonly Process _keeper;

    private KeptProcess(Process keeper, string folder, Task ended) => (_keeper, Folder, Ended) = (keeper, folder, ended);

    /// <summary>A folder of the program's own, only for this user, which goes with it.</summary>
    public string Folder { get; }

    /// <summary>Completes when the program has ended: it has closed its output.</summary>
    public Task Ended { get; }

    /// <summary>Starts it; throws <see cref="Win32Exception"/> or <see cref="IOException"/> when that cannot be done. A program that is not there says so by its first line of errors (sh: "not found").</summary>
    /// <param name="program">A name on the PATH, or a path.</param>
    /// <param name="arguments">Given its folder. Anybody on this machine can read them: no secrets.</param>
    /// <param name="output">Called for each line of its output, trimmed.</param>
    /// <param name="errors">Called for each line of its errors, trimmed.</param>
    /// <param name="longest">Of a longer line only its beginning is read, in characters.</param>
    public static KeptProcess Start(string program, Func<string, IEnumerable<string>> arguments, Action<string> output, Action<string> errors, int longest = LongestLine)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var folder = Directory.CreateTempSubdirectory("gateway-").FullName;
        try
        {
            var keeper = Start("/bin/sh", ["-c", Keeper, folder, program, .. arguments(folder)]);
            return new KeptProcess(keeper, folder, Task.WhenAll(ReadLinesAsync(keeper.StandardOutput, output, longest), ReadLinesAsync(keeper.StandardError, errors, longest)));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Runs a program that ends by itself: its exit code and what it wrote (output and errors, not more than 4 KB of each).</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan within, TimeProvider time, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var (output, errors) = (ReadSomeAsync(process.StandardOutput, either.Token), ReadSomeAsync(process.StandardError, either.Token));
            await process.WaitForExitAsync(either.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            if (cancellationToken.IsCancellationRequested) throw;
            throw new TimeoutException($"{program} did not end within {within.TotalSeconds:0} seconds", e);
        }
    }

    /// <summary>Ends it, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _keeper.StandardInput.Close();
            await _keeper.WaitForExitAsync(CancellationToken.None).WaitAsync(EndWithin, TimeProvider.System);
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException)
        {
            if (!_keeper.HasExited) _keeper.Kill(entireProcessTree: true);
        }
        // What it has left behind in the background may hold on to its output for ever.
        await Ended.WaitAsync(EndWithin, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _keeper.StandardOutput.Dispose();
        _keeper.StandardError.Dispose();
        _keeper.Dispose();
        try { Directory.Delete(Folder, recursive: true); }
        catch (IOException) { } // the keeper has done it
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["SHELL"] = "/bin/sh"; // ssh's LocalCommand needs one that works; a service's user has none
        info.Environment["LC_ALL"] = "C";
        // Settings may come by the environment, secrets among them, and so does the service manager's line: nobody else's.
        foreach (var ours in info.Environment.Keys.Where(k => k.StartsWith("GATEWAY_", StringComparison.OrdinalIgnoreCase) || k is "SSH_AUTH_SOCK" or "NOTIFY_SOCKET" or "WATCHDOG_PID" or "WATCHDOG_USEC" or "CREDENTIALS_DIRECTORY").ToArray()) info.Environment.Remove(ours);
        return Process.Start(info)!;
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> line, int longest)
    {
        var (buffer, text) = (new char[LongestLine], new StringBuilder());
        while (await reader.ReadAsync(buffer) is var read and > 0)
        {
            foreach (var c in buffer.AsSpan(0, read).ToArray())
            {
                if (c == '\n')
                {
                    line(text.ToString().Trim());
                    text.Clear();
                }
                else if (text.Length < longest) text.Append(c);
            }
        }
        if (text.Length > 0) line(text.ToString().Trim());
    }

    private static async Task<string> ReadSomeAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var (buffer, text) = (new char[LongestLine], new StringBuilder());
        while (await reader.ReadAsync(buffer, cancellationToken) is var read and > 0) text.Append(buffer, 0, Math.Min(read, 4096 - text.Length));
        return text.ToString();
    }
}
