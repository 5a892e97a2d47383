using System.CommandLine;
using System.Text.Json;
using Gateway.Host.Doctor;

namespace Gateway.Host.CommandLine;

/// <summary><c>gateway doctor</c>: the path from here to a phone elsewhere, drawn; its exit code for scripts.</summary>
internal static class DoctorCommand
{
    /// <summary>Everything looks right, and nobody outside has proven it.</summary>
    private const int Unproven = 2;

    /// <summary>How often <c>--watch</c> asks.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public static Command Build(Func<ParseResult, LocalGateway> connect)
    {
        var json = new Option<bool>("--json") { Description = "For scripts: what GET /api/doctor answers, on one line" };
        var watch = new Option<bool>("--watch") { Description = "Goes on, and says it anew whenever something has changed" };
        var look = new Option<bool>("--look") { Description = "Also asks resolvers what they remember of the name, and looks at the router's own doors from outside; takes up to ten seconds" };
        var command = new Command("doctor", "Says, hop by hop, whether and how this gateway is reachable, what is wrong and what to do. Exit code 0: proven from outside, 1: not reachable, 2: believed but not proven, 3: no gateway is running") { json, watch, look };
        command.SetAction(async (parsed, cancel) =>
        {
            using var gateway = connect(parsed);
            return parsed.GetValue(watch)
                ? await WatchAsync(gateway, parsed.GetValue(json), TimeProvider.System, cancel)
                : await SayAsync(gateway, parsed.GetValue(json), parsed.GetValue(look), cancel);
        });
        return command;
    }

    private static async Task<int> SayAsync(LocalGateway gateway, bool json, bool look, CancellationToken cancellationToken)
    {
        var answer = await gateway.GetAsync("/api/doctor", cancellationToken);
        var around = look ? await gateway.PostAsync("/api/doctor/look", null, cancellationToken) : (JsonElement?)null;
        var view = View(answer);
        if (json) Console.WriteLine(look ? $"{answer.GetRawText()[..^1]},\"look\":{around!.Value.GetRawText()}}}" : answer.GetRawText());
        else
        {
            var found = around?.Deserialize(DoctorJson.Default.LookView)?.Facts ?? [];
            Console.Write(new DoctorText(Terminal.OfConsole()).Path(view).Facts([.. view.Facts, .. found]));
        }
        return ExitCodeOf(view.Pattern);
    }

    /// <summary>Until it is interrupted. A gateway that goes away meanwhile may come back.</summary>
    private static async Task<int> WatchAsync(LocalGateway gateway, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        var terminal = Terminal.OfConsole();
        using var timer = new PeriodicTimer(Interval, time);
        for (var shown = ""; ; await timer.WaitForNextTickAsync(cancellationToken))
        {
            string said, output;
            try
            {
                var answer = await gateway.GetAsync("/api/doctor", cancellationToken);
                said = new DoctorText(terminal).Path(View(answer)).ToString();
                output = json ? answer.GetRawText() + Environment.NewLine : said;
            }
            catch (CommandException e) when (shown.Length > 0)
            {
                said = e.Message + Environment.NewLine;
                output = json ? "" : said;
            }
            if (said == shown) continue;
            Console.Write((json ? "" : terminal.IsTerminal ? Terminal.Clear : shown.Length > 0 ? Environment.NewLine : "") + output);
            shown = said;
        }
    }

    private static DoctorView View(JsonElement answer)
    {
        try { return answer.Deserialize(DoctorJson.Default.DoctorView)!; }
        catch (JsonException) { throw new CommandException(ExitCode.Failed, "the gateway's answer cannot be read; is it of another version?"); }
    }

    private static int ExitCodeOf(string pattern) => pattern switch { "verified" or "attention" => 0, "believed" => Unproven, _ => ExitCode.Failed };
}
