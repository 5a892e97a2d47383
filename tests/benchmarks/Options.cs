namespace Gateway.Benchmarks;

/// <summary>What this run measures and with which binaries.</summary>
/// <param name="Names">Which benchmarks, in order.</param>
/// <param name="Native">The published native binary.</param>
/// <param name="Jit">The same published as an assembly for the shared framework.</param>
/// <param name="Write">The document to write; null: only print.</param>
internal sealed record Options(IReadOnlyList<string> Names, string Native, string Jit, string? Write)
{
    /// <summary>Every benchmark there is.</summary>
    public static readonly string[] All = ["broker", "commands", "gpio", "memory", "start"];

    /// <summary>The server has this core for itself ...</summary>
    public const int ServerCore = 0;

    /// <summary>... and the load comes from this one, so that neither waits for the other.</summary>
    public const int LoadCore = 1;

    /// <summary>How often the contestants take turns; the median counts.</summary>
    public const int Rounds = 5;

    /// <summary>What the unit file gives the gateway: a small youngest generation keeps memory flat under load.</summary>
    public static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal) { ["DOTNET_GCGen0MaxBudget"] = "100000" };

    /// <summary>Reads the command line; null when it is wrong.</summary>
    public static Options? Parse(string[] args)
    {
        var names = new List<string>();
        string? native = null, jit = null, write = null;
        for (var i = 0; i < args.Length; i++)
        {
            if (All.Contains(args[i])) names.Add(args[i]);
            else if (i + 1 == args.Length) return null;
            else if (args[i] == "--native") native = args[++i];
            else if (args[i] == "--jit") jit = args[++i];
            else if (args[i] == "--write") write = args[++i];
            else return null;
        }
        return native is null || jit is null ? null : new Options(names is [] ? All : names, native, jit, write);
    }
}
