using Gateway.Host.Core;

namespace Gateway.Host.Broker;

/// <summary>
/// Ends connections that send no CONNECT, nothing within one and a half keep-alives [MQTT-3.1.2-22], or do not read our last words,
/// and sessions that nobody came back for. One timer, set to the next moment that matters; none runs without clients.
/// </summary>
internal sealed class ConnectionWatch : IDisposable
{
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1), Latest = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly HashSet<MqttConnection> _connections = [];
    private readonly Dictionary<MqttConnection, long> _leaving = [];
    private readonly SessionRegistry _sessions;
    private readonly BrokerLimits _limits;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _due = long.MaxValue;

    public ConnectionWatch(SessionRegistry sessions, BrokerLimits limits, TimeProvider time, ILogger<ConnectionWatch> logger)
    {
        (_sessions, _limits, _time) = (sessions, limits, time);
        _timer = time.CreateIdleTimer(Sweep, logger);
    }

    public void Add(MqttConnection connection)
    {
        lock (_lock)
        {
            _connections.Add(connection);
            Schedule(_limits.ConnectWithin);
        }
    }

    /// <summary>The broker is done with the connection; it may still be read empty, for a while.</summary>
    public void Leave(MqttConnection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            if (connection.Gone.IsCancellationRequested) return;
            _leaving[connection] = _time.GetTimestamp();
            Schedule(_limits.Linger);
        }
        connection.Gone.UnsafeRegister(_ => { lock (_lock) _leaving.Remove(connection); }, null);
    }

    /// <summary>A keep-alive or a session's end has become known.</summary>
    public void Reconsider()
    {
        lock (_lock) Schedule(Soonest);
    }

    /// <summary>Lets every client go.</summary>
    public void CloseAll(MQTTnet.Protocol.MqttDisconnectReasonCode reason)
    {
        MqttConnection[] all;
        lock (_lock) all = [.. _connections];
        foreach (var connection in all) connection.Close(reason);
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        lock (_lock) _due = long.MaxValue; // first of all, so that whatever fails below the next one is set
        var next = _sessions.Sweep();
        List<MqttConnection> silent = [], lingering = [];
        lock (_lock)
        {
            foreach (var connection in _connections)
            {
                var left = Left(connection);
                if (left <= TimeSpan.Zero) silent.Add(connection);
                else if (left < next) next = left;
            }
            foreach (var (connection, since) in _leaving)
            {
                var left = _limits.Linger - _time.GetElapsedTime(since);
                if (left <= TimeSpan.Zero) lingering.Add(connection);
                else if (left < next) next = left;
            }
            foreach (var connection in lingering) _leaving.Remove(connection);
            if (silent.Count > 0 && _limits.Linger < next) next = _limits.Linger;
            if (next < TimeSpan.MaxValue) Schedule(next);
        }
        foreach (var connection in silent)
        {
            if (connection.IsOpen) connection.Close(MQTTnet.Protocol.MqttDisconnectReasonCode.KeepAliveTimeout);
            else connection.Abort();
        }
        foreach (var connection in lingering) connection.Abort();
    }

    private TimeSpan Left(MqttConnection connection)
    {
        var allowed = connection.Session is null ? _limits.ConnectWithin : connection.KeepAlive * 1.5;
        return allowed == TimeSpan.Zero ? TimeSpan.MaxValue : allowed - _time.GetElapsedTime(connection.LastReceived);
    }

    private void Schedule(TimeSpan wait)
    {
        if (wait < Soonest) wait = Soonest;
        if (wait > Latest) wait = Latest;
        var due = _time.After(_time.GetTimestamp(), wait);
        if (due >= _due) return;
        _due = due;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
