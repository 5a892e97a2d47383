namespace Gateway.Host.Ingress.PortMapping;

/// <summary>
/// The router counts the seconds of its own life and tells them with each answer. A count that does not go on as our own
/// clock does means that it has started anew and forgotten every mapping.
/// </summary>
internal sealed class RouterEpoch
{
    private const int Believed = 3;
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(5);
    private (uint Epoch, TimeSpan At)? _last;
    private int _breaks;

    /// <summary>False once the count broke at every one of several looks: it counts nothing, as with routers that always say 0.</summary>
    public bool IsUsable => _breaks < Believed;

    /// <summary>Takes what the router says now; true when it has started anew since the last time.</summary>
    /// <param name="epoch">Seconds; null when nothing was said.</param>
    /// <param name="at">Our own monotonic clock.</param>
    public bool HasRestarted(uint? epoch, TimeSpan at)
    {
        if (epoch is not { } now) return false;
        var (last, then) = _last ?? (now, at);
        var breaks = !GoesOn(last, then, now, at);
        _last = (now, at);
        // Two answers in one breath prove no clock.
        if (breaks) _breaks++;
        else if (IsUsable && at - then > Breath) _breaks = 0;
        return breaks && IsUsable;
    }

    /// <summary>RFC 6887 section 8.5: whether both clocks ran alike, within 1/16 and two seconds, in both directions.</summary>
    public static bool GoesOn(uint before, TimeSpan beforeAt, uint now, TimeSpan nowAt)
    {
        if ((long)now + 1 < before) return false;
        var server = (double)now - before;
        var client = Math.Floor((nowAt - beforeAt).TotalSeconds);
        return client + 2 >= server - server / 16 && server + 2 >= client - client / 16;
    }
}
