using System.Text;
using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>More than anybody needs: bodies with and without an announced length, headers, addresses, MQTT packets and WebSocket frames.</summary>
internal static class HugeBodies
{
    /// <summary>How much is pushed into one connection before the stranger gives up.</summary>
    private const int Push = 8 * 1024 * 1024;

    private static readonly byte[] Block = Encoding.ASCII.GetBytes(new string('a', 64 * 1024));
    private static readonly byte[] Chunk = [.. "10000\r\n"u8, .. Block, .. "\r\n"u8];

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    public static async Task SendAsync(PublishedGateway gateway, string token, CancellationToken stop)
    {
        var host = $"Host: 127.0.0.1:{gateway.HttpPort}\r\n";
        var json = $"{host}Content-Type: application/json\r\n";
        var authorised = $"{json}Authorization: Bearer {token}\r\n";
        await Task.WhenAll(
            PushAsync(gateway.HttpPort, [Latin1($"POST /api/session HTTP/1.1\r\n{json}Content-Length: 1000000000\r\n\r\n{{\"name\":\"")], Block),
            PushAsync(gateway.HttpPort, [Latin1($"PATCH /api/lights/desk HTTP/1.1\r\n{authorised}Content-Length: 60000\r\n\r\n{{\"effect\":\"")], Block),
            PushAsync(gateway.HttpPort, [Latin1($"PATCH /api/lights/desk HTTP/1.1\r\n{authorised}Transfer-Encoding: chunked\r\n\r\n")], Chunk),
            PushAsync(gateway.HttpPort, [Latin1($"POST /api/claim HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\n\r\n")], Chunk),
            PushAsync(gateway.HttpPort, [Latin1($"GET / HTTP/1.1\r\n{host}X-Huge: ")], Block),
            PushAsync(gateway.HttpPort, [Latin1("GET /")], Block),
            PushAsync(gateway.MqttPort, [[0x10, 0xFF, 0xFF, 0x7F, 0, 4, .. "MQTT"u8]], Block),
            PushAsync(gateway.MqttPort, [MqttPackets.Connect("huge", "any", token), [0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 5, .. "house"u8]], Block),
            PushAsync(gateway.MqttPort, [MqttPackets.Connect("huge2", "any", token)], MqttPackets.Publish("house/lamp", new byte[200_000])),
            PushAsync(gateway.HttpPort, [Stranger.Upgrade(gateway.HttpPort), [0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]], Block));

        // Says first what is needed to be listened to, then the same block again and again.
        async Task PushAsync(int port, byte[][] first, byte[] block)
        {
            using var stranger = await Stranger.ConnectAsync(port, stop);
            if (stranger is null) return;
            foreach (var bytes in first)
            {
                if (!await stranger.SendAsync(bytes, stop)) return;
                if (bytes != first[^1]) await stranger.ReceiveAsync(TimeSpan.FromMilliseconds(200), stop);
            }
            // Who is not hung up on but no longer read waits a while and goes.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(TimeSpan.FromSeconds(2));
            try
            {
                for (var sent = 0; sent < Push && await stranger.SendAsync(block, patience.Token); sent += block.Length)
                {
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
            }
        }
    }
}
