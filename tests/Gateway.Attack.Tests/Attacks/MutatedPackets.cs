using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>Valid MQTT conversations in which one packet has been spoilt: before and after signing in, over TCP and over WebSocket. The same ones in every run.</summary>
internal static class MutatedPackets
{
    private const int AtOnce = 8;

    public static async Task SendAsync(PublishedGateway gateway, string token, int count, CancellationToken stop)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;) await SendOneAsync(gateway, token, i, stop);
        }, stop)));
    }

    private static async Task SendOneAsync(PublishedGateway gateway, string token, int seed, CancellationToken stop)
    {
        // CA5394: not a secret but a seed.
#pragma warning disable CA5394
        var random = new Random(seed);
        byte[][] valid =
        [
            MqttPackets.Connect($"mutant{seed % 50}", "any", token),
            MqttPackets.Subscribe(1, "house/+/state", 1),
            MqttPackets.Publish("house/lamp/state", "{\"state\":\"ON\"}"u8),
            MqttPackets.Publish("gateway/lights/desk/set", "{\"brightness\":7}"u8, qos: 1, id: 2),
            MqttPackets.Publish("homeassistant/light/mutant/config", "{\"name\":\"Mutant\",\"cmd_t\":\"mutant/set\",\"stat_t\":\"mutant\"}"u8, qos: 2, id: 3),
            MqttPackets.Unsubscribe(4, "house/+/state"),
            MqttPackets.Ping(),
            MqttPackets.Disconnect(),
        ];
        var spoilt = random.Next(valid.Length);
        valid[spoilt] = Spoil(valid[spoilt], random);
        var overWebSocket = seed % 5 == 0;
        using var stranger = await Stranger.ConnectAsync(overWebSocket ? gateway.HttpPort : gateway.MqttPort, stop);
        if (stranger is null) return;
        var soon = TimeSpan.FromMilliseconds(200);
        if (overWebSocket)
        {
            await stranger.SendAsync(Stranger.Upgrade(gateway.HttpPort), stop);
            await stranger.ReceiveAsync(soon, stop);
        }
        // Up to the spoilt one and no further: what comes after it the gateway need not read.
        for (var i = 0; i <= spoilt; i++)
        {
            if (!await stranger.SendAsync(overWebSocket ? Stranger.Frame(valid[i]) : valid[i], stop)) return;
            if (i == 0 && spoilt > 0) await stranger.ReceiveAsync(soon, stop);
        }
        if (seed % 3 == 0) await stranger.ReceiveAsync(TimeSpan.FromMilliseconds(20), stop);
    }

    private static byte[] Spoil(byte[] packet, Random random)
    {
        var bytes = packet.ToList();
        for (var times = 1 + random.Next(3); times > 0; times--)
        {
            var at = random.Next(Math.Max(1, bytes.Count));
            switch (random.Next(8))
            {
                case 0 when bytes.Count > 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when bytes.Count > 0: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.Insert(at, (byte)random.Next(256)); break;
                case 3 when bytes.Count > 0: bytes.RemoveAt(at); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                case 5: bytes.AddRange(packet); break;
                // The remaining length: too long, or longer than four bytes may say.
                case 6 when bytes.Count > 1: bytes[1] = 0xFF; bytes.InsertRange(2, [0xFF, 0xFF, 0x7F]); break;
                default: bytes.InsertRange(at, [0xC3, 0x28, 0, 0xFF]); break;
            }
        }
        return [.. bytes];
    }
#pragma warning restore CA5394
}
