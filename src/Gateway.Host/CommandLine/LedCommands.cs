using System.CommandLine;
using System.Runtime.InteropServices;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Indicator;

namespace Gateway.Host.CommandLine;

/// <summary>Commands around the status LED. Those that the gateway and its units start are not listed by <c>--help</c>.</summary>
internal static class LedCommands
{
    /// <summary>Reports are made anew so often, as the policy does.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private static readonly TimeProvider Time = TimeProvider.System;

    public static IEnumerable<Command> Build(Func<ParseResult, ConfigurationLoader> find) => [Keeper(), Output(find), Show(find), BadConfig(find)];

    private static Command Keeper()
    {
        var output = new Argument<string>("OUTPUT");
        var command = new Command(LedKeeper.Command, "Holds an LED for the gateway and darkens it when fed no more") { output };
        command.Hidden = true;
        command.SetAction((parsed, _) => UntilToldAsync(async told =>
        {
            using var input = new StreamReader(Console.OpenStandardInput());
            return await KeeperProgram.RunAsync(parsed.GetValue(output)!, input, Console.Out, Time, told);
        }));
        return command;
    }

    private static Command Output(Func<ParseResult, ConfigurationLoader> find)
    {
        var command = new Command("led-output", "Prints led.output as it counts, also of a file with mistakes") { Hidden = true };
        command.SetAction(parsed => Console.WriteLine(IndicatorSettings.OutputIn(find(parsed).LoadWhatIsRight())));
        return command;
    }

    private static Command Show(Func<ParseResult, ConfigurationLoader> find)
    {
        var patterns = Enum.GetValues<LedPattern>().ToDictionary(p => p.ApiName(), StringComparer.Ordinal);
        var pattern = new Argument<string>("PATTERN") { Description = "Its name in the API" };
        pattern.AcceptOnlyFromAmong([.. patterns.Keys]);
        var command = new Command("led-show", "Shows a pattern on the status LED until Ctrl-C: to try how it is wired") { pattern };
        command.SetAction((parsed, _) => UntilToldAsync(told => ShowAsync(find(parsed), () => patterns[parsed.GetValue(pattern)!], told)));
        return command;
    }

    private static Command BadConfig(Func<ParseResult, ConfigurationLoader> find)
    {
        var command = new Command("bad-config", "Names the configuration's mistakes in a file beside it and on the LED, until they are mended") { Hidden = true };
        command.SetAction((parsed, _) => UntilToldAsync(told =>
        {
            var loader = find(parsed);
            var mistakes = new MistakesFile(loader);
            return ShowAsync(loader, () => mistakes.Write() ? LedPattern.BadConfig : null, told);
        }));
        return command;
    }

    /// <summary>Shows what <paramref name="judge"/> says, asked again and again until it says null.</summary>
    private static async Task<int> ShowAsync(ConfigurationLoader loader, Func<LedPattern?> judge, CancellationToken told)
    {
        using var logs = LoggerFactory.Create(l => l.AddSimpleConsole(o => o.SingleLine = true));
        var status = new StatusStore();
        using var led = IndicatorFeature.Create(loader.LoadWhatIsRight(), status, Time, logs.CreateLogger<StatusLed>());
        using var again = new PeriodicTimer(Again, Time);
        var started = false;
        try
        {
            while (judge() is { } pattern)
            {
                var now = Time.GetTimestamp();
                status.Update(s => s with { Report = new ReachabilityReport(pattern, "Shown by hand.", Time.GetUtcNow(), now, Time.After(now, TimeSpan.FromMinutes(1)), Time.GetUtcNow(), [], []) });
                if (!started) await led.StartAsync(CancellationToken.None);
                started = true;
                await again.WaitForNextTickAsync(told);
            }
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested) { }
        await led.StopAsync(CancellationToken.None);
        return 0;
    }

    private static async Task<int> UntilToldAsync(Func<CancellationToken, Task<int>> run)
    {
        using var told = new CancellationTokenSource();
        void Tell(PosixSignalContext context)
        {
            context.Cancel = true;
            told.Cancel();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Tell);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Tell);
        return await run(told.Token);
    }
}
