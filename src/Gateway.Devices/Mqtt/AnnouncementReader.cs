using System.Text.Json;

namespace Gateway.Devices.Mqtt;

/// <summary>
/// Reads discovery messages (https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery): one light, or a device with components.
/// Total: whatever the bytes, the answer is lights, lights that are refused in words, or an <see cref="AnnouncementException"/>.
/// </summary>
public sealed class AnnouncementReader(MqttTopicRights rights)
{
    /// <summary>Larger announcements are refused, in bytes. A device with a hundred components stays below.</summary>
    public const int MaxBytes = 128 * 1024;

    private const int MaxLightsOfDevice = 64;

    /// <summary>The lights that a message at <paramref name="topic"/> announces; null when it hands over to another form of announcement (<c>migrate_discovery</c>).</summary>
    /// <param name="topic">Where it was announced.</param>
    /// <param name="payload">What was announced.</param>
    /// <param name="mayPublish">Whether the announcer may itself publish on a topic; null when the broker does not tell.</param>
    public IReadOnlyList<LightAnnouncement>? Read(DiscoveryTopic topic, ReadOnlyMemory<byte> payload, Func<string, bool>? mayPublish = null)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (payload.Length > MaxBytes) throw new AnnouncementException($"The announcement is larger than {MaxBytes} bytes.");
        try
        {
            using var json = JsonDocument.Parse(payload);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new AnnouncementException("The announcement is not a JSON object.");
            var values = DiscoveryConfig.Expand(json.RootElement, DiscoveryKeys.OfLight);
            if (values.ContainsKey("migrate_discovery")) return null;
            if (topic.IsDevice) return ReadDevice(topic, values, mayPublish);
            return [ReadLight(topic, "", values, mayPublish)];
        }
        catch (JsonException) { throw new AnnouncementException("The announcement is not JSON."); }
        // What JsonElement throws for an escape that is half a character.
        catch (InvalidOperationException) { throw new AnnouncementException("The announcement has text that is not Unicode."); }
    }

    /// <summary>A light that its owner described under the same keys. What is wrong with it stands in <see cref="LightAnnouncement.Refusal"/>.</summary>
    /// <param name="name">The name people see.</param>
    /// <param name="room">The room it is in.</param>
    /// <param name="json">An object with the long keys.</param>
    public LightAnnouncement ReadConfigured(string name, string? room, string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return ReadSchema(new LightAnnouncement { Component = "", Name = name, Room = room }, new DiscoveryConfig(DiscoveryConfig.Expand(parsed.RootElement, key => key), null), rights.CheckConfigured);
    }

    private List<LightAnnouncement> ReadDevice(DiscoveryTopic topic, Dictionary<string, JsonElement> values, Func<string, bool>? mayPublish)
    {
        if (!values.Remove("components", out var components) || components.ValueKind != JsonValueKind.Object) throw new AnnouncementException("The device announcement has no components.");
        var lights = new List<LightAnnouncement>();
        foreach (var component in components.EnumerateObject())
        {
            if (component.Value.ValueKind != JsonValueKind.Object) continue;
            var own = DiscoveryConfig.Expand(component.Value, DiscoveryKeys.OfLight);
            // A component that is nothing but its platform is one that was taken away.
            if (own.Count <= 1 || !own.TryGetValue("platform", out var platform) || platform.ValueKind != JsonValueKind.String || platform.GetString() != "light") continue;
            if (lights.Count == MaxLightsOfDevice) throw new AnnouncementException($"The device announces more than {MaxLightsOfDevice} lights.");
            // What the device says for all holds unless the component says it itself.
            foreach (var (key, value) in values) own.TryAdd(key, value);
            lights.Add(ReadLight(topic, component.Name, own, mayPublish));
        }
        return lights;
    }

    private LightAnnouncement ReadLight(DiscoveryTopic topic, string component, Dictionary<string, JsonElement> values, Func<string, bool>? mayPublish)
    {
        var baseTopic = values.TryGetValue("~", out var b) && b.ValueKind == JsonValueKind.String ? b.GetString() : null;
        var config = new DiscoveryConfig(values, baseTopic);
        return ReadSchema(Identify(topic, component, config), config, (schema, availability) => rights.Check(topic, schema, availability, mayPublish));
    }

    private static LightAnnouncement ReadSchema(LightAnnouncement light, DiscoveryConfig config, Action<MqttLightSchema, MqttAvailability> check)
    {
        try
        {
            MqttLightSchema schema = config.Text("schema", "default") switch
            {
                "default" or "basic" => new DefaultSchema(config),
                "json" => new JsonSchema(config),
                var other => throw new AnnouncementException($"Its schema is \"{Short(other)}\"; this gateway knows default and json."),
            };
            var availability = MqttAvailability.Read(config);
            check(schema, availability);
            return light with { Schema = schema, Availability = availability };
        }
        catch (AnnouncementException e) { return light with { Refusal = e.Message }; }
    }

    private static LightAnnouncement Identify(DiscoveryTopic topic, string component, DiscoveryConfig config)
    {
        var device = config.Device;
        var (name, deviceName) = (Clean(config.Text("name")), Clean(device.Text("name")));
        return new LightAnnouncement
        {
            Component = component,
            UniqueId = config.Text("unique_id"),
            Room = Clean(device.Text("suggested_area")),
            // A device with several lights calls them "Desk lamp" and "Ring"; one light is its device.
            Name = (name, deviceName) switch
            {
                (null, null) => topic.Place,
                (null, _) => deviceName,
                (_, null) => name,
                _ => name.StartsWith(deviceName, StringComparison.OrdinalIgnoreCase) ? name : $"{deviceName} {name}",
            },
        };
    }

    private static string? Clean(string? name)
    {
        if (name is null) return null;
        var clean = Short(string.Concat(name.Where(c => !char.IsControl(c) && !TurnsDirection(c))).Trim());
        return clean.Length == 0 ? null : clean;
    }

    /// <summary>The controls of Unicode Annex 9: one of them in a name turns round whatever is printed after it.</summary>
    private static bool TurnsDirection(char c) => c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';

    private static string Short(string text) => text.Length <= 100 ? text : text[..(char.IsHighSurrogate(text[99]) ? 99 : 100)];
}
