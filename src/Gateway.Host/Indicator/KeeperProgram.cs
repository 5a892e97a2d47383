using System.Globalization;
using System.Threading.Channels;
using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Indicator;

/// <summary>
/// The keeper's own side: draws what its standard input says and is dark when that has ended, or said nothing for as long as it was good for.
/// A line is until when it is good (a <see cref="TimeProvider.GetTimestamp"/> value: both processes read the same clock of the kernel), then milliseconds on, off, on ...;
/// each is answered with <c>ok</c>.
/// </summary>
internal static class KeeperProgram
{
    /// <summary>The answer to each line, and the first word when the LED is held.</summary>
    public const string Ok = "ok";

    private sealed record Feed(LedTimeline Timeline, long Until);

    /// <summary>Holds <paramref name="output"/> until its input ends (0), it is told to stop (0) or the LED cannot be used (1, with a sentence as the last line).</summary>
    public static async Task<int> RunAsync(string output, TextReader input, TextWriter answers, TimeProvider time, CancellationToken cancellationToken, Hardware? hardware = null)
    {
        try
        {
            using var led = LedSwitches.Open(output, hardware ?? new Hardware());
            await answers.WriteLineAsync(Ok);
            await answers.FlushAsync(CancellationToken.None);
            try { await DrawAsync(led, input, answers, time, cancellationToken); }
            finally { led.Set(false, TimeSpan.MaxValue); }
            return 0;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await answers.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
            await answers.FlushAsync(CancellationToken.None);
            return 1;
        }
    }

    private static async Task DrawAsync(ILedSwitch led, TextReader input, TextWriter answers, TimeProvider time, CancellationToken cancellationToken)
    {
        var feeds = Channel.CreateBounded<Feed>(1);
        _ = Task.Run(() => ReadAsync(input, feeds.Writer), CancellationToken.None);
        var (shown, started) = (new Feed(LedTimeline.Dark, 0), 0L);
        var next = feeds.Reader.ReadAsync(cancellationToken).AsTask();
        while (true)
        {
            var now = time.GetTimestamp();
            var good = time.GetElapsedTime(now, shown.Until);
            var (on, left) = now < started ? (false, time.GetElapsedTime(now, started)) : shown.Timeline.At(time.GetElapsedTime(started, now));
            if (good <= TimeSpan.Zero) (on, left) = (false, Timeout.InfiniteTimeSpan);
            else if (left > good) left = good;
            led.Set(on, left);
            if (await Task.WhenAny(next, Task.Delay(left, time, cancellationToken)) != next && !cancellationToken.IsCancellationRequested) continue;

            if (!next.IsCompletedSuccessfully) return; // the input has ended, or we were told to
            var feed = await next;
            now = time.GetTimestamp();
            if (good <= TimeSpan.Zero || !feed.Timeline.Steps.SequenceEqual(shown.Timeline.Steps)) started = time.After(now, LedOutputs.Pause);
            shown = feed with { Until = Math.Min(feed.Until, time.After(now, LedOutputs.LongestUnfed)) };
            await answers.WriteLineAsync(Ok);
            await answers.FlushAsync(CancellationToken.None);
            next = feeds.Reader.ReadAsync(cancellationToken).AsTask();
        }
    }

    private static async Task ReadAsync(TextReader input, ChannelWriter<Feed> feeds)
    {
        try
        {
            while (await input.ReadLineAsync() is { } line && Parse(line) is { } feed) await feeds.WriteAsync(feed);
        }
        catch (IOException) { }
        finally { feeds.TryComplete(); }
    }

    /// <summary>Null for what is no feed: whoever writes that is not our gateway, and gets darkness.</summary>
    private static Feed? Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var until)) return null;
        var steps = words.Skip(1).Select(w => int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) ? ms : 0).ToArray();
        return LedTimeline.From(steps) is { } timeline ? new Feed(timeline, until) : null;
    }
}
