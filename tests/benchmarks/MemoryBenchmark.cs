using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>Resident memory of the gateway in its various hours.</summary>
internal static class MemoryBenchmark
{
    private const int Crowd = 1000;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Options options, Report report)
    {
        report.Section("Memory", $"""
            Resident memory (VmRSS) with `{string.Join(' ', Options.Environment.Select(e => $"{e.Key}={e.Value}"))}`, as the unit file sets it. Idle: {Quiet.TotalSeconds:0} s after the first answer. Under load: the most seen while wrk sends light commands
            over 64 connections. Crowds: {Crowd} connections on a fresh gateway, each with a subscription of its own, while lights change. Aim: 45 MB idle; above 80 MB is not done.
            """);
        await using var mosquitto = await Peer.MosquittoAsync();
        await using var nginx = await Peer.NginxAsync();
        var (mosquittoIdle, nginxIdle) = (mosquitto.Process.ResidentBytes, nginx.Process.ResidentBytes);
        var rows = new List<string[]>();
        await LoadAsync(options, rows, mosquittoIdle, nginxIdle);
        await ListenersAsync(options, rows);
        await MqttAsync(options, rows, mosquitto, mosquittoIdle);
        report.Table(["", "gateway MB", "KB a connection", "after it MB", "mosquitto MB", "KB a connection", "nginx MB"], rows);
    }

    private static async Task LoadAsync(Options options, List<string[]> rows, long mosquittoIdle, long nginxIdle)
    {
        await using var gateway = await Gateways.StartAsync(options);
        await Task.Delay(Quiet, TimeProvider.System);
        rows.Add(["idle", Megabytes(gateway.Process.ResidentBytes), "", "", Megabytes(mosquittoIdle), "", Megabytes(nginxIdle)]);
        var script = await CommandBenchmark.ScriptAsync(await gateway.CreateTokenAsync("bench", "lights:write"));
        try
        {
            var load = CommandBenchmark.WrkAsync(gateway.Process, gateway.HttpPort, 64, script, 202);
            long most = 0;
            while (!load.IsCompleted)
            {
                most = Math.Max(most, gateway.Process.ResidentBytes);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
            await load;
            await Task.Delay(Quiet, TimeProvider.System);
            rows.Add(["under load", Megabytes(most), "", Megabytes(gateway.Process.ResidentBytes), "", "", ""]);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task ListenersAsync(Options options, List<string[]> rows)
    {
        await using var gateway = await Gateways.StartAsync(options);
        var token = await gateway.CreateTokenAsync("bench", "lights:read");
        await Task.Delay(Quiet, TimeProvider.System);
        var idle = gateway.Process.ResidentBytes;
        var listeners = new List<Socket>();
        try
        {
            var request = Encoding.ASCII.GetBytes($"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{gateway.HttpPort}\r\nAuthorization: Bearer {token}\r\n\r\n");
            for (var i = 0; i < Crowd; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
                listeners.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, gateway.HttpPort);
                socket.Send(request);
                Expect(socket, "event: snapshot");
            }
            await SwitchAsync(gateway);
            foreach (var socket in listeners) Expect(socket, "event: light");
            var crowd = gateway.Process.ResidentBytes;
            listeners.ForEach(s => s.Dispose());
            await Task.Delay(Quiet, TimeProvider.System);
            rows.Add([$"{Crowd} event listeners", Megabytes(crowd), Kilobytes(crowd - idle), Megabytes(gateway.Process.ResidentBytes), "", "", ""]);
        }
        finally
        {
            listeners.ForEach(s => s.Dispose());
        }
    }

    private static async Task MqttAsync(Options options, List<string[]> rows, Peer mosquitto, long mosquittoIdle)
    {
        await using var gateway = await Gateways.StartAsync(options);
        var token = await gateway.CreateTokenAsync("bench", "mqtt");
        await Task.Delay(Quiet, TimeProvider.System);
        var idle = gateway.Process.ResidentBytes;
        List<MqttPeer> Connect(int port, string? password) =>
            [.. Enumerable.Range(0, Crowd).Select(i => MqttPeer.Connect(port, $"crowd{i}", password, $"bench/idle/{i}/state"))];
        var (ours, theirs) = (Connect(gateway.MqttPort, token), Connect(mosquitto.Port, null));
        await SwitchAsync(gateway);
        var (ourCrowd, theirCrowd) = (gateway.Process.ResidentBytes, mosquitto.Process.ResidentBytes);
        foreach (var peer in (IEnumerable<MqttPeer>)[.. ours, .. theirs]) peer.Dispose();
        await Task.Delay(Quiet, TimeProvider.System);
        rows.Add([$"{Crowd} MQTT connections", Megabytes(ourCrowd), Kilobytes(ourCrowd - idle), Megabytes(gateway.Process.ResidentBytes), Megabytes(theirCrowd), Kilobytes(theirCrowd - mosquittoIdle), ""]);
    }

    /// <summary>Lights change a hundred times.</summary>
    private static async Task SwitchAsync(PublishedGateway gateway)
    {
        for (var i = 1; i <= 100; i++)
        {
            using var body = new StringContent($"{{\"state\":\"ON\",\"brightness\":{i}}}", Encoding.UTF8, "application/json");
            using var reply = await gateway.Local.PatchAsync("/api/lights/desk", body);
            reply.EnsureSuccessStatusCode();
        }
    }

    private static void Expect(Socket socket, string text)
    {
        var buffer = new byte[64 * 1024];
        for (var read = 0; !Encoding.UTF8.GetString(buffer, 0, read).Contains(text, StringComparison.Ordinal);)
        {
            var n = socket.Receive(buffer.AsSpan(read));
            if (n == 0) throw new InvalidOperationException($"the gateway closed a listener: {Encoding.UTF8.GetString(buffer, 0, read)}");
            read += n;
        }
    }

    private static string Megabytes(long bytes) => Report.Number(bytes / 1024.0 / 1024.0);

    private static string Kilobytes(long bytes) => Report.Number(bytes / 1024.0 / Crowd);
}
