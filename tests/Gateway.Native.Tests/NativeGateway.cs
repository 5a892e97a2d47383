using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Native.Tests;

/// <summary>The published binary as its user runs it: a process, a gateway.toml and a data folder. <c>GATEWAY_BINARY</c> names it; <c>tests/run</c> publishes and sets it.</summary>
public sealed class NativeGateway : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private readonly string _binary;
    private Process? _process;

    public NativeGateway(string configuration = "")
    {
        _binary = Environment.GetEnvironmentVariable("GATEWAY_BINARY") ?? "";
        if (!File.Exists(_binary))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "GATEWAY_BINARY names no published gateway; tests/run publishes one.");
            Assert.Fail("GATEWAY_BINARY names no published gateway.");
        }
        Folder = Directory.CreateTempSubdirectory("gw-native-").FullName;
        (HttpPort, MqttPort) = (FreePort(), FreePort());
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}") };
        File.WriteAllText(ConfigurationFile, $"""
            [http]
            listen = ["http://127.0.0.1:{HttpPort}"]
            [data]
            path = "{Folder}/data"
            [mqtt]
            listen = "127.0.0.1:{MqttPort}"
            [lights.desk]
            driver = "simulated"
            name = "Desk"
            room = "Study"
            {configuration}
            """);
    }

    public string Folder { get; }

    public string ConfigurationFile => Path.Combine(Folder, "gateway.toml");

    public int HttpPort { get; }

    public int MqttPort { get; }

    public HttpClient Http { get; }

    /// <summary>Everything the gateway has printed.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    /// <summary>Starts the gateway and waits until it says that it is well.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(StartInfo("run"))!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await IsWellAsync(patience.Token))
        {
            Assert.False(_process.HasExited, "The gateway ended:\n" + Log);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>Ends the gateway as a power cut does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Ends the gateway as systemd does; gives its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString()])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        var code = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return code;
    }

    /// <summary>Runs a command of the gateway, such as <c>claim-code</c>.</summary>
    public async Task<(int ExitCode, string Output, string Error)> CommandAsync(params string[] arguments)
    {
        using var command = Process.Start(StartInfo(arguments))!;
        var output = command.StandardOutput.ReadToEndAsync();
        var error = command.StandardError.ReadToEndAsync();
        await command.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return (command.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        Http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private ProcessStartInfo StartInfo(params string[] arguments) =>
        new(_binary, [.. arguments, "--config", ConfigurationFile]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log) _log.AppendLine(line.Data);
    }

    private async Task<bool> IsWellAsync(CancellationToken cancellationToken)
    {
        try { return (await Http.GetAsync("/healthz", cancellationToken)).StatusCode == HttpStatusCode.OK; }
        catch (HttpRequestException) { return false; }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
