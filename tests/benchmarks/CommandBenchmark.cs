using System.Diagnostics;
using System.Globalization;
using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>A light command against nginx answering 204 to the very same request, both under wrk.</summary>
internal static class CommandBenchmark
{
    private const int Seconds = 3;

    public static async Task RunAsync(Options options, Report report)
    {
        report.Section("Light commands", $"""
            `PATCH /api/lights/desk` with a bearer token on a simulated light, each command another brightness, checked, stored and told to listeners, against nginx answering 204 to the same request. wrk over keep-alive connections,
            median of {Options.Rounds} alternating rounds of {Seconds} s. Aim: 0.6 of nginx's requests a second.
            """);
        await using var gateway = await Gateways.StartAsync(options);
        await using var nginx = await Peer.NginxAsync();
        var script = await ScriptAsync(await gateway.CreateTokenAsync("bench", "lights:write"));
        try
        {
            var rows = new List<string[]>();
            foreach (var connections in (int[])[8, 64]) rows.Add(await MeasureAsync(connections, script, gateway, nginx));
            report.Table(["connections", "gateway req/s", "nginx req/s", "**ratio**", "gateway CPU µs", "nginx CPU µs", "ratio", "load (gateway, nginx)", "gateway p99 ms"], rows);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static async Task<string[]> MeasureAsync(int connections, string script, PublishedGateway gateway, Peer nginx)
    {
        await WrkAsync(gateway.Process, gateway.HttpPort, connections, script, 202);
        await WrkAsync(nginx.Process, nginx.Port, connections, script, 204);
        var rounds = new List<(WrkResult Ours, WrkResult Theirs)>();
        for (var i = 0; i < Options.Rounds; i++)
            rounds.Add((await WrkAsync(gateway.Process, gateway.HttpPort, connections, script, 202), await WrkAsync(nginx.Process, nginx.Port, connections, script, 204)));
        double Of(Func<(WrkResult Ours, WrkResult Theirs), double> value) => Report.Median(rounds.Select(value));
        string[] row =
        [
            connections.ToString(CultureInfo.InvariantCulture),
            Report.Number(Of(r => r.Ours.PerSecond)), Report.Number(Of(r => r.Theirs.PerSecond)), $"**{Report.Number(Of(r => r.Ours.PerSecond / r.Theirs.PerSecond))}**",
            Report.Number(Of(r => r.Ours.CpuMicroseconds)), Report.Number(Of(r => r.Theirs.CpuMicroseconds)), Report.Number(Of(r => r.Ours.CpuMicroseconds / r.Theirs.CpuMicroseconds)),
            $"{Report.Number(Of(r => r.Ours.LoadShare))}, {Report.Number(Of(r => r.Theirs.LoadShare))}",
            Report.Number(Of(r => r.Ours.P99)),
        ];
        await Console.Error.WriteLineAsync(string.Join("  ", row));
        return row;
    }

    /// <summary>Loads a server with wrk; every answer must carry <paramref name="status"/>.</summary>
    internal static async Task<WrkResult> WrkAsync(ServerProcess server, int port, int connections, string script, int status)
    {
        var cpu = server.CpuTime;
        var children = ChildrenTime();
        var start = new ProcessStartInfo("wrk", ["-t1", $"-c{connections}", $"-d{Seconds}s", "-s", script, $"http://127.0.0.1:{port}/api/lights/desk", status.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false, RedirectStandardOutput = true,
        };
        using var wrk = Process.Start(start)!;
        var text = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        cpu = server.CpuTime - cpu;
        // The script's own line, such as "result requests=1 micros=2 wrong=0 p99=3".
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith("result ", StringComparison.Ordinal)) ?? throw new InvalidOperationException($"wrk: {text}");
        var result = line.Split(' ').Skip(1).Select(p => p.Split('=')).ToDictionary(p => p[0], p => double.Parse(p[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        if (result["wrong"] > 0) throw new InvalidOperationException($"answers other than {status}: {text}");
        return new WrkResult(result["requests"] * 1e6 / result["micros"], cpu.TotalMicroseconds / result["requests"], (ChildrenTime() - children).TotalSeconds / Seconds, result["p99"] / 1000);
    }

    /// <summary>The script: 250 commands in turn, each another brightness, and a count of answers that are not the expected one.</summary>
    internal static async Task<string> ScriptAsync(string token)
    {
        var file = Path.GetTempFileName();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(file, $$"""
            local requests, turn, expected = {}, 0, 0
            wrong = 0
            local threads = {}
            function setup(thread) table.insert(threads, thread) end
            function init(args)
              expected = tonumber(args[1])
              for i = 1, 250 do
                requests[i] = wrk.format("PATCH", nil, { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" }, '{"state":"ON","brightness":' .. i .. '}')
              end
            end
            function request() turn = turn % 250 + 1; return requests[turn] end
            function response(status) if status ~= expected then wrong = wrong + 1 end end
            function done(summary, latency)
              local all = 0
              for _, thread in ipairs(threads) do all = all + thread:get("wrong") end
              local errors = summary.errors
              io.write(string.format("result requests=%d micros=%d wrong=%d p99=%d\n", summary.requests, summary.duration, all + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
            end
            """);
        return file;
    }

    /// <summary>CPU time of children that have ended (proc(5): cutime and cstime, fields 16 and 17, ticks of 1/100 s).</summary>
    private static TimeSpan ChildrenTime()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var after = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(after[13], CultureInfo.InvariantCulture) + long.Parse(after[14], CultureInfo.InvariantCulture)));
    }
}

/// <summary>What a round of wrk gave.</summary>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="CpuMicroseconds">User and system time of the server for a request.</param>
/// <param name="LoadShare">How much of its core wrk used.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed record WrkResult(double PerSecond, double CpuMicroseconds, double LoadShare, double P99);
