namespace Gateway.Lab.Tests;

/// <summary>That patterns are named by their timing alone; made-up timelines, and one file.</summary>
public sealed class LedReaderTests
{
    private static readonly Dictionary<string, int[]> Table = new(StringComparer.Ordinal)
    {
        ["off"] = [],
        ["starting"] = [250, 250],
        ["setup"] = [1500, 1500],
        ["no-network"] = Flashes(1),
        ["no-internet"] = Flashes(2),
        ["name-wrong"] = Flashes(3),
        ["unreachable"] = Flashes(4),
        ["attention"] = Flashes(5),
        ["bad-config"] = Flashes(6),
        ["believed"] = [2700, 300],
        ["verified"] = [3000],
    };

    public static TheoryData<string> Patterns => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Each_pattern_is_named_by_its_timing(string pattern)
    {
        var (edges, end) = Draw(0, (pattern, 20_000));
        var span = Assert.Single(LedPatterns.Read(edges, default, end));
        Assert.Equal(pattern, span.Pattern);
        Assert.True(span.Until - span.From > TimeSpan.FromSeconds(16), $"{span}");
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_busy_machine_that_draws_late_does_not_blur_it(string pattern)
    {
        for (var seed = 1; seed < 50; seed++)
        {
            var (edges, end) = Draw(90, (pattern, 30_000), seed: seed);
            Assert.Equal([pattern], LedPatterns.Read(edges, default, end).Select(s => s.Pattern).Distinct());
        }
    }

    [Fact]
    public void One_pattern_after_the_other_is_read_with_the_times_of_their_change()
    {
        foreach (var first in Table.Keys)
        {
            foreach (var second in Table.Keys.Where(k => k != first))
            {
                for (var cut = 9_000; cut < 12_000; cut += 130)
                {
                    var (edges, end) = Draw(0, (first, cut), (second, 10_000));
                    var spans = LedPatterns.Read(edges, default, end);
                    // An unlucky cut may look like something else for one cycle (six flashes without the last are five); like a proof never else.
                    Assert.True(spans[0].Pattern == first && spans[^1].Pattern == second, $"{first}, at {cut} {second}: {string.Join(' ', spans)}");
                    Assert.DoesNotContain(spans.Skip(1).SkipLast(1), s => LedPatterns.SaysProven(s.Pattern) && first != "bad-config");
                    Assert.InRange(spans[^1].From.TotalMilliseconds, cut - 1600, cut + 3700);
                }
            }
        }
    }

    [Theory]
    [InlineData("verified", 0)]
    [InlineData("believed", 0)]
    [InlineData("attention", 1800)]
    public void A_claim_ends_where_the_light_ends(string pattern, int after)
    {
        var (edges, end) = Draw(0, (pattern, 11_000), ("off", 10_000));
        var spans = LedPatterns.Read(edges, default, end);
        Assert.Equal([pattern, "off"], spans.Select(s => s.Pattern));
        Assert.InRange(spans[0].Until.TotalMilliseconds, 8_000, 11_000 + after);
        Assert.Equal(end, spans[1].Until);
    }

    [Fact]
    public void What_is_cut_short_or_uneven_has_no_name()
    {
        LedEdge[] edges = [On(1000), Off(2000), On(2900), Off(3650), On(5500), Off(6400)];
        Assert.Empty(LedPatterns.Read(edges, default, TimeSpan.FromSeconds(7)));
        Assert.Empty(LedPatterns.Read([], default, TimeSpan.FromSeconds(3)));
        Assert.Equal("off", Assert.Single(LedPatterns.Read([], default, TimeSpan.FromSeconds(4))).Pattern);
    }

    [Fact]
    public async Task A_file_is_watched_while_it_is_written()
    {
        var folder = Directory.CreateTempSubdirectory("led-").FullName;
        var file = Path.Combine(folder, "brightness");
        await File.WriteAllTextAsync(file, "0");
        using (var led = new LedReader(folder))
        {
            await File.WriteAllTextAsync(file, "255");
            await led.UntilAsync(TimeSpan.FromSeconds(10), "verified");
            await File.WriteAllTextAsync(file, "0");
            await led.UntilAsync(TimeSpan.FromSeconds(10), "off");
            Assert.Equal(["verified", "off"], led.Spans().Select(s => s.Pattern));
        }
        Directory.Delete(folder, recursive: true);
    }

    private static int[] Flashes(int count) => [.. Enumerable.Range(0, count).SelectMany(i => new[] { 150, i < count - 1 ? 200 : 3000 - 350 * count + 200 })];

    /// <summary>Draws one pattern after the other, with half a second of darkness between, each step up to so many milliseconds late.</summary>
    private static (List<LedEdge> Edges, TimeSpan End) Draw(int late, (string Pattern, int Milliseconds) first, (string Pattern, int Milliseconds)? second = null, int seed = 1)
    {
        var (edges, random, now) = (new List<LedEdge>(), new Random(seed), 0);
        foreach (var (pattern, length) in second is { } s ? new[] { first, s } : [first])
        {
            var (end, steps) = (now + length, Table[pattern]);
            if (now > 0)
            {
                if (edges is [.., { IsOn: true }]) edges.Add(Off(now));
                now += 500;
            }
            for (var step = 0; now < end && steps.Length > 0; step++)
            {
                if (step == 0 || steps.Length > 1) edges.Add(step % 2 == 0 ? On(now + random.Next(late + 1)) : Off(now + random.Next(late + 1)));
                now += steps[step % steps.Length];
            }
            edges.RemoveAll(e => e.At.TotalMilliseconds >= end);
            now = end;
        }
        return (edges, TimeSpan.FromMilliseconds(now));
    }

    private static LedEdge On(int milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), true);

    private static LedEdge Off(int milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), false);
}
