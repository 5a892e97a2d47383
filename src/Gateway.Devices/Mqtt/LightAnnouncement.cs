namespace Gateway.Devices.Mqtt;

/// <summary>A light as somebody announced it: who it is, and how it is spoken to or why it is not.</summary>
public sealed record LightAnnouncement
{
    /// <summary>The component's key in a device announcement; "" when the announcement is of one light.</summary>
    public required string Component { get; init; }

    /// <summary>What the announcer calls it for life; null when it does not say.</summary>
    public string? UniqueId { get; init; }

    /// <summary>The name people see.</summary>
    public required string Name { get; init; }

    /// <summary>The area that the announcer suggests.</summary>
    public string? Room { get; init; }

    /// <summary>Why this gateway does not speak to it, in words; null when it does.</summary>
    public string? Refusal { get; init; }

    /// <summary>How it is spoken to; null when it is refused.</summary>
    public MqttLightSchema? Schema { get; init; }

    /// <summary>How it says that it is there.</summary>
    public MqttAvailability Availability { get; init; } = MqttAvailability.Always;

    /// <summary>The topics to listen to.</summary>
    public IEnumerable<string> Topics => Schema is null ? [] : Schema.StateTopics.Concat(Availability.Topics).Distinct(StringComparer.Ordinal);
}
