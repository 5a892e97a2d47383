using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Tests.Lights;

/// <summary>Debian's mosquitto on a free port of this machine: a broker that is not ours.</summary>
public sealed class MqttMosquitto : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mosquitto-").FullName;
    private readonly string _extra;
    private Process? _process;

    private MqttMosquitto(string extra) => _extra = extra;

    public int Port { get; private set; }

    public string Address => $"mqtt://127.0.0.1:{Port}";

    public static async Task<MqttMosquitto> StartAsync(string extra = "allow_anonymous true")
    {
        var broker = new MqttMosquitto(extra) { Port = FreePort() };
        await broker.StartAgainAsync();
        return broker;
    }

    /// <summary>Starts it once more on the same port: without its memory, as a broker without persistence does.</summary>
    public async Task StartAgainAsync()
    {
        var file = Path.Combine(_folder, "mosquitto.conf");
        await File.WriteAllTextAsync(file, $"listener {Port} 127.0.0.1\n{_extra}\n");
        _process = Process.Start(new ProcessStartInfo(Find(), ["-c", file]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Eventually.HoldsAsync(async () =>
        {
            using var socket = new TcpClient();
            try { await socket.ConnectAsync(IPAddress.Loopback, Port); return true; }
            catch (SocketException) { return false; }
        });
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Find() => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':').Select(p => Path.Combine(p, "mosquitto")).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("These tests need Debian's mosquitto: apt-get install mosquitto");
}

/// <summary>Waiting for what must come, as long as a busy machine needs.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task HoldsAsync(Func<bool> condition) => HoldsAsync(() => Task.FromResult(condition()));

    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It did not come.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
