using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>
/// From a command over HTTP to the write on the light's own interface: the published binary drives a kernel LED (a folder shaped like
/// /sys/class/leds/X) and inotify tells when the level is there. Pins through the GPIO character device take the same way up to their last call.
/// </summary>
internal static class GpioBenchmark
{
    private const int Commands = 3000;
    private const int WarmUp = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Options options, Report report)
    {
        report.Section("Command to write", $"""
            From the moment at which `PATCH /api/lights/led` is sent over a keep-alive connection to the moment at which the level stands in the file that drives the LED (driver `kernel-led` on a folder in memory, seen through inotify),
            {Commands:#,0} commands one after another. Beside it what nginx takes to answer 204 to the same request.
            """);
        // In memory where there is such a place, as sysfs is.
        var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"gateway-led-{System.Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "max_brightness"), "255\n");
            await File.WriteAllTextAsync(Path.Combine(folder, "brightness"), "0\n");
            await using var gateway = await Gateways.StartAsync(options, $"""
                [lights.led]
                driver = "kernel-led"
                led = "{folder}"
                """);
            await using var nginx = await Peer.NginxAsync();
            var token = await gateway.CreateTokenAsync("bench", "lights:write");
            var writes = Writes(gateway.HttpPort, token, folder);
            var answers = Answers(nginx.Port, token);
            string[] Row(string name, double share)
            {
                var (ours, theirs) = (Report.Percentile(writes, share), Report.Percentile(answers, share));
                return [name, Report.Number(ours), Report.Number(theirs), Report.Number(ours / theirs)];
            }
            report.Table(["", "command to write ms", "nginx's 204 ms", "ratio"], [Row("p50", 0.5), Row("p99", 0.99)]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<double> Writes(int port, string token, string folder)
    {
        var file = Path.Combine(folder, "brightness");
        var wished = "";
        using var seen = new ManualResetEventSlim();
        using var watcher = new FileSystemWatcher(folder, "brightness") { NotifyFilter = NotifyFilters.LastWrite };
        watcher.Changed += (_, _) =>
        {
            // Emptied first, then written: only the level counts.
            if (File.ReadAllText(file).Trim() == Volatile.Read(ref wished)) seen.Set();
        };
        watcher.EnableRaisingEvents = true;
        return Time(port, "/api/lights/led", token, before: level =>
        {
            seen.Reset();
            Volatile.Write(ref wished, level);
        }, done: socket =>
        {
            if (!seen.Wait(Patience)) throw new TimeoutException($"the level {wished} was never written, the file holds {File.ReadAllText(file)}");
        }, drain: true);
    }

    private static List<double> Answers(int port, string token)
    {
        var buffer = new byte[16 * 1024];
        return Time(port, "/api/lights/led", token, before: _ => { }, done: socket => socket.Receive(buffer), drain: false);
    }

    /// <summary>Milliseconds from before each command is sent until <paramref name="done"/> returns.</summary>
    private static List<double> Time(int port, string path, string token, Action<string> before, Action<Socket> done, bool drain)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds };
        socket.Connect(IPAddress.Loopback, port);
        var buffer = new byte[16 * 1024];
        var times = new List<double>();
        for (var i = 0; i < WarmUp + Commands; i++)
        {
            var level = (1 + i % 255).ToString(CultureInfo.InvariantCulture);
            var body = $"{{\"state\":\"ON\",\"brightness\":{level}}}";
            var request = Encoding.ASCII.GetBytes(
                $"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            before(level);
            var start = TimeProvider.System.GetTimestamp();
            socket.Send(request);
            done(socket);
            if (i >= WarmUp) times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            if (drain && !Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)).StartsWith("HTTP/1.1 202 ", StringComparison.Ordinal))
                throw new InvalidOperationException("a command was refused");
        }
        return times;
    }
}
