using System.CommandLine;

namespace Gateway.Host.CommandLine;

/// <summary>Commands that are promised and not built yet: they say so, whatever stands behind them, and fail.</summary>
internal static class LaterCommands
{
    public static IEnumerable<Command> Build() =>
    [
        Later("share", "Puts a folder or a local web app under the gateway's name"),
        Later("backup", "Writes all state, encrypted, into a file"),
        Later("restore", "Takes all state back from such a file"),
        Later("reset", "Before selling: gives the name back and wipes all state and keys"),
        Later("update", "Brings the newest version"),
    ];

    private static Command Later(string name, string description)
    {
        var command = new Command(name, description + " (not built yet)") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(int (_) => throw new CommandException(ExitCode.NotBuiltYet, $"\"gateway {name}\" is not built yet; it comes with a later version"));
        return command;
    }
}
