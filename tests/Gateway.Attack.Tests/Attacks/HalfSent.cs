using System.Text;
using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>Beginnings without an end on every listener: some hang up at once, some stay and say no more.</summary>
internal static class HalfSent
{
    private const int Each = 30;

    public static async Task SendAsync(PublishedGateway gateway, string token, CancellationToken stop)
    {
        var connect = MqttPackets.Connect("half", "any", token);
        var upgrade = Stranger.Upgrade(gateway.HttpPort);
        var request = Stranger.Request("POST", "/api/session", gateway.HttpPort, "{\"name\":\"Ada\",\"password\":\"x\"}"u8);
        (int Port, byte[][] Parts)[] beginnings =
        [
            // The single byte 0x10 once kept a thread of a well-known server busy for ever.
            (gateway.MqttPort, [[0x10]]),
            (gateway.MqttPort, []),
            (gateway.MqttPort, [connect[..^3]]),
            (gateway.MqttPort, [[0x10, 0xFF, 0xFF, 0xFF]]),
            (gateway.MqttPort, [connect, [0x30]]),
            (gateway.MqttPort, [connect, MqttPackets.Publish("house/lamp", new byte[50_000])[..40_000]]),
            (gateway.HttpPort, []),
            (gateway.HttpPort, [Encoding.ASCII.GetBytes("G")]),
            (gateway.HttpPort, [request[..40]]),
            (gateway.HttpPort, [request[..^5]]),
            (gateway.HttpPort, [upgrade[..60]]),
            (gateway.HttpPort, [upgrade]),
            (gateway.HttpPort, [upgrade, [0x82]]),
            (gateway.HttpPort, [upgrade, Stranger.Frame([0x10])]),
            (gateway.HttpPort, [upgrade, Stranger.Frame(connect)[..20]]),
            (gateway.HttpPort, [upgrade, Stranger.Frame(connect), [0x82, 0xFF, 0x7F, 0xFF]]),
        ];
        var staying = new List<Stranger>();
        try
        {
            for (var i = 0; i < Each * beginnings.Length; i++)
            {
                var (port, parts) = beginnings[i % beginnings.Length];
                if (await Stranger.ConnectAsync(port, stop) is not { } stranger) continue;
                staying.Add(stranger);
                foreach (var part in parts)
                {
                    await stranger.SendAsync(part, stop);
                    if (part != parts[^1]) await stranger.ReceiveAsync(TimeSpan.FromMilliseconds(200), stop);
                }
                if (i / beginnings.Length % 2 == 0) stranger.Dispose();
            }
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stop);
        }
        finally
        {
            staying.ForEach(s => s.Dispose());
        }
    }
}
