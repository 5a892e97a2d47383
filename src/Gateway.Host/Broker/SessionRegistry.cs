using Gateway.Host.Core;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>Which client has which session: taking over, coming back, ending (MQTT 5.0 section 4.1).</summary>
internal sealed class SessionRegistry(SubscriptionIndex index, BrokerLimits limits, QueueBudget budget, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);

    public int Count
    {
        get { lock (_lock) return _sessions.Count; }
    }

    /// <summary>How many have a connection now.</summary>
    public int Connected
    {
        get { lock (_lock) return _sessions.Values.Count(s => s.Connection is not null); }
    }

    /// <summary>The client's session, its own or a new one; whoever was connected with it is told to go. Null when the identifier belongs to the gateway.</summary>
    public (ClientSession Session, bool Present)? Open(MqttConnectPacket connect, MqttConnection connection, TimeSpan keepFor)
    {
        var rights = connection.Rights!;
        ClientSession? gone = null;
        MqttConnection? old;
        ClientSession session;
        lock (_lock)
        {
            _sessions.TryGetValue(connect.ClientId, out var found);
            if (found?.Owner == ClientRights.GatewayName && !rights.IsGateway) return null;
            old = found?.Connection;
            if (found is not null && (connect.CleanSession || found.Owner != rights.Name || HasEnded(found)))
            {
                gone = found;
                found = null;
            }
            session = found ?? new ClientSession(connect.ClientId, rights.Name, limits, budget, time);
            session.KeepFor = keepFor;
            session.RightsEnded = rights.Ended;
            _sessions[connect.ClientId] = session;
            if (old is not null)
            {
                old.Close(MqttDisconnectReasonCode.SessionTakenOver);
                if (found is not null) session.Detach(old);
            }
            if (gone is not null) End(gone);
            // The answer to CONNECT is the first thing a client gets, before any message of its session.
            connection.Session = session;
            connection.Write(Answer(connect, connection, present: found is not null, keepFor));
            session.Attach(connection);
            return (session, found is not null);
        }
    }

    /// <summary>The connection is over: true when the session is over with it.</summary>
    public bool Leave(ClientSession session, MqttConnection connection)
    {
        lock (_lock)
        {
            if (!session.Detach(connection))
            {
                if (_sessions.GetValueOrDefault(session.ClientId) == session) return false;
                index.RemoveAll(session); // What its last packets may have added after its end.
                return true;
            }
            if (session.KeepFor > TimeSpan.Zero && !HasEnded(session))
            {
                MakeRoom();
                return false;
            }
            Remove(session);
            return true;
        }
    }

    /// <summary>Ends what has waited long enough; returns how long until the next one would.</summary>
    public TimeSpan Sweep()
    {
        lock (_lock)
        {
            var next = TimeSpan.MaxValue;
            foreach (var session in _sessions.Values.Where(s => s.Connection is null).ToArray())
            {
                if (HasEnded(session)) Remove(session);
                else if (Left(session) < next) next = Left(session);
            }
            return next;
        }
    }

    private MqttConnAckPacket Answer(MqttConnectPacket connect, MqttConnection connection, bool present, TimeSpan keepFor) => new()
    {
        IsSessionPresent = present,
        ReasonCode = MqttConnectReasonCode.Success,
        AssignedClientIdentifier = connection.AssignedIdentifier,
        SessionExpiryInterval = connect.SessionExpiryInterval == (uint)keepFor.TotalSeconds ? 0 : (uint)keepFor.TotalSeconds,
        ReceiveMaximum = limits.InFlight,
        MaximumPacketSize = (uint)limits.PacketSize,
        MaximumQoS = MqttQualityOfServiceLevel.ExactlyOnce,
        RetainAvailable = true,
        WildcardSubscriptionAvailable = true,
        SubscriptionIdentifiersAvailable = true,
        SharedSubscriptionAvailable = false,
    };

    private TimeSpan Left(ClientSession session) => session.KeepFor - time.GetElapsedTime(session.AwaySince);

    private bool HasEnded(ClientSession session) => session.RightsEnded.IsCancellationRequested || session.Connection is null && Left(session) <= TimeSpan.Zero;

    private void MakeRoom()
    {
        var away = _sessions.Values.Where(s => s.Connection is null).ToArray();
        if (away.Length > limits.SessionsAway && away.MinBy(Left) is { } first) Remove(first);
    }

    private void Remove(ClientSession session)
    {
        _sessions.Remove(session.ClientId);
        End(session);
    }

    private void End(ClientSession session)
    {
        index.RemoveAll(session);
        session.Discard();
    }
}
