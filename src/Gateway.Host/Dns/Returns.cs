using System.Collections.Immutable;
using Gateway.Host.Core;

namespace Gateway.Host.Dns;

/// <summary>A way in that was left although it is wanted more.</summary>
/// <param name="Times">How often within <see cref="Returns.Forgiven"/>.</param>
/// <param name="At">When last: a <see cref="TimeProvider.GetTimestamp"/> value.</param>
internal sealed record Leave(int Times, long At);

/// <summary>
/// Ways in that failed and come back: the name returns to one when it has been proven for a while, each time for longer, so that one that comes and goes does not take the name along:
/// every move costs those a minute who remember the old address. Immutable.
/// </summary>
internal sealed class Returns
{
    /// <summary>After so long without a failure the next one is the first again.</summary>
    public static readonly TimeSpan Forgiven = TimeSpan.FromHours(1);

    /// <summary>How long it has to be proven after the first failure; twice as long after each further one.</summary>
    public static readonly TimeSpan Probation = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestProbation = TimeSpan.FromMinutes(30);

    public static Returns None { get; } = new(ImmutableDictionary<(string, IpFamily), Leave>.Empty);

    private readonly ImmutableDictionary<(string Way, IpFamily Family), Leave> _left;

    private Returns(ImmutableDictionary<(string, IpFamily), Leave> left) => _left = left;

    /// <summary>The name leaves this way for one that is wanted less.</summary>
    public Returns With(string way, IpFamily family, TimeProvider time, long now)
    {
        var before = _left.GetValueOrDefault((way, family));
        var times = before is not null && time.GetElapsedTime(before.At, now) < Forgiven ? before.Times + 1 : 1;
        return new Returns(_left.SetItem((way, family), new Leave(times, now)));
    }

    /// <summary>How much longer a way in has to show itself before the name comes back to it; zero or less: no longer. Where nobody looks from outside, ten times as long without trouble will do.</summary>
    public TimeSpan Left(IngressLease lease, DoorRecord? door, TimeProvider time, long now)
    {
        if (_left.GetValueOrDefault((lease.Way, lease.Family)) is not { } left) return TimeSpan.Zero;
        var probation = TimeSpan.FromSeconds(Math.Min(LongestProbation.TotalSeconds, Probation.TotalSeconds * Math.Pow(2, left.Times - 1)));
        var unseen = probation * 10 - time.GetElapsedTime(left.At, now);
        return door?.ReachedSince is { } since ? probation - time.GetElapsedTime(Math.Max(since, left.At), now) is var seen && seen < unseen ? seen : unseen : unseen;
    }
}
