namespace Gateway.Host.CommandLine;

/// <summary>How this program ends; the numbers of sysexits.h where it has one.</summary>
internal static class ExitCode
{
    public const int Failed = 1;
    /// <summary>No gateway is running with this configuration.</summary>
    public const int NotRunning = 3;
    /// <summary>The command is known and not built yet.</summary>
    public const int NotBuiltYet = 4;
    /// <summary>EX_USAGE.</summary>
    public const int Usage = 64;
    /// <summary>EX_UNAVAILABLE: an address or the data folder is taken.</summary>
    public const int Unavailable = 69;
    /// <summary>EX_SOFTWARE: a part of the gateway failed.</summary>
    public const int Crashed = 70;
    /// <summary>EX_IOERR: the gateway's state cannot be opened.</summary>
    public const int Storage = 74;
    /// <summary>EX_NOPERM.</summary>
    public const int NotPermitted = 77;
    /// <summary>EX_CONFIG.</summary>
    public const int BadConfiguration = 78;
}

/// <summary>A command cannot do its work. The message is the one sentence that its user sees: what is wrong and what to do next.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
