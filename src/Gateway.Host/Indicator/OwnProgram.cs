namespace Gateway.Host.Indicator;

/// <summary>How to start this very program again.</summary>
/// <param name="File">The executable.</param>
/// <param name="Arguments">What stands before the program's own arguments.</param>
internal sealed record OwnProgram(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>The running one; also when <c>dotnet</c> runs its assembly.</summary>
    public static OwnProgram Current { get; } = Path.GetFileName(Environment.ProcessPath) is "dotnet"
        ? new(Environment.ProcessPath!, [Environment.GetCommandLineArgs()[0]])
        : new(Environment.ProcessPath!, []);
}
