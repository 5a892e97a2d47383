using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>From the start of the process to its first answer, native against JIT.</summary>
internal static class StartBenchmark
{
    private const int Starts = 11;

    public static async Task RunAsync(Options options, Report report)
    {
        report.Section("Start", $"""
            From the start of the process to the first 200 of `/healthz`, on a data folder that has been used before: the native binary against the same sources as an assembly on the shared framework (JIT).
            Median of {Starts} alternating starts. Aim: 0.2 of JIT's time.
            """);
        var folder = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        try
        {
            await OnceAsync([options.Native], folder);
            await OnceAsync(["dotnet", options.Jit], folder);
            var rounds = new List<(double Native, double Jit)>();
            for (var i = 0; i < Starts; i++) rounds.Add((await OnceAsync([options.Native], folder), await OnceAsync(["dotnet", options.Jit], folder)));
            report.Table(["", "native ms", "JIT ms", "**ratio**"],
            [
                ["median", Report.Number(Report.Median(rounds.Select(r => r.Native))), Report.Number(Report.Median(rounds.Select(r => r.Jit))), $"**{Report.Number(Report.Median(rounds.Select(r => r.Native / r.Jit)))}**"],
                ["slowest", Report.Number(rounds.Max(r => r.Native)), Report.Number(rounds.Max(r => r.Jit)), ""],
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> OnceAsync(IReadOnlyList<string> command, string folder)
    {
        await using var gateway = await PublishedGateway.StartAsync(command, Gateways.Lights, Options.ServerCore, environment: Options.Environment, folder: folder);
        return gateway.FirstAnswer.TotalMilliseconds;
    }
}
