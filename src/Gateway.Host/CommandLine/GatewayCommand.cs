using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Gateway.Host.Configuration;
using Gateway.Host.Core;

namespace Gateway.Host.CommandLine;

/// <summary>The program <c>gateway</c>: its commands, and the one place where what went wrong becomes a sentence and an exit code.</summary>
internal static class GatewayCommand
{
    private static readonly Option<string?> Config = new("--config")
    {
        Description = "The configuration file. Else $GATEWAY_CONFIG, /boot/firmware/gateway.toml, /etc/gateway/gateway.toml or ./gateway.toml; none of them: a demonstration home",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>Runs a command line to its exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Build().Parse(args);
        if (parsed.Action is ParseErrorAction or null || parsed.Errors.Count > 0)
        {
            var wrong = parsed.Errors.Count > 0 ? string.Join(" ", parsed.Errors[0].Message.Split(['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.') : "a command is missing";
            return Say(ExitCode.Usage, $"{wrong}; see: gateway {string.Join("", PathOf(parsed.CommandResult.Command).Select(c => c + " "))}--help");
        }
        try
        {
            // No handlers of its own: an exception has its sentence below, and SIGTERM belongs to the host.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (CommandException e) { return Say(e.ExitCode, e.Message); }
        catch (DatabaseException e) { return Say(ExitCode.Storage, e.Message); }
        catch (ConfigurationException e)
        {
            return Say(ExitCode.BadConfiguration, (e.Problems.Count == 1 ? "the configuration has a mistake:" : $"the configuration has {e.Problems.Count} mistakes:")
                + string.Concat(e.Problems.Select(p => $"{Environment.NewLine}  {p}")));
        }
#pragma warning disable CA1031 // The last resort: whatever it was, the user gets a sentence and a script a code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Say(ExitCode.Crashed, $"something unforeseen went wrong ({e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")})");
        }
    }

    private static Command Build()
    {
        var root = new Command("gateway", "A home gateway: lights on a board and over MQTT, on a page of your own.")
        {
            Config, new HelpOption(), new VersionOption(),
        };
        var run = new Command("run", "Serves; the default");
        run.SetAction(RunGateway);
        root.SetAction(RunGateway);
        root.Add(run);
        root.Add(DoctorCommand.Build(Connect));
        root.Add(AccessCommands.ClaimCode(Connect));
        root.Add(AccessCommands.Owner(Connect));
        root.Add(TokenCommands.Build(Connect));
        root.Add(CertificateCommands.Build(Connect));
        root.Add(LendCommands.Lend(Connect));
        root.Add(LendCommands.Borrow(Connect));
        root.Add(TunnelCommands.Build(Find));
        root.Add(BeaconCommand.Build());
        foreach (var command in LaterCommands.Build()) root.Add(command);
        foreach (var command in LedCommands.Build(Find)) root.Add(command);
        return root;
    }

    private static Task<int> RunGateway(ParseResult parsed, CancellationToken cancellationToken) => RunCommand.RunAsync(Find(parsed).Load());

    private static LocalGateway Connect(ParseResult parsed) => new(Listeners.SocketPath(Find(parsed).DataPath()));

    private static ConfigurationLoader Find(ParseResult parsed) =>
        ConfigurationLoader.Find(GatewayApp.Schema, parsed.GetValue(Config), ConfigurationLoader.ProcessEnvironment());

    private static IEnumerable<string> PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? PathOf(parent).Append(command.Name) : [];

    private static int Say(int exitCode, string sentence)
    {
        Console.Error.WriteLine("gateway: " + sentence);
        return exitCode;
    }
}
