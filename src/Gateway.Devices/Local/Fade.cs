namespace Gateway.Devices.Local;

/// <summary>Fades on monotonic time: 50 steps a second while one runs, nothing in between.</summary>
internal static class Fade
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Calls <paramref name="show"/> with the share of the way that is gone, and with exactly 1 at the end. Cancelled, it stops where it is.</summary>
    public static async ValueTask RunAsync(TimeProvider time, TimeSpan? over, Action<double> show, CancellationToken cancellationToken)
    {
        if (over is { } length && length > Step)
        {
            var start = time.GetTimestamp();
            using var steps = new PeriodicTimer(Step, time);
            while (await steps.WaitForNextTickAsync(cancellationToken) && time.GetElapsedTime(start) is var gone && gone < length)
                show(gone / length);
        }
        show(1);
    }

    /// <summary>The point at <paramref name="share"/> of the way.</summary>
    public static double Between(double from, double to, double share) => from + (to - from) * share;
}
