namespace Gateway.Devices.Mqtt;

/// <summary>A light that somebody announced over MQTT. Whoever owns the connection tells it what arrives and whether there is a broker.</summary>
public sealed class MqttLight(LightAnnouncement announcement, PublishMqtt publish) : ILightDriver
{
    private readonly Lock _lock = new();
    private readonly MqttLightSchema? _schema = announcement.Schema;
    private ILightFeedback? _feedback;
    private LightState? _known;
    private LightState _unheard = LightState.Unknown;
    private bool _connected;
    private bool _absent;

    /// <summary>Whether a registry has it.</summary>
    public bool IsTakenUp
    {
        get { lock (_lock) return _feedback is not null; }
    }

    /// <summary>The topics to listen to.</summary>
    public IReadOnlyList<string> Topics { get; } = [.. announcement.Topics];

    /// <inheritdoc />
    public LightCapabilities Capabilities => _schema?.Capabilities ?? LightCapabilities.OnOff;

    /// <inheritdoc />
    public bool Reports => _schema is null || _schema.StateTopics.Count > 0;

    /// <inheritdoc />
    public ValueTask StartAsync(ILightFeedback feedback, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _feedback = feedback;
            TellAvailability_NeedsLock();
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public async ValueTask ApplyAsync(LightState state, CancellationToken cancellationToken)
    {
        if (_schema is null) throw new LightUnavailableException(announcement.Refusal!);
        IReadOnlyList<MqttMessage> messages;
        lock (_lock)
        {
            messages = _schema.Command(state, _known);
            _unheard = _schema.Unheard(state);
            if (!Reports) _known = state with { Transition = null };
        }
        foreach (var message in messages) await publish(message, cancellationToken);
    }

    /// <summary>Something was published on one of <see cref="Topics"/>.</summary>
    public void Receive(string topic, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            if (_schema is null) return;
            announcement.Availability.Receive(topic, payload);
            TellAvailability_NeedsLock();
            if (!_schema.StateTopics.Contains(topic, StringComparer.Ordinal) || _schema.Read(topic, payload) is not { } said || said == LightState.Unknown) return;
            // Of the parts that the fixture has no way to say, what was asked counts.
            _known = said.Or(_unheard).Or(_known ?? LightState.Unknown);
            // A brightness that comes before it is known whether the light is on would read as "on".
            _feedback?.Report(_known.On is null ? _known with { Brightness = null } : _known);
        }
    }

    /// <summary>The broker is there or not. What a fixture said of its availability before it went counts no longer.</summary>
    public void SetConnected(bool connected)
    {
        lock (_lock)
        {
            _connected = connected;
            if (!connected) announcement.Availability.Forget();
            TellAvailability_NeedsLock();
        }
    }

    /// <summary>The broker no longer has its announcement (<paramref name="absent"/>), or has it again.</summary>
    public void SetAbsent(bool absent)
    {
        lock (_lock)
        {
            _absent = absent;
            TellAvailability_NeedsLock();
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        lock (_lock) _feedback = null;
        return ValueTask.CompletedTask;
    }

    private void TellAvailability_NeedsLock()
    {
        var reason = announcement.Refusal
            ?? (!_connected ? "The MQTT broker is not reached."
                : _absent ? "The broker no longer has its announcement."
                : announcement.Availability.IsAvailable switch
                {
                    true => null,
                    false => "It says that it is offline.",
                    null => "It has not said yet that it is online.",
                });
        _feedback?.SetAvailable(reason is null, reason);
    }
}
