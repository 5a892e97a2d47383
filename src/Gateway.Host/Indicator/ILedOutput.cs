namespace Gateway.Host.Indicator;

/// <summary>What the status LED hangs on. Its promise: what it shows ends by itself, whatever becomes of this process.</summary>
internal interface ILedOutput : IAsyncDisposable
{
    /// <summary>Cancelled when the output is lost and must be opened anew.</summary>
    CancellationToken Lost { get; }

    /// <summary>Shows <paramref name="timeline"/>, and darkness from <paramref name="until"/> on. The same timeline again goes on where it is. Throws when the output cannot be used.</summary>
    /// <param name="timeline">What to show.</param>
    /// <param name="until">A <see cref="TimeProvider.GetTimestamp"/> value; more than <see cref="LedOutputs.LongestUnfed"/> ahead counts as that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task ShowAsync(LedTimeline timeline, long until, CancellationToken cancellationToken);
}
