using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Tests.CommandLine;

/// <summary>The built program as its user runs it: a child process with a gateway.toml and a data folder of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    /// <summary>The built program.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Gateway.Host");

    private readonly List<Process> _running = [];
    private readonly List<string> _lines = [];
    private readonly IReadOnlyDictionary<string, string> _environment;

    public GatewayProcess(string toml = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        _environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal);
        Port = FreePort();
        MqttPort = FreePort();
        File.WriteAllText(Configuration, $"data.path = '{Data}'\nhttp.listen = ['http://127.0.0.1:{Port}']\nmqtt.listen = '127.0.0.1:{MqttPort}'\n{toml}");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("gw-cli-").FullName;

    public string Data => Path.Combine(Folder, "data");

    public string Configuration => Path.Combine(Folder, "gateway.toml");

    public int Port { get; }

    public int MqttPort { get; }

    /// <summary>Starts <c>gateway run</c> and waits for its page.</summary>
    public async Task<Process> StartAsync(params string[] arguments)
    {
        var process = Start([.. arguments.DefaultIfEmpty("run"), "--config", Configuration]);
        process.OutputDataReceived += (_, line) => { if (line.Data is { } text) lock (_lines) _lines.Add(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Assert.False(process.HasExited);
            try
            {
                if ((await http.GetAsync($"http://127.0.0.1:{Port}/healthz", patience.Token)).StatusCode == HttpStatusCode.OK) return process;
            }
            catch (HttpRequestException) { await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token); }
        }
    }

    /// <summary>Starts a command that goes on, and waits for nothing.</summary>
    public Process Begin(params string[] arguments) => Start([.. arguments, "--config", Configuration]);

    /// <summary>What <c>gateway run</c> has printed.</summary>
    public IReadOnlyList<string> Lines
    {
        get { lock (_lines) return [.. _lines]; }
    }

    /// <summary>Runs a command with this gateway's configuration to its end.</summary>
    public Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunBareAsync([.. arguments, "--config", Configuration]);

    /// <summary>Runs a command as it stands.</summary>
    public async Task<(int Code, string Output, string Error)> RunBareAsync(params string[] arguments)
    {
        var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts a command that goes on, and hears what it prints.</summary>
    public (Process Process, HeardLines Lines) Follow(params string[] arguments)
    {
        var process = Start(arguments);
        var lines = new HeardLines(Patience);
        process.OutputDataReceived += (_, line) => lines.Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return (process, lines);
    }

    /// <summary>Sends SIGTERM, SIGHUP ... and does not wait.</summary>
    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    public static async Task<int> EndAsync(Process process, string signal)
    {
        await SignalAsync(process, signal);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>A client of the local socket.</summary>
    public HttpClient Local() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Data, "gateway.sock")), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://localhost") };

    public void Dispose()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        Directory.Delete(Folder, recursive: true);
    }

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.Environment["XDG_STATE_HOME"] = Folder;
        start.Environment.Remove("GATEWAY_CONFIG");
        foreach (var (name, value) in _environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        _running.Add(process);
        return process;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

/// <summary>What a process has printed, and waiting for it.</summary>
internal sealed class HeardLines(TimeSpan patience)
{
    private readonly System.Threading.Channels.Channel<string> _lines = System.Threading.Channels.Channel.CreateUnbounded<string>();

    public void Add(string? line)
    {
        if (line is not null) _lines.Writer.TryWrite(line);
    }

    /// <summary>Reads on until there is such a line.</summary>
    public async Task<string> WaitForAsync(Func<string, bool> wanted)
    {
        using var end = new CancellationTokenSource(patience, TimeProvider.System);
        while (true) if (await _lines.Reader.ReadAsync(end.Token) is var line && wanted(line)) return line;
    }
}
