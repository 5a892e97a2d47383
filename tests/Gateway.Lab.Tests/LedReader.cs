using System.Runtime.InteropServices;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A moment at which the LED was seen to change.</summary>
/// <param name="At">When, on the clock of whoever looked.</param>
/// <param name="IsOn">What it has been since.</param>
public readonly record struct LedEdge(TimeSpan At, bool IsOn);

/// <summary>A time in which the LED showed one pattern.</summary>
/// <param name="From">When it began to.</param>
/// <param name="Until">When it was last seen to.</param>
/// <param name="Pattern">CONTRACT's name of it.</param>
public sealed record LedSpan(TimeSpan From, TimeSpan Until, string Pattern);

/// <summary>Names what an LED shows by its own timing alone, as somebody does who sits before it with CONTRACT's table in hand.</summary>
public static class LedPatterns
{
    // A busy machine draws late and looks late: each limit lies in the middle between what it tells apart.
    private static readonly TimeSpan LongestFlash = TimeSpan.FromMilliseconds(450), LongestGap = TimeSpan.FromMilliseconds(420), LongestSpacing = TimeSpan.FromMilliseconds(425),
        ShortestCycle = TimeSpan.FromMilliseconds(2750), Cycle = TimeSpan.FromMilliseconds(3200), LongestDark = TimeSpan.FromMilliseconds(3400);

    private static readonly string[] Flashes = ["no-network", "no-internet", "name-wrong", "unreachable", "attention", "bad-config"];

    /// <summary>Whether a pattern says that the house can be reached, and that this has been proven.</summary>
    public static bool SaysProven(string pattern) => pattern is "verified" or "attention";

    /// <summary>Every pattern that was shown long enough to be named; what lies between two of them was not.</summary>
    /// <param name="edges">In order.</param>
    /// <param name="from">Since when the LED was looked at; it was dark until the first edge.</param>
    /// <param name="until">Until when.</param>
    public static IReadOnlyList<LedSpan> Read(IReadOnlyList<LedEdge> edges, TimeSpan from, TimeSpan until)
    {
        Run[] runs = [.. edges.Prepend(new LedEdge(from, false)).Zip(edges.Append(new LedEdge(until, false)), (a, b) => new Run(a.At, b.At, a.IsOn)).Where(r => r.Length > TimeSpan.Zero)];
        var spans = new List<LedSpan>();
        void Add(TimeSpan start, TimeSpan end, string pattern)
        {
            if (spans.Count > 0 && spans[^1].Pattern == pattern && start - spans[^1].Until < TimeSpan.FromSeconds(1)) spans[^1] = spans[^1] with { Until = end };
            else spans.Add(new LedSpan(start, end, pattern));
        }

        for (var i = 0; i < runs.Length; i++)
        {
            var run = runs[i];
            if (!run.IsOn)
            {
                if (run.Length > LongestDark) Add(run.From, run.Until, "off");
            }
            else if (run.Length <= LongestFlash)
            {
                var flashes = 1;
                while (i + 2 * flashes < runs.Length && runs[i + 2 * flashes - 1].Length <= LongestGap && runs[i + 2 * flashes].Length <= LongestFlash) flashes++;
                i += 2 * flashes - 1; // the darkness after the last one
                var (last, end) = (runs[i - 1], i < runs.Length ? runs[i].Until : runs[i - 1].Until);
                if (flashes > 2 && (last.From - run.From) / (flashes - 1) > LongestSpacing) Add(run.From, last.Until, "starting");
                else if (flashes <= Flashes.Length && end - run.From >= ShortestCycle) Add(run.From, end - run.From > Cycle ? run.From + Cycle : end, Flashes[flashes - 1]);
                if (end - last.Until > LongestDark) Add(end - run.From > Cycle && last.Until < run.From + Cycle ? run.From + Cycle : last.Until, end, "off");
            }
            else if (run.Length > TimeSpan.FromMilliseconds(3100)) Add(run.From, run.Until, "verified");
            else if (i + 1 < runs.Length && run.Length > TimeSpan.FromMilliseconds(2300)) Add(run.From, run.Until, "believed");
            else if (i + 1 < runs.Length && run.Length is { TotalMilliseconds: > 1200 and < 1900 } && runs[i + 1].Length > TimeSpan.FromMilliseconds(1200)) Add(run.From, runs[i + 1].Until, "setup");
        }
        return spans;
    }

    private readonly record struct Run(TimeSpan From, TimeSpan Until, bool IsOn)
    {
        public TimeSpan Length => Until - From;
    }
}

/// <summary>Watches an LED from outside the process that drives it: the brightness file of a folder shaped like /sys/class/leds/X.</summary>
public sealed class LedReader : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(15), StillClear = TimeSpan.FromMilliseconds(3500);

    private readonly string _file;
    private readonly List<LedEdge> _edges = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;
    private readonly TimeSpan _from;

    public LedReader(string folder)
    {
        (_file, _from) = (Path.Combine(folder, "brightness"), Now);
        // A thread of its own: a busy thread pool must not blur what is seen.
        _thread = new Thread(Look) { IsBackground = true, Name = "LED" };
        _thread.Start();
    }

    /// <summary>The clock of all edges: the kernel's monotonic one, which every process shares.</summary>
    public static TimeSpan Now => TimeSpan.FromTicks((long)(TimeProvider.System.GetTimestamp() * ((double)TimeSpan.TicksPerSecond / TimeProvider.System.TimestampFrequency)));

    /// <summary>What it shows; while that is changing, what it has shown last; empty when nothing could be named lately.</summary>
    public string Pattern
    {
        get
        {
            var now = Now;
            LedEdge[] edges;
            TimeSpan from;
            lock (_edges)
            {
                var skip = Math.Max(0, _edges.Count - 40);
                skip -= skip > 0 && _edges[skip].IsOn ? 1 : 0; // begin with darkness
                (edges, from) = ([.. _edges.Skip(skip)], skip > 0 ? _edges[skip].At : _from);
            }
            return LedPatterns.Read(edges, from, now) is [.., var last] && now - last.Until < StillClear ? last.Pattern : "";
        }
    }

    /// <summary>All that it has shown.</summary>
    public IReadOnlyList<LedSpan> Spans()
    {
        lock (_edges) return LedPatterns.Read([.. _edges], _from, Now);
    }

    /// <summary>Waits until it shows one of these.</summary>
    public Task UntilAsync(TimeSpan patience, params string[] patterns) =>
        Wait.UntilAsync(async () =>
        {
            if (Array.IndexOf(patterns, Pattern) >= 0) return true;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            return false;
        }, patience, () => $"the LED shows {(Pattern is { Length: > 0 } pattern ? pattern : "nothing clear")}, not {string.Join(" or ", patterns)}; it has shown {string.Join(", ", Spans().TakeLast(8).Select(s => $"{s.Pattern} for {(s.Until - s.From).TotalSeconds:0.0} s"))}");

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    private void Look()
    {
        // Before whatever else this machine does (setpriority(2); of a thread, as Linux has it); without the right to, it looks as it may.
        _ = SetPriority(0, 0, -15);
        var (isOn, content) = (false, new byte[8]);
        while (!_end.Token.WaitHandle.WaitOne(Glance))
        {
            try
            {
                using var file = File.OpenHandle(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var length = RandomAccess.Read(file, content, 0);
                if (length == 0 || content[0] != '0' == isOn) continue; // empty: just being written
            }
            catch (IOException) { continue; }
            isOn = !isOn;
            lock (_edges) _edges.Add(new LedEdge(Now, isOn));
        }
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
}
