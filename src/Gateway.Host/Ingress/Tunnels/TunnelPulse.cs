using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>
/// Whether a tunnel that is said to stand carries anything: by what is observed of it, from outside and by this gateway itself, round through the tunnel. One that looks fail on
/// for long enough is begun anew; each time that this was of no use, the next takes twice as long.
/// </summary>
internal sealed class TunnelPulse(TimeProvider time)
{
    /// <summary>A tunnel through which nobody got for so long is ended, although its own sign says that it stands.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(10);

    private long _since;
    private int _ended;

    /// <summary>A new life begins.</summary>
    public void Begin() => _since = time.GetTimestamp();

    /// <summary>For how long what is known stands by itself; throws <see cref="TunnelException"/> when the tunnel carries nothing.</summary>
    public TimeSpan Check(GatewayStatus status, string way, long epoch)
    {
        Observation[] looks = [.. status.Observations.Where(o => o.Target.Way == way && o.Target.Epoch == epoch && o.Outcome != ProbeOutcome.Unknown)];
        if (looks.Any(o => o.Outcome == ProbeOutcome.Reached)) _ended = 0;
        var reached = looks.Where(o => o.Outcome == ProbeOutcome.Reached).Select(o => o.Started).Append(_since).Max();
        var failed = looks.Where(o => o.Outcome == ProbeOutcome.Failed && o.Started > reached).ToArray();
        if (failed.Length == 0) return Patience;
        // An address over which nobody gets in is no reason while somebody does over the other.
        var patience = TimeSpan.FromSeconds(Math.Min(LongestPatience.TotalSeconds, Patience.TotalSeconds * Math.Pow(2, _ended)));
        var left = patience - time.GetElapsedTime(reached);
        if (left > TimeSpan.Zero) return left;
        _ended++;
        throw new TunnelException($"it stood and carried nothing: {failed[0].Words.TrimEnd('.')}", IngressProblem.CarriesNothing);
    }
}
