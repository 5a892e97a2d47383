using System.Text;
using Gateway.Devices;
using Gateway.Devices.Local;
using Gateway.Host.Core;

namespace Gateway.Host.Indicator;

/// <summary>
/// An LED whose pattern the kernel draws and ends (https://docs.kernel.org/leds/ledtrig-pattern.html): the whole time that it may be shown is written
/// as one pattern that ends dark and is played once. A pattern that goes on is written anew when its cycle ends, so that nobody miscounts.
/// </summary>
internal sealed class KernelPatternLed : ILedOutput
{
    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly long _max;
    private readonly ITimer _cycleEnds;
    private readonly CancellationTokenSource _lost = new();
    private LedTimeline _timeline = LedTimeline.Dark;
    private long _started, _until, _written;

    private KernelPatternLed(string folder, TimeProvider time, ILogger logger)
    {
        (_folder, _time) = (folder, time);
        _max = Sysfs.ReadNumber(Path.Combine(folder, "max_brightness"));
        // Before the first pattern: a new trigger would repeat that for ever.
        Sysfs.Write(Path.Combine(folder, "repeat"), "1");
        _cycleEnds = time.CreateIdleTimer(GoOn, logger);
    }

    /// <inheritdoc />
    public CancellationToken Lost => _lost.Token;

    /// <summary>Takes the LED over; null when this kernel has no such trigger. Throws <see cref="LightUnavailableException"/>.</summary>
    public static KernelPatternLed? TryOpen(string folder, TimeProvider time, ILogger logger)
    {
        var trigger = Path.Combine(folder, "trigger");
        var triggers = File.Exists(trigger) ? Sysfs.Read(trigger).Split(' ') : [];
        if (triggers.Contains("pattern", StringComparer.Ordinal)) Sysfs.Write(trigger, "pattern");
        else if (!triggers.Contains("[pattern]", StringComparer.Ordinal)) return null;
        return new KernelPatternLed(folder, time, logger);
    }

    /// <inheritdoc />
    public Task ShowAsync(LedTimeline timeline, long until, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var goesOn = timeline == _timeline && now < _written;
            (_timeline, _until) = (timeline, until);
            if (!goesOn) Write_NeedsLock(LedOutputs.Pause);
            else if (until != _written)
            {
                // Sooner, should what is written or what is meant end before that.
                var ends = Min(_time.GetElapsedTime(now, until), _time.GetElapsedTime(now, _written));
                var due = Min(timeline.UntilCycleEnd(_time.GetElapsedTime(_started, now)), ends);
                _cycleEnds.Change(due < TimeSpan.Zero ? TimeSpan.Zero : due, Timeout.InfiniteTimeSpan);
            }
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _cycleEnds.DisposeAsync();
        lock (_lock)
        {
            _timeline = LedTimeline.Dark;
            try { Write_NeedsLock(TimeSpan.Zero); }
            catch (LightUnavailableException) { } // it is no longer ours
        }
    }

    /// <summary>
    /// The words for the trigger: pairs of brightness and milliseconds, each followed by a pair of no length, else the kernel fades. No step is longer than a second:
    /// the kernel's timers are the coarser the longer they are (16 s and more are up to 2 s late).
    /// </summary>
    internal static string Words(LedTimeline timeline, TimeSpan pause, TimeSpan length, long max)
    {
        var words = new StringBuilder();
        Step(false, pause);
        for (var at = TimeSpan.Zero; at < length;)
        {
            var (on, left) = timeline.At(at);
            var step = Min(left, Min(length - at, TimeSpan.FromSeconds(1)));
            Step(on, step);
            at += step;
        }
        Step(false, TimeSpan.FromMilliseconds(100));
        return words.Append('\n').ToString();

        void Step(bool on, TimeSpan time)
        {
            if ((int)time.TotalMilliseconds is > 0 and var ms) words.Append($"{(words.Length > 0 ? " " : "")}{(on ? max : 0)} {ms} {(on ? max : 0)} 0");
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void GoOn()
    {
        lock (_lock)
        {
            try
            {
                Write_NeedsLock(TimeSpan.Zero);
                return;
            }
            catch (LightUnavailableException) { _written = 0; } // the next to show anything hears why
        }
        _lost.Cancel();
    }

    private void Write_NeedsLock(TimeSpan pause)
    {
        var now = _time.GetTimestamp();
        var length = TimeSpan.FromTicks(Math.Clamp(_time.GetElapsedTime(now, _until).Ticks, 0, LedOutputs.LongestUnfed.Ticks));
        var dark = _timeline.Steps.Count == 0;
        if (pause > length) pause = length;
        Sysfs.Write(Path.Combine(_folder, "pattern"), Words(_timeline, pause, dark ? TimeSpan.Zero : length - pause, _max));
        Sysfs.Write(Path.Combine(_folder, "repeat"), "1"); // plays it once, from its start
        _started = _time.After(now, pause);
        _written = _until;
    }
}
