using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>What was measured, as Markdown.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    public bool HasFailures { get; private set; }

    /// <summary>Adds a heading and how it was measured.</summary>
    public void Section(string title, string how) => _text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{how}\n");

    /// <summary>Adds a table; the first column holds names.</summary>
    public void Table(string[] heads, IEnumerable<string[]> rows)
    {
        _text.Append('\n').AppendJoin("", heads.Select(h => $"| {h} ")).Append("|\n");
        _text.AppendJoin("", heads.Select((_, i) => i == 0 ? "|---" : "|---:")).Append("|\n");
        foreach (var row in rows) _text.AppendJoin("", row.Select(c => $"| {c} ")).Append("|\n");
    }

    /// <summary>Says that a benchmark could not be run.</summary>
    public void Failed(string name, Exception why)
    {
        HasFailures = true;
        Section(name, $"**Could not be measured:** {why.Message}");
        Console.Error.WriteLine(why);
    }

    /// <summary>The whole document, with its date and machine.</summary>
    public string Document()
    {
        var cpu = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
        var cores = File.ReadLines("/proc/cpuinfo").Count(l => l.StartsWith("processor", StringComparison.Ordinal));
        var memory = long.Parse(File.ReadLines("/proc/meminfo").First().Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024 / 1024;
        var kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        return $"""
            # Performance

            Written by `tests/benchmarks/run --write docs/performance.md` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}, on a machine with {cores} cores ({cpu}), {memory} GB of memory, Linux {kernel}.
            Peers are Debian's packages with plain configurations. All contestants of a table meet the same load from the same generator in the same run, taking turns; the median of the turns counts.
            The server has core {Options.ServerCore} for itself, the load comes from core {Options.LoadCore}. **The ratios are what counts**: the times are this machine's. What they mean and what holds them back: [decisions/070-benchmarks.md](decisions/070-benchmarks.md).

            """ + Text;
    }

    /// <summary>A number as people read it.</summary>
    public static string Number(double value) => value switch
    {
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    /// <summary>The middle one of an odd number of values, the mean of the two middle ones else.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The value that the part <paramref name="share"/> of all values does not exceed.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
