using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Core;

/// <summary>
/// New connections of one source are served one after the other once they are many at once: a flood of them waits for its turn,
/// while everybody who is in already, and who comes from elsewhere, has his own.
/// </summary>
public sealed class ArrivalPace(TimeProvider time)
{
    /// <summary>So many of one source are served at once; a page opens six.</summary>
    public const int AtOnce = 64;

    /// <summary>Then one each so long. Taking one in, with TLS, costs a Pi about as much.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(2);

    private readonly TokenBuckets _sources = new(AtOnce, Apart, time);

    /// <summary>Comes after <see cref="ClientOriginExtensions.MarkOrigin"/>.</summary>
    public void Guard(ListenOptions listener) => listener.Use(next => async connection =>
    {
        var origin = connection.Features.Get<ClientOrigin>()!;
        if (origin.Kind != OriginKind.LocalSocket && _sources.Reserve(origin.Source) is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (connection.ConnectionClosed.IsCancellationRequested) return;
        }
        await next(connection);
    });
}
