using Gateway.Devices;
using Gateway.Host.Core;
using Gateway.Host.Indicator;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Indicator;

public sealed class KernelPatternLedTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-led-").FullName;

    public KernelPatternLedTests()
    {
        Write("max_brightness", "255\n");
        Write("brightness", "0\n");
        Write("trigger", "none mmc0 [pattern] timer\n");
        Write("pattern", "\n");
        Write("repeat", "-1\n");
    }

    public static TheoryData<LedPattern> Patterns => [.. Enum.GetValues<LedPattern>()];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Patterns))]
    public async Task The_kernel_ends_every_pattern_in_darkness_after_24_seconds(LedPattern pattern)
    {
        await using var led = Open();
        await led.ShowAsync(LedTimeline.Of(pattern), In(60), CancellationToken.None);
        var played = Played();
        Assert.Equal(0, played[^1].Brightness);
        Assert.InRange(played[^1].At, 0, 24_000);
        if (pattern != LedPattern.Off) Assert.InRange(played[^1].At, 21_000, 24_000);
        // As the timeline says, after a pause.
        Assert.All(played.Where(p => p.At is >= 500 and < 23_900), p => Assert.Equal(LedTimeline.Of(pattern).At(TimeSpan.FromMilliseconds(p.At - 500)).IsOn ? 255 : 0, p.Brightness));
    }

    [Fact]
    public async Task A_claim_that_ends_sooner_is_written_no_longer()
    {
        await using var led = Open();
        await led.ShowAsync(LedTimeline.Of(LedPattern.Verified), In(7), CancellationToken.None);
        Assert.Equal([(0, 0), (500, 255), (7000, 0)], Played());
    }

    [Fact]
    public void A_fresh_trigger_repeats_nothing_for_ever()
    {
        _ = Open();
        Assert.Equal("1", Read("repeat")); // while there is no pattern yet
        Assert.Equal("", Read("pattern"));
    }

    [Fact]
    public async Task A_pattern_that_goes_on_starts_anew_only_when_its_cycle_ends()
    {
        await using var led = Open();
        await led.ShowAsync(LedTimeline.Of(LedPattern.Attention), In(24), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(4.5)); // one second into the second cycle
        var before = Read("pattern");
        await led.ShowAsync(LedTimeline.Of(LedPattern.Attention), In(24), CancellationToken.None);
        Assert.Equal(before, Read("pattern"));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.NotEqual(before, Read("pattern"));
        Assert.Equal((0, 255), Played()[0]);
        Assert.Equal(0, Played()[^1].Brightness);
    }

    [Fact]
    public async Task A_verdict_that_comes_just_before_the_end_leaves_no_gap()
    {
        await using var led = Open();
        await led.ShowAsync(LedTimeline.Of(LedPattern.Believed), In(12), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(10.5)); // the cycle ends at 12.5
        await led.ShowAsync(LedTimeline.Of(LedPattern.Believed), In(12), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal((0, 255), Played()[0]);
        Assert.InRange(Played()[^1].At, 10_000, 10_500); // of what was then left
    }

    [Fact]
    public async Task The_same_word_twice_prolongs_nothing()
    {
        await using var led = Open();
        var until = In(24);
        await led.ShowAsync(LedTimeline.Of(LedPattern.Verified), until, CancellationToken.None);
        Write("pattern", "untouched");
        _time.Advance(TimeSpan.FromSeconds(20));
        await led.ShowAsync(LedTimeline.Of(LedPattern.Verified), until, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("untouched", Read("pattern"));
        _time.Advance(TimeSpan.FromSeconds(3));
        await led.ShowAsync(LedTimeline.Of(LedPattern.Verified), until, CancellationToken.None);
        Assert.Equal([(0, 0)], Played());
    }

    [Fact]
    public async Task Another_pattern_comes_at_once_and_darkness_in_the_end()
    {
        var led = Open();
        await led.ShowAsync(LedTimeline.Of(LedPattern.Verified), In(24), CancellationToken.None);
        await led.ShowAsync(LedTimeline.Of(LedPattern.Unreachable), In(24), CancellationToken.None);
        Assert.Equal((0, 0), Played()[0]);
        await led.DisposeAsync();
        Assert.Equal([(0, 0)], Played());
    }

    [Fact]
    public void The_trigger_is_set_when_another_holds_the_led()
    {
        Write("trigger", "none [mmc0] pattern timer\n");
        _ = Open();
        Assert.Equal("pattern", Read("trigger"));
    }

    [Theory]
    [InlineData("none [mmc0] timer transient\n")]
    [InlineData("none pattern-like [mmc0]\n")]
    public void A_kernel_without_the_trigger_is_left_alone(string triggers)
    {
        Write("trigger", triggers);
        Assert.Null(KernelPatternLed.TryOpen(_folder, _time, NullLogger.Instance));
        Assert.Equal(triggers.Trim(), Read("trigger"));
    }

    [Fact]
    public async Task A_led_that_is_gone_is_said_in_words()
    {
        var led = Open();
        Directory.Delete(_folder, recursive: true);
        var e = await Assert.ThrowsAsync<LightUnavailableException>(() => led.ShowAsync(LedTimeline.Dark, 0, CancellationToken.None));
        Assert.Equal($"There is no {_folder}/pattern.", e.Message);
        await led.DisposeAsync();
        Directory.CreateDirectory(_folder);
    }

    [Fact]
    public async Task A_trigger_that_somebody_took_away_is_noticed_while_a_pattern_goes_on()
    {
        await using var led = Open();
        await led.ShowAsync(LedTimeline.Of(LedPattern.Believed), In(12), CancellationToken.None);
        File.Delete(Path.Combine(_folder, "pattern"));
        _time.Advance(TimeSpan.FromSeconds(2));
        await led.ShowAsync(LedTimeline.Of(LedPattern.Believed), In(12), CancellationToken.None);
        Assert.False(led.Lost.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(led.Lost.IsCancellationRequested);
        await Assert.ThrowsAsync<LightUnavailableException>(() => led.ShowAsync(LedTimeline.Of(LedPattern.Believed), In(12), CancellationToken.None));
    }

    private KernelPatternLed Open() => KernelPatternLed.TryOpen(_folder, _time, NullLogger.Instance)!;

    private long In(double seconds) => _time.GetTimestamp() + (long)(seconds * _time.TimestampFrequency);

    private List<(int At, int Brightness)> Played() => KernelTrigger.Play(Read("pattern"), int.Parse(Read("repeat")));

    private string Read(string file) => File.ReadAllText(Path.Combine(_folder, file)).Trim();

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);
}
