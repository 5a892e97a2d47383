using System.Text.Json;
using System.Threading.Channels;
using Gateway.Devices;
using Gateway.Devices.Mqtt;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>Shows every light below <c>gateway/lights/</c>, takes wishes there, and announces those of our own to Home Assistant.</summary>
internal sealed class MqttOwnLights : IMqttParticipant
{
    private const string Caller = "mqtt";

    private readonly LightRegistry _registry;
    private readonly MqttAnnouncedLights _announced;
    private readonly MqttOwnTopics _topics;
    private readonly AuditLog _audit;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _complaints = new(StringComparer.Ordinal);
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, Shown> _shown = new(StringComparer.Ordinal);
    private bool _tidied;
    private volatile bool _reannounce;

    public MqttOwnLights(LightRegistry registry, MqttAnnouncedLights announced, MqttOwnTopics topics, AuditLog audit, ILogger<MqttOwnLights> logger)
    {
        (_registry, _announced, _topics, _audit, _logger) = (registry, announced, topics, audit, logger);
        registry.Subscribe(change => Changed(change.Id));
    }

    public void Arrived(in MqttArrival message)
    {
        if (_topics.LightAt(message.Topic) is var (id, end))
        {
            // A wish that the broker kept is an old one: whoever retained it did not mean "at each reconnect".
            if (end == "/set" && !message.Retained && !message.Payload.IsEmpty) Command(id, message.Payload.Span);
            else if (end != "/set" && message.Retained && !message.Payload.IsEmpty && _registry.Find(id) is null) Changed(id);
        }
        else if (_topics.AnnouncedAt(message.Topic) is { } announced && !message.Payload.IsEmpty && !IsOwn(announced))
        {
            lock (_lock) _shown[announced] = (_shown.GetValueOrDefault(announced) ?? new Shown()) with { Announcement = "" };
            Changed(announced);
        }
        else if (message.Topic == _topics.Birth && message.Payload.Span.SequenceEqual("online"u8))
        {
            _reannounce = true;
            foreach (var light in _registry.Lights) Changed(light.Id);
        }
    }

    public async Task RunAsync(MqttSession session, CancellationToken cancellationToken)
    {
        lock (_lock) _shown.Clear();
        foreach (var light in _registry.Lights) Changed(light.Id);
        await session.PublishAsync(Retained(_topics.Status, "online"u8.ToArray()), cancellationToken);
        await session.SubscribeAsync([_topics.SetFilter, _topics.Birth], cancellationToken);
        if (!_tidied)
        {
            await session.SubscribeAsync(_topics.RetainedFilters, cancellationToken);
            _tidied = await session.SyncAsync(cancellationToken);
            await session.UnsubscribeAsync(_topics.RetainedFilters, cancellationToken);
        }
        while (true)
        {
            foreach (var id in TakeChanged()) await ShowAsync(session, id, cancellationToken);
            await _signal.Reader.ReadAsync(cancellationToken);
        }
    }

    public void Disconnected() { }

    /// <summary>What a light is, as far as anybody knows: what it said, or what was sent to one that never says anything. Null while nobody knows.</summary>
    private static LightState? StateOf(Light light) =>
        (light.Reported ?? (light.Confirmation == Confirmation.Sent ? light.Desired : null)) is { On: not null } state ? state : null;

    private bool IsOwn(string id) => _registry.Find(id) is not null && !_announced.Contains(id);

    private async Task ShowAsync(MqttSession session, string id, CancellationToken cancellationToken)
    {
        Shown? before;
        lock (_lock) before = _shown.GetValueOrDefault(id);
        before ??= new Shown();
        if (_registry.Find(id) is not { } light)
        {
            lock (_lock) _shown.Remove(id);
            foreach (var topic in (string[])[_topics.Announcement(id), _topics.State(id), _topics.Availability(id)]) await session.PublishAsync(Retained(topic, []), cancellationToken);
            return;
        }
        var state = StateOf(light);
        // Each message is told from the one before by what it is made of, not by its bytes.
        object? announcement = _announced.Contains(id) ? null : (light.Name, light.Room, light.Capabilities);
        lock (_lock) _shown[id] = new Shown(announcement, light.Available, state);
        if (announcement is null && before.Announcement is not null) await session.PublishAsync(Retained(_topics.Announcement(id), []), cancellationToken);
        else if (announcement is not null && !announcement.Equals(before.Announcement)) await session.PublishAsync(Retained(_topics.Announcement(id), MqttOwnAnnouncement.Of(light, _topics)), cancellationToken);
        if (light.Available != before.Available) await session.PublishAsync(Retained(_topics.Availability(id), light.Available ? "online"u8.ToArray() : "offline"u8.ToArray()), cancellationToken);
        if (state is not null && state != before.State) await session.PublishAsync(Retained(_topics.State(id), JsonSerializer.SerializeToUtf8Bytes(state, LightsJson.Default.LightState)), cancellationToken);
    }

    private void Command(string id, ReadOnlySpan<byte> payload)
    {
        try
        {
            var wish = Wish(payload);
            if (_registry.Find(id) is not { } light) return;
            if (wish.Contradiction() is { } nonsense) Complain(id, nonsense.Reason);
            else if (light.Capabilities.Share(wish) is not { } share) Complain(id, light.Capabilities.Refuses(wish)?.Reason ?? "This light can do nothing of it.");
            else if (_registry.Command(id, share, Caller) is not null) _audit.Everyday(Caller, null, "light.commanded", id);
        }
        catch (LightStateException e) { Complain(id, e.Words); }
        catch (JsonException) { Complain(id, "It is not JSON."); }
        catch (InvalidOperationException) { Complain(id, "It has text that is not Unicode."); }
    }

    private static LightState Wish(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        using var json = JsonDocument.ParseValue(ref reader);
        if (reader.BytesConsumed < payload.Length && !payload[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).IsEmpty) throw new JsonException();
        return LightStateJsonConverter.FromJson(json.RootElement);
    }

    /// <summary>Says it once for each light: a program that sends nonsense sends it again.</summary>
    private void Complain(string id, string words)
    {
        if (_registry.Find(id) is null) return;
        lock (_lock) if (!_complaints.Add(id)) return;
        _logger.LogWarning("A wish for light {Light} over MQTT is ignored: {Problem}", id, words);
    }

    private void Changed(string id)
    {
        lock (_lock) _changed.Add(id);
        _signal.Writer.TryWrite(true);
    }

    private string[] TakeChanged()
    {
        lock (_lock)
        {
            if (_reannounce)
            {
                _reannounce = false;
                foreach (var (id, shown) in _shown.ToArray()) if (shown.Announcement is not null) _shown[id] = shown with { Announcement = "" };
            }
            string[] changed = [.. _changed];
            _changed.Clear();
            return changed;
        }
    }

    private static MqttMessage Retained(string topic, byte[] payload) => new(topic, payload, Retain: true);

    /// <summary>What the broker was told last. An announcement of which only the fact is known is an empty text.</summary>
    private sealed record Shown(object? Announcement = null, bool? Available = null, LightState? State = null);
}
