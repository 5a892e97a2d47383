using Gateway.Host.Core;

namespace Gateway.Host.Indicator;

/// <summary>How a pattern looks: milliseconds on, off, on, off ..., again and again. CONTRACT's table as data; nothing flashes more than three times a second.</summary>
public sealed class LedTimeline
{
    /// <summary>One flash: on, off. Six of them and a pause still fit in three seconds.</summary>
    private const int FlashOn = 150, FlashOff = 200;

    /// <summary>Each pattern repeats about this often, so that a glance of a few seconds is enough.</summary>
    private const int About = 3000;

    private readonly int _cycle;

    private LedTimeline(params int[] steps) => (Steps, _cycle) = (steps, steps.Sum());

    /// <summary>Dark.</summary>
    public static LedTimeline Dark { get; } = new();

    private static LedTimeline[] Patterns { get; } = [.. Enum.GetValues<LedPattern>().Select(Draw)];

    /// <summary>Milliseconds, on first. None: dark. A single one: steady.</summary>
    public IReadOnlyList<int> Steps { get; }

    /// <summary>How <paramref name="pattern"/> looks: the same object each time.</summary>
    public static LedTimeline Of(LedPattern pattern) => Patterns[(int)pattern];

    /// <summary>From the numbers of <see cref="Steps"/>; null when they are no timeline.</summary>
    public static LedTimeline? From(IReadOnlyList<int> steps) =>
        steps.Count <= 64 && (steps.Count <= 1 || steps.Count % 2 == 0) && steps.All(s => s is > 0 and <= 60_000) ? new LedTimeline([.. steps]) : null;

    /// <summary>Whether it is on so long after its start, and for how much longer that stays so.</summary>
    public (bool IsOn, TimeSpan For) At(TimeSpan elapsed)
    {
        if (Steps.Count <= 1) return (Steps.Count == 1, TimeSpan.MaxValue);
        var into = elapsed.Ticks % (_cycle * TimeSpan.TicksPerMillisecond);
        var step = 0;
        for (; into >= Steps[step] * TimeSpan.TicksPerMillisecond; step++) into -= Steps[step] * TimeSpan.TicksPerMillisecond;
        return (step % 2 == 0, TimeSpan.FromTicks(Steps[step] * TimeSpan.TicksPerMillisecond - into));
    }

    /// <summary>How long until it begins anew.</summary>
    public TimeSpan UntilCycleEnd(TimeSpan elapsed)
    {
        if (Steps.Count <= 1) return TimeSpan.Zero;
        var cycle = _cycle * TimeSpan.TicksPerMillisecond;
        return TimeSpan.FromTicks((cycle - elapsed.Ticks % cycle) % cycle);
    }

    private static LedTimeline Draw(LedPattern pattern) => pattern switch
    {
        LedPattern.Starting => new(250, 250),
        LedPattern.Setup => new(About / 2, About / 2),
        LedPattern.NoNetwork => Flashes(1),
        LedPattern.NoInternet => Flashes(2),
        LedPattern.NameWrong => Flashes(3),
        LedPattern.Unreachable => Flashes(4),
        LedPattern.Attention => Flashes(5),
        LedPattern.BadConfig => Flashes(6),
        LedPattern.Believed => new(About - 300, 300),
        LedPattern.Verified => new(About),
        _ => Dark,
    };

    private static LedTimeline Flashes(int count)
    {
        var steps = new int[2 * count];
        for (var i = 0; i < count; i++) (steps[2 * i], steps[2 * i + 1]) = (FlashOn, FlashOff);
        steps[^1] += About - count * (FlashOn + FlashOff);
        return new LedTimeline(steps);
    }
}
