using Gateway.Host.Core;
using Gateway.Host.Indicator;

namespace Gateway.Host.Tests.Indicator;

public sealed class LedTimelineTests
{
    public static TheoryData<LedPattern> Patterns => [.. Enum.GetValues<LedPattern>()];

    [Theory]
    [InlineData(LedPattern.NoNetwork, 1)]
    [InlineData(LedPattern.NoInternet, 2)]
    [InlineData(LedPattern.NameWrong, 3)]
    [InlineData(LedPattern.Unreachable, 4)]
    [InlineData(LedPattern.Attention, 5)]
    [InlineData(LedPattern.BadConfig, 6)]
    public void Flashes_are_counted_between_pauses_longer_than_their_own(LedPattern pattern, int flashes)
    {
        var cycle = Changes(pattern, 3000);
        Assert.Equal(flashes, cycle.Count(c => c.On));
        var gaps = cycle.Where(c => !c.On).Select(c => c.For).ToArray();
        Assert.True(gaps[^1] >= 3 * gaps[..^1].Append(150).Max());
    }

    [Fact]
    public void The_others_look_as_the_contract_says()
    {
        Assert.Equal([(false, int.MaxValue)], Changes(LedPattern.Off, 1));
        Assert.Equal([(true, int.MaxValue)], Changes(LedPattern.Verified, 1));
        Assert.Equal([(true, 250), (false, 250)], Changes(LedPattern.Starting, 500));
        Assert.Equal([(true, 1500), (false, 1500)], Changes(LedPattern.Setup, 3000));
        Assert.Equal([(true, 2700), (false, 300)], Changes(LedPattern.Believed, 3000));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Nothing_flashes_more_than_three_times_a_second(LedPattern pattern)
    {
        var (starts, wasOn) = (new List<int>(), false);
        for (var ms = 0; ms < 9000; ms++)
        {
            var on = LedTimeline.Of(pattern).At(TimeSpan.FromMilliseconds(ms)).IsOn;
            if (on && !wasOn) starts.Add(ms);
            wasOn = on;
        }
        Assert.All(starts, s => Assert.InRange(starts.Count(o => o >= s && o < s + 1000), 1, 3));
    }

    [Fact]
    public void No_two_patterns_look_alike() => Assert.Equal(Patterns.Count, Enum.GetValues<LedPattern>().Select(p => string.Join(' ', LedTimeline.Of(p).Steps)).Distinct(StringComparer.Ordinal).Count());

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(0, 5)]
    [InlineData(100, -5)]
    [InlineData(100_000, 5)]
    public void Numbers_that_are_no_timeline_are_none(params int[] steps) => Assert.Null(LedTimeline.From(steps));

    private static List<(bool On, int For)> Changes(LedPattern pattern, int within)
    {
        var changes = new List<(bool On, int For)>();
        for (var at = TimeSpan.Zero; at.TotalMilliseconds < within;)
        {
            var (on, left) = LedTimeline.Of(pattern).At(at);
            changes.Add((on, left == TimeSpan.MaxValue ? int.MaxValue : (int)left.TotalMilliseconds));
            at = left == TimeSpan.MaxValue ? left : at + left;
        }
        return changes;
    }
}
