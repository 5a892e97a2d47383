using Gateway.Host.Core;

namespace Gateway.Host.Broker;

/// <summary>Counts connections, in all and by source, signed in or not, and lets no more in than there is room for.</summary>
internal sealed class ConnectionGate(BrokerLimits limits)
{
    private sealed record Counts(int All, int HalfOpen);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Counts> _sources = new(StringComparer.Ordinal);
    private Counts _all = new(0, 0);

    /// <summary>A new connection: false when there is no room for it. Each one let in must <see cref="Leave"/>.</summary>
    public bool TryEnter(ClientOrigin origin)
    {
        if (origin.Kind == OriginKind.LocalSocket) return true;
        lock (_lock)
        {
            var source = _sources.GetValueOrDefault(origin.Source) ?? new Counts(0, 0);
            var near = origin.Kind == OriginKind.ThisMachine;
            if (_all.All >= limits.Connections || _all.HalfOpen >= limits.HalfOpen || !near && (source.All >= limits.ConnectionsPerSource || source.HalfOpen >= limits.HalfOpenPerSource))
                return false;
            _sources[origin.Source] = new Counts(source.All + 1, source.HalfOpen + 1);
            _all = new Counts(_all.All + 1, _all.HalfOpen + 1);
            return true;
        }
    }

    /// <summary>The connection has signed in.</summary>
    public void SignedIn(ClientOrigin origin) => Change(origin, 0, -1);

    /// <summary>The connection is over.</summary>
    public void Leave(ClientOrigin origin, bool signedIn) => Change(origin, -1, signedIn ? 0 : -1);

    private void Change(ClientOrigin origin, int all, int halfOpen)
    {
        if (origin.Kind == OriginKind.LocalSocket) return;
        lock (_lock)
        {
            _all = new Counts(_all.All + all, _all.HalfOpen + halfOpen);
            var source = _sources[origin.Source];
            source = new Counts(source.All + all, source.HalfOpen + halfOpen);
            if (source.All == 0) _sources.Remove(origin.Source);
            else _sources[origin.Source] = source;
        }
    }
}
