using Gateway.Benchmarks;

var options = Options.Parse(args);
if (options is null)
{
    await Console.Error.WriteLineAsync($"usage: tests/benchmarks/run [--write FILE] [{string.Join('|', Options.All)} ...]");
    return 64;
}
var report = new Report();
foreach (var name in options.Names)
{
    await Console.Error.WriteLineAsync($"measuring {name} ...");
    try
    {
        await (name switch
        {
            "broker" => BrokerBenchmark.RunAsync(options, report),
            "commands" => CommandBenchmark.RunAsync(options, report),
            "gpio" => GpioBenchmark.RunAsync(options, report),
            "memory" => MemoryBenchmark.RunAsync(options, report),
            _ => StartBenchmark.RunAsync(options, report),
        });
    }
    // One that fails says so in the report and does not take the others' figures with it.
    catch (Exception e) when (options.Names.Count > 1)
    {
        report.Failed(name, e);
    }
}
Console.WriteLine(report.Text);
if (options.Write is { } file) await File.WriteAllTextAsync(file, report.Document());
return report.HasFailures ? 1 : 0;
