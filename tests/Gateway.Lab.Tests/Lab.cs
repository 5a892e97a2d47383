using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Gateway.Lab.Tests;

/// <summary>What a command on one of the lab's hosts came to.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed, ends trimmed.</param>
/// <param name="Error">What it complained of.</param>
public sealed record Ran(int Code, string Output, string Error)
{
    public override string ToString() => $"exit code {Code}: {Output} {Error}".Trim();
}

/// <summary>One simulated internet (<c>tests/lab</c>, see its README for the map), named by its prefix.</summary>
public sealed class Lab : IAsyncDisposable
{
    private static readonly string Scripts = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "lab"));

    private Lab(string prefix) => Prefix = prefix;

    /// <summary>Before the names of its namespaces.</summary>
    public string Prefix { get; }

    /// <summary>Its keys, certificates and logs.</summary>
    public string Folder => Path.Combine(Path.GetTempPath(), "gateway-lab-" + Prefix);

    /// <summary>Brings one up, after whatever a crashed run left has been cleared away.</summary>
    /// <param name="letter">Tells several labs of one run apart.</param>
    /// <param name="arguments">What <c>tests/lab/up</c> is told.</param>
    public static async Task<Lab> UpAsync(char letter, params string[] arguments)
    {
        foreach (var left in Directory.GetDirectories(Path.GetTempPath(), "gateway-lab-t*"))
        {
            var prefix = Path.GetFileName(left)["gateway-lab-".Length..];
            if (prefix.Length > 2 && int.TryParse(prefix[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var run) && !Directory.Exists($"/proc/{run}")) await new Lab(prefix).DisposeAsync();
        }
        var lab = new Lab(string.Create(CultureInfo.InvariantCulture, $"t{letter}{Environment.ProcessId}"));
        // Also when the run is ended from outside in the middle of a test.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => { if (Directory.Exists(lab.Folder)) lab.ScriptAsync("down").GetAwaiter().GetResult(); };
        await lab.MustAsync("up", arguments);
        return lab;
    }

    /// <summary>Runs one of the lab's scripts, such as <c>bin/wan cgnat</c>, which must succeed.</summary>
    public async Task MustAsync(string script, params string[] arguments)
    {
        var ran = await ScriptAsync(script, arguments);
        if (ran.Code != 0) throw new InvalidOperationException($"tests/lab/{script} {string.Join(' ', arguments)}: {ran}\n{Logs()}");
    }

    /// <summary>Runs several, each a line such as <c>bin/wan cgnat</c>.</summary>
    public async Task MustAllAsync(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            if (line.Split(' ') is [var script, .. var arguments]) await MustAsync(script, arguments);
    }

    /// <summary>Where one of the lab's scripts is.</summary>
    public static string PathOf(string script) => Path.Combine(Scripts, script);

    /// <summary>Runs one of the lab's scripts.</summary>
    public Task<Ran> ScriptAsync(string script, params string[] arguments) => RunAsync(PathOf(script), arguments);

    /// <summary>Runs a command on a host.</summary>
    public Task<Ran> OnAsync(string host, params string[] command) => ScriptAsync("shell", [host, .. command]);

    /// <summary>What an HTTP request from a host is answered: the status, or 0 when nobody answers within three seconds.</summary>
    public async Task<int> HttpAsync(string host, string url, params string[] curl) =>
        int.Parse((await OnAsync(host, ["curl", "-gsS", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", .. curl, url])).Output, CultureInfo.InvariantCulture);

    /// <summary>Starts a program on a host that runs until the result is disposed.</summary>
    public Process Start(string host, params string[] command)
    {
        var process = Process.Start(Info("ip", ["netns", "exec", $"{Prefix}-{host}", .. command]))!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>The address that a host on the home's network has by autoconfiguration and would use now.</summary>
    public async Task<string> AddressAsync(string host, string prefix = "2001:db8:") =>
        (await OnAsync(host, "ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "global", "-deprecated")).Output.Split('\n')
            .Select(line => line.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 3 && words[3].StartsWith(prefix, StringComparison.Ordinal))
            .Select(words => words[3].Split('/')[0]).First();

    /// <summary>What every daemon said last: for the one who has to find out why a test failed.</summary>
    public string Logs() => string.Join('\n', Directory.Exists(Path.Combine(Folder, "logs"))
        ? Directory.GetFiles(Path.Combine(Folder, "logs")).Order(StringComparer.Ordinal).Select(f => $"--- {Path.GetFileName(f)}\n{string.Join('\n', File.ReadLines(f).TakeLast(20))}") : []);

    public async ValueTask DisposeAsync() => await ScriptAsync("down");

    private async Task<Ran> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(Info(program, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Ran(process.ExitCode, (await output).Trim(), (await error).Trim());
    }

    private ProcessStartInfo Info(string program, string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["LAB_PREFIX"] = Prefix;
        return info;
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
