using System.Threading.Channels;
using Gateway.Devices;
using Gateway.Host.Core;
using Gateway.Host.Indicator;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Indicator;

public sealed class StatusLedTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StatusStore _status = new();
    private readonly Output _output = new();
    private readonly Heard _log = new();

    [Fact]
    public void A_claim_ends_when_the_report_says_so_or_24_seconds_after_it_was_made()
    {
        Assert.Equal(24, UntilOf(LedPattern.Verified, goodFor: 120));
        Assert.Equal(10, UntilOf(LedPattern.Attention, goodFor: 10));
        Assert.Equal(-5, UntilOf(LedPattern.Believed, goodFor: -5));
        Assert.Equal(24, UntilOf(LedPattern.Unreachable, goodFor: -5)); // no claim: nothing that runs out
    }

    [Fact]
    public async Task It_blinks_until_the_first_verdict_and_shows_each_one_once_it_is_made()
    {
        using var led = Start();
        var start = _time.GetTimestamp();
        await _output.HearsAsync(LedPattern.Starting, start + Seconds(24));
        var report = Report(LedPattern.Verified, goodFor: 20);
        _status.Update(s => s with { Report = report });
        await _output.HearsAsync(LedPattern.Verified, report.GoodUntil);
        _status.Update(s => s with { Report = Report(LedPattern.Unreachable, goodFor: 0) });
        await _output.HearsAsync(LedPattern.Unreachable, start + Seconds(24));
        await led.StopAsync(CancellationToken.None);
        Assert.True(_output.IsLetGo);
    }

    [Fact]
    public async Task Its_own_loop_prolongs_nothing()
    {
        using var led = Start();
        var report = Report(LedPattern.Verified, goodFor: 60);
        _status.Update(s => s with { Report = report });
        await _output.HearsAsync(LedPattern.Verified, report.Made + Seconds(24));
        for (var i = 0; i < 8; i++)
        {
            _status.Update(s => s with { IsClaimed = !s.IsClaimed }); // news that are no verdict
            for (var shown = _output.Shown; _output.Shown == shown; await Task.Yield()) _time.Advance(TimeSpan.FromMilliseconds(100));
            await _output.HearsAsync(LedPattern.Verified, report.Made + Seconds(24));
        }
        await led.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_led_that_cannot_be_used_is_said_once_and_tried_again_gently()
    {
        _output.Problem = "There is no LED.";
        using var led = Start();
        for (; _output.Tries < 5; await Task.Yield()) _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["The status LED gpio:27 cannot be used: There is no LED. It is tried again"], _log.Lines);
        _output.Problem = null;
        for (; _output.Shown < 2; await Task.Yield()) _time.Advance(TimeSpan.FromSeconds(1));
        await led.StopAsync(CancellationToken.None);
        Assert.Equal("The status LED gpio:27 works again", _log.Lines[^1]);
        Assert.Equal(2, _log.Lines.Count);
    }

    private StatusLed Start()
    {
        var led = new StatusLed(_status, _output.OpenAsync, "gpio:27", _time, _log);
        _ = led.StartAsync(CancellationToken.None);
        return led;
    }

    private ReachabilityReport Report(LedPattern pattern, double goodFor)
    {
        var now = _time.GetTimestamp();
        return new(pattern, "", default, now + 1, now + 1 + Seconds(goodFor), default, [], []);
    }

    private double UntilOf(LedPattern pattern, double goodFor)
    {
        var report = Report(pattern, goodFor);
        return (StatusLed.Until(report, _time) - report.Made) / (double)_time.TimestampFrequency;
    }

    private long Seconds(double seconds) => (long)(seconds * _time.TimestampFrequency);

    private sealed class Output : ILedOutput
    {
        private readonly Channel<(LedTimeline, long)> _heard = Channel.CreateUnbounded<(LedTimeline, long)>();

        public string? Problem { get; set; }

        public bool IsLetGo { get; private set; }

        public int Shown { get; private set; }

        public int Tries { get; private set; }

        public CancellationToken Lost => CancellationToken.None;

        public Task<ILedOutput> OpenAsync(CancellationToken cancellationToken)
        {
            Tries++;
            return Problem is null ? Task.FromResult<ILedOutput>(this) : Task.FromException<ILedOutput>(new LightUnavailableException(Problem));
        }

        public async Task ShowAsync(LedTimeline timeline, long until, CancellationToken cancellationToken)
        {
            Shown++;
            await _heard.Writer.WriteAsync((timeline, until), cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            IsLetGo = true;
            return ValueTask.CompletedTask;
        }

        /// <summary>The next that it hears, but for pings of what it showed before.</summary>
        public async Task HearsAsync(LedPattern pattern, long until)
        {
            (LedTimeline Timeline, long Until) heard;
            do heard = await _heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            while (heard.Timeline != LedTimeline.Of(pattern));
            Assert.InRange(heard.Until - until, -1, 1);
        }
    }

    private sealed class Heard : ILogger<StatusLed>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines) Lines.Add(formatter(state, exception));
        }
    }
}
