using Gateway.Published;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>Requests that trickle in, headers or body, and readers that do not read.</summary>
internal static class SlowHttp
{
    private const int Each = 150;
    private const int Groups = 10;
    private static readonly TimeSpan Trickle = TimeSpan.FromMilliseconds(10);

    public static async Task SendAsync(PublishedGateway gateway, CancellationToken stop)
    {
        var host = $"Host: 127.0.0.1:{gateway.HttpPort}\r\n";
        var strangers = new List<(Stranger Who, string Says)>();
        try
        {
            for (var i = 0; i < Each; i++)
            {
                await AddAsync($"GET / HTTP/1.1\r\n{host}X-Slow: ", "a");
                await AddAsync($"POST /api/session HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{\"name\":\"", "a");
                await AddAsync($"GET / HTTP/1.1\r\n{host}\r\n", $"GET / HTTP/1.1\r\n{host}\r\n");
            }
            // Everyone says something ten times a second, but not all at the same moment.
            for (var turn = 0; turn < 30 * Groups; turn++)
            {
                for (var i = turn % Groups; i < strangers.Count; i += Groups) await strangers[i].Who.SendAsync(strangers[i].Says, stop);
                await Task.Delay(Trickle, TimeProvider.System, stop);
            }
        }
        finally
        {
            strangers.ForEach(s => s.Who.Dispose());
        }

        async Task AddAsync(string first, string then)
        {
            if (await Stranger.ConnectAsync(gateway.HttpPort, stop) is not { } stranger) return;
            strangers.Add((stranger, then));
            await stranger.SendAsync(first, stop);
        }
    }
}
