using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>The embedded broker against mosquitto.</summary>
internal static class BrokerBenchmark
{
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(2);

    private static readonly Pattern[] Patterns =
    [
        new("1-1", 1, 1, 0, 0, 500, 10),
        new("50-1", 50, 1, 0, 0, 500, 5),
        new("1-200", 1, 200, 0, 0, 50, 1),
        new("1-1, 1,000 idle subscribers", 1, 1, 1000, 0, 500, 10),
        new("1-1, 5,000 idle subscribers", 1, 1, 5000, 0, 500, 10),
        new("1-1, QoS 1", 1, 1, 0, 1, 500, 10),
        new("50-1, QoS 1", 50, 1, 0, 1, 500, 5),
        new("1-200, QoS 1", 1, 200, 0, 1, 20, 1),
    ];

    public static async Task RunAsync(Options options, Report report)
    {
        report.Section("Broker", $"""
            The embedded broker against mosquitto, MQTT 3.1.1, payload of 100 bytes, publishers to subscribers as named, QoS 0 where nothing else is said. The generator (C#, raw sockets, packets encoded beforehand)
            keeps a bounded number of messages on their way, so nobody has to drop any. Median of {Options.Rounds} alternating rounds of {RoundTime.TotalSeconds:0} s. CPU is user and system time of the server for a delivered message;
            "load" is the generator's share of its core: near 1 it, and not the broker, may be the limit, and the throughput ratio is then a lower bound. Aim: throughput ratio never below 1.0.
            """);
        var rows = new List<string[]>();
        foreach (var pattern in Patterns) rows.Add(await MeasureAsync(pattern, options));
        report.Table(["pattern", "gateway msg/s", "mosquitto msg/s", "**ratio**", "gateway CPU µs", "mosquitto CPU µs", "**ratio**", "load (gateway, mosquitto)", "lost"], rows);
    }

    private static async Task<string[]> MeasureAsync(Pattern pattern, Options options)
    {
        await using var gateway = await Gateways.StartAsync(options);
        await using var mosquitto = await Peer.MosquittoAsync(acknowledged: pattern.Qos > 0);
        var token = await gateway.CreateTokenAsync("bench", "mqtt");
        using var ours = new Fan(pattern, gateway.Process, gateway.MqttPort, token);
        using var theirs = new Fan(pattern, mosquitto.Process, mosquitto.Port, null);
        ours.Run(RoundTime / 2);
        theirs.Run(RoundTime / 2);
        var rounds = Enumerable.Range(0, Options.Rounds).Select(_ => (Ours: ours.Run(RoundTime), Theirs: theirs.Run(RoundTime))).ToArray();
        double Of(Func<(RoundResult Ours, RoundResult Theirs), double> value) => Report.Median(rounds.Select(value));
        string[] row =
        [
            pattern.Name,
            Report.Number(Of(r => r.Ours.PerSecond)), Report.Number(Of(r => r.Theirs.PerSecond)), $"**{Report.Number(Of(r => r.Ours.PerSecond / r.Theirs.PerSecond))}**",
            Report.Number(Of(r => r.Ours.CpuMicroseconds)), Report.Number(Of(r => r.Theirs.CpuMicroseconds)), $"**{Report.Number(Of(r => r.Ours.CpuMicroseconds / r.Theirs.CpuMicroseconds))}**",
            $"{Report.Number(Of(r => r.Ours.LoadShare))}, {Report.Number(Of(r => r.Theirs.LoadShare))}",
            $"{rounds.Sum(r => r.Ours.Lost)}, {rounds.Sum(r => r.Theirs.Lost)}",
        ];
        await Console.Error.WriteLineAsync(string.Join("  ", row));
        return row;
    }
}
