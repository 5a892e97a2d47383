namespace Gateway.Devices.Mqtt;

/// <summary>How several availability topics count together.</summary>
internal enum AvailabilityMode { Latest = 0, All, Any }

/// <summary>One topic on which a fixture says whether it is there.</summary>
internal sealed record AvailabilityTopic(string Topic, string Available, string NotAvailable, MqttTemplate Template);

/// <summary>How a fixture says that it is there, and what it said last. Not thread-safe: its light holds the lock.</summary>
public sealed class MqttAvailability
{
    private const int MaxTopics = 8;
    private readonly AvailabilityTopic[] _topics;
    private readonly AvailabilityMode _mode;
    private readonly bool?[] _said;
    private bool? _latest;

    private MqttAvailability(AvailabilityTopic[] topics, AvailabilityMode mode) => (_topics, _mode, _said) = (topics, mode, new bool?[topics.Length]);

    /// <summary>A fixture that does not say: it is there while the broker is.</summary>
    public static MqttAvailability Always => new([], AvailabilityMode.Latest);

    /// <summary>The topics to listen to.</summary>
    public IEnumerable<string> Topics => _topics.Select(t => t.Topic);

    /// <summary>Whether it is there: null when it has not said yet.</summary>
    public bool? IsAvailable
    {
        get
        {
            if (_topics.Length == 0) return true;
            return _mode switch
            {
                AvailabilityMode.All => Array.TrueForAll(_said, s => s == true) ? true : Array.Exists(_said, s => s == false) ? false : null,
                AvailabilityMode.Any => Array.Exists(_said, s => s == true) ? true : Array.TrueForAll(_said, s => s == false) ? false : null,
                _ => _latest,
            };
        }
    }

    /// <summary>Takes what was published on one of its topics; other topics and other words mean nothing.</summary>
    public void Receive(string topic, ReadOnlySpan<byte> payload)
    {
        for (var i = 0; i < _topics.Length; i++)
        {
            if (_topics[i].Topic != topic) continue;
            var said = _topics[i].Template.Render(payload);
            if (said == _topics[i].Available) _latest = _said[i] = true;
            else if (said == _topics[i].NotAvailable) _latest = _said[i] = false;
        }
    }

    /// <summary>Forgets what was said: it may have been long ago.</summary>
    public void Forget()
    {
        Array.Clear(_said);
        _latest = null;
    }

    internal static MqttAvailability Read(DiscoveryConfig config)
    {
        var list = config.Objects("availability", MaxTopics).Select(entry => Read(entry, "topic", "value_template")).ToList();
        if (config.Has("availability_topic")) list.Add(Read(config, "availability_topic", "availability_template"));
        var mode = config.Text("availability_mode", "latest") switch
        {
            "latest" => AvailabilityMode.Latest,
            "all" => AvailabilityMode.All,
            "any" => AvailabilityMode.Any,
            _ => throw new AnnouncementException("Its availability_mode is none of all, any and latest."),
        };
        return new MqttAvailability([.. list], mode);
    }

    private static AvailabilityTopic Read(DiscoveryConfig config, string topicKey, string templateKey) => new(
        config.Topic(topicKey) ?? throw new AnnouncementException("An entry of its availability has no topic."),
        config.Text("payload_available", "online"),
        config.Text("payload_not_available", "offline"),
        config.Template(templateKey) ?? MqttTemplate.Value);
}
