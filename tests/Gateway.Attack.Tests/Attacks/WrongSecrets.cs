using System.Text;
using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>Guessing: claim codes, passwords, tokens in a header and tokens at the broker. None may get in; too many are told to wait.</summary>
internal static class WrongSecrets
{
    /// <summary>Part of every password tried; must never be logged.</summary>
    public const string Password = "letmein-0123456789";

    private const int Count = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 8 };

    /// <summary>Before there is an owner.</summary>
    public static Task ClaimCodesAsync(PublishedGateway gateway, int count) => Parallel.ForEachAsync(Enumerable.Range(0, count), AtOnce, async (i, cancel) =>
    {
        var body = Encoding.UTF8.GetBytes($"{{\"code\":\"AAAA-BBBB-CCCC-{i:0000}\",\"name\":\"Mallory\",\"password\":\"{Password}\"}}");
        var answer = await Stranger.AskAsync(gateway.HttpPort, Stranger.Request("POST", "/api/claim", gateway.HttpPort, body), Patience, cancel);
        Assert.True(answer.StartsWith("HTTP/1.1 403", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 429", StringComparison.Ordinal), answer);
    });

    public static async Task SendAsync(PublishedGateway gateway, CancellationToken stop)
    {
        var port = gateway.HttpPort;
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce.MaxDegreeOfParallelism, CancellationToken = stop }, async (i, cancel) =>
        {
            var name = i % 2 == 0 ? "Ada" : $"Nobody{i}";
            var answer = await ((i % 4) switch
            {
                0 or 1 => AskAsync("POST", "/api/session", $"{{\"name\":\"{name}\",\"password\":\"{Password}{i}\"}}"),
                2 => AskAsync("GET", "/api/lights", "", $"Authorization: Bearer {Password}{i}\r\nCookie: gateway={Password}{i}\r\n"),
                _ => Stranger.AskAsync(gateway.MqttPort, MqttPackets.Connect($"guess{i}", "any", Password + i), TimeSpan.FromMilliseconds(50), cancel),
            });
            // 403 wrong, 429 too often, 503 too many at once, 401 no such token; at the broker CONNACK with a return code other than 0.
            string[] refusals = ["HTTP/1.1 401", "HTTP/1.1 403", "HTTP/1.1 429", "HTTP/1.1 503", "\u0020\u0002\u0000\u0004", "\u0020\u0002\u0000\u0005"];
            Assert.True(answer.Length == 0 || refusals.Any(r => answer.StartsWith(r, StringComparison.Ordinal)), answer);

            Task<string> AskAsync(string method, string path, string body, string headers = "") =>
                Stranger.AskAsync(port, Stranger.Request(method, path, port, Encoding.UTF8.GetBytes(body), headers), Patience, cancel);
        });
    }
}
