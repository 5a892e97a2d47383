using Gateway.Devices.Mqtt;

namespace Gateway.Host.Lights;

/// <summary>Which light hears which topic, and which of these topics must still be subscribed to or left.</summary>
internal sealed class MqttListeners
{
    /// <summary>What was said on a topic is kept for lights that come later, such as a bridge's "online": nothing larger.</summary>
    private const int MaxKeptBytes = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _topics = new(StringComparer.Ordinal);
    private readonly HashSet<string> _subscribe = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leave = new(StringComparer.Ordinal);
    private readonly HashSet<MqttLight> _lights = [];

    /// <summary>Called when there is something to subscribe to or to leave.</summary>
    public Action? Changed { get; set; }

    /// <summary>Whether the broker is reached.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>How many topics are listened to.</summary>
    public int Count
    {
        get { lock (_lock) return _topics.Count; }
    }

    /// <summary>Lets a light hear its topics: what was last said there at once, or by subscribing anew, which makes the broker say it again.</summary>
    public void Add(MqttLight light)
    {
        lock (_lock)
        {
            _lights.Add(light);
            light.SetConnected(IsConnected);
            foreach (var topic in light.Topics)
            {
                if (!_topics.TryGetValue(topic, out var entry)) _topics[topic] = entry = new Entry();
                entry.Lights.Add(light);
                _leave.Remove(topic);
                if (entry.Last is { } last) light.Receive(topic, last);
                else _subscribe.Add(topic);
            }
        }
        Changed?.Invoke();
    }

    /// <summary>The light hears nothing more.</summary>
    public void Remove(MqttLight light)
    {
        lock (_lock)
        {
            _lights.Remove(light);
            foreach (var topic in light.Topics)
            {
                if (!_topics.TryGetValue(topic, out var entry) || !entry.Lights.Remove(light) || entry.Lights.Count > 0) continue;
                _topics.Remove(topic);
                if (!_subscribe.Remove(topic)) _leave.Add(topic);
            }
        }
        Changed?.Invoke();
    }

    /// <summary>Gives a message to those who listen; false when nobody does.</summary>
    public bool Deliver(in MqttArrival message)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(message.Topic, out var entry)) return false;
            foreach (var light in entry.Lights) light.Receive(message.Topic, message.Payload.Span);
            entry.Last = entry.Lights.Count > 1 && message.Payload.Length <= MaxKeptBytes ? message.Payload.ToArray() : null;
            return true;
        }
    }

    /// <summary>There is a connection now.</summary>
    public void Connected()
    {
        lock (_lock)
        {
            IsConnected = true;
            foreach (var light in _lights) light.SetConnected(true);
        }
    }

    /// <summary>The connection has ended: everything must be subscribed to again, and what was said may be old.</summary>
    public void Disconnected()
    {
        lock (_lock)
        {
            IsConnected = false;
            foreach (var light in _lights) light.SetConnected(false);
            _leave.Clear();
            _subscribe.UnionWith(_topics.Keys);
            foreach (var entry in _topics.Values) entry.Last = null;
        }
    }

    /// <summary>Takes what is to be subscribed to and left now.</summary>
    public (string[] Subscribe, string[] Leave) TakeChanges()
    {
        lock (_lock)
        {
            var changes = (_subscribe.ToArray(), _leave.ToArray());
            _subscribe.Clear();
            _leave.Clear();
            return changes;
        }
    }

    private sealed class Entry
    {
        public List<MqttLight> Lights { get; } = new(1);
        public byte[]? Last { get; set; }
    }
}
