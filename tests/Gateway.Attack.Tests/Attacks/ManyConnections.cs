using System.Text;
using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>Many connections at once: silent ones, signed-in ones, listeners to events, WebSockets. They come, stay for a while and vanish.</summary>
internal static class ManyConnections
{
    public static async Task HoldAsync(PublishedGateway gateway, string token, int count, CancellationToken stop)
    {
        var events = Encoding.ASCII.GetBytes($"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{gateway.HttpPort}\r\nAuthorization: Bearer {token}\r\n\r\n");
        var crowd = new List<Stranger>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                (int Port, byte[] Says) one = (i % 5) switch
                {
                    0 => (gateway.HttpPort, []),
                    1 => (gateway.MqttPort, []),
                    2 => (gateway.MqttPort, [.. MqttPackets.Connect($"crowd{i}", "any", token), .. MqttPackets.Subscribe(1, $"house/{i}/#", 0)]),
                    3 => (gateway.HttpPort, events),
                    _ => (gateway.HttpPort, Stranger.Upgrade(gateway.HttpPort)),
                };
                if (await Stranger.ConnectAsync(one.Port, stop) is not { } stranger) continue;
                crowd.Add(stranger);
                await stranger.SendAsync(one.Says, stop);
            }
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, stop);
        }
        finally
        {
            crowd.ForEach(s => s.Dispose());
        }
    }
}
