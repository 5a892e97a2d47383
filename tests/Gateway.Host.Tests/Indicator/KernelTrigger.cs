using System.Globalization;

namespace Gateway.Host.Tests.Indicator;

/// <summary>Plays a pattern as the kernel does: drivers/leds/trigger/ledtrig-pattern.c, without its lateness.</summary>
internal static class KernelTrigger
{
    /// <summary>The brightness at each change, with the milliseconds since the start; the last one stays. <paramref name="repeat"/> is what was written there, -1 for ever.</summary>
    public static List<(int At, int Brightness)> Play(string pattern, int repeat, int forAtMost = 100_000)
    {
        var numbers = pattern.Trim().Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var tuples = numbers.Chunk(2).Select(t => (Brightness: t[0], Time: t[1])).ToArray();
        if (tuples.Length is < 2 or > 1024 || pattern.Length > 4095 || numbers.Length % 2 != 0) throw new ArgumentException("EINVAL", nameof(pattern));
        var (current, next, left, at) = (0, 1, repeat, 0);
        var shown = new List<(int, int)>();
        while ((repeat == -1 || left > 0) && at < forAtMost)
        {
            if (tuples[current].Brightness != tuples[next].Brightness) throw new ArgumentException("the kernel would fade", nameof(pattern));
            if (shown.Count == 0 || shown[^1].Item2 != tuples[current].Brightness) shown.Add((at, tuples[current].Brightness));
            at += tuples[current].Time;
            if (tuples[next].Time == 0) Advance(); // a tuple of no length is skipped
            Advance();
        }
        return shown;

        void Advance()
        {
            current = next;
            if (repeat != -1 && current == 0) left--;
            next = (next + 1) % tuples.Length;
        }
    }
}
