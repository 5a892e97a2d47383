using System.Text;
using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>Bodies that are no JSON, or JSON that nobody meant, and text that is no UTF-8: at every door that reads, signed in and not. None may be answered 5xx.</summary>
internal static class BadText
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly byte[][] Bodies =
    [
        .. new[]
        {
            "", "{", "[", "null", "0", "\"", "{\"state\":}", "{\"state\":\"ON\",}", "{\"state\":\"ON\"}{\"state\":\"ON\"}", "{\"state\":[[[[]]]]}", "{\"brightness\":1e999}",
            "{\"brightness\":-1}", "{\"brightness\":\"ten\"}", "{\"brightness\":99999999999999999999}", "{\"color\":{\"x\":null}}", "{\"transition\":-0.0001}", "{\"effect\":\"\\ud800\"}",
            "{\"name\":\"\\u0000\",\"password\":\"\\uDFFF\",\"code\":\"\\n\"}", "{\"name\":{\"$type\":\"x\"},\"password\":[]}", "{\"__proto__\":{\"admin\":true}}", "NaN", "/* */{}", "\uFEFF{}",
        }.Select(Encoding.UTF8.GetBytes),
        Encoding.ASCII.GetBytes(new string('[', 30_000)),
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 5_000))),
        Encoding.ASCII.GetBytes("{" + string.Join(',', Enumerable.Range(0, 4_000).Select(i => $"\"k{i}\":0")) + "}"),
        [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\",\"password\":\"x\"}"u8],
        [.. "{\"effect\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],
        [0xFF, 0xFE, (byte)'{', 0, (byte)'}', 0],
        [0, 0, 0, 0],
    ];

    public static async Task SendAsync(PublishedGateway gateway, string token, CancellationToken stop)
    {
        var port = gateway.HttpPort;
        var bearer = $"Authorization: Bearer {token}\r\n";
        (string Method, string Path, string Headers)[] doors =
        [
            ("POST", "/api/session", ""), ("POST", "/api/claim", ""), ("POST", "/api/people/join", ""), ("PATCH", "/api/lights/desk", ""),
            ("PATCH", "/api/lights/desk", bearer), ("PATCH", "/api/lights?room=%C3%28", bearer), ("PATCH", "/api/lights/%00%ff", bearer), ("POST", "/api/tokens", bearer), ("PATCH", "/api/settings", bearer),
        ];
        await Parallel.ForEachAsync(doors.SelectMany(d => Bodies.Select(b => (Door: d, Body: b))), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = stop }, async (one, cancel) =>
        {
            var answer = await Stranger.AskAsync(port, Stranger.Request(one.Door.Method, one.Door.Path, port, one.Body, one.Door.Headers), Patience, cancel);
            Assert.False(answer.StartsWith("HTTP/1.1 5", StringComparison.Ordinal) && !answer.StartsWith("HTTP/1.1 503", StringComparison.Ordinal),
                $"{one.Door.Method} {one.Door.Path} with {Encoding.Latin1.GetString(one.Body.AsSpan(0, Math.Min(40, one.Body.Length)))}: {answer}");
        });
        byte[][] conversations =
        [
            Spoilt(MqttPackets.Connect("bad\u0001text", "any", token)),
            Spoilt(MqttPackets.Connect("bad", "any\u0001", token)),
            [.. MqttPackets.Connect("bad", "any", token), .. Spoilt(MqttPackets.Publish("house/\u0001/state", "x"u8))],
            [.. MqttPackets.Connect("bad", "any", token), .. Spoilt(MqttPackets.Subscribe(1, "house/\u0001/#", 0))],
            [.. MqttPackets.Connect("bad", "any", token), .. MqttPackets.Publish("gateway/lights/desk/set", [0xC3, 0x28])],
            [.. MqttPackets.Connect("bad", "any", token), .. MqttPackets.Publish("homeassistant/light/bad/config", Bodies[^7])],
        ];
        for (var i = 0; i < 200; i++) await Stranger.AskAsync(gateway.MqttPort, conversations[i % conversations.Length], TimeSpan.FromMilliseconds(20), stop);
    }

    /// <summary>Puts a byte that UTF-8 has not (RFC 3629) where the text has U+0001.</summary>
    private static byte[] Spoilt(byte[] packet)
    {
        // From behind: the first bytes of a packet may be 1 for other reasons.
        packet[Array.LastIndexOf(packet, (byte)1)] = 0xFF;
        return packet;
    }
}
