namespace Gateway.Host.Lights;

/// <summary>The gateway's own topics: <c>gateway/status</c>, <c>gateway/lights/ID</c>, <c>.../set</c>, <c>.../availability</c>, and where its lights are announced.</summary>
/// <param name="Root"><c>mqtt.topic</c>.</param>
/// <param name="Prefix"><c>mqtt.discovery-prefix</c>.</param>
internal sealed record MqttOwnTopics(string Root, string Prefix)
{
    private readonly string _lights = Root + "/lights/";
    // A node id has letters, digits, _ and - only.
    private readonly string _announced = $"{Prefix}/light/{Root.Replace('/', '_')}_";
    private const string AnnouncedEnd = "/light/config";

    public string Status => Root + "/status";

    public string Reachability => Root + "/reachability";

    /// <summary>Where the gateway writes to itself: what it reads there came after all that the broker had to tell before.</summary>
    public string Sync => Root + "/sync";

    /// <summary>Home Assistant says "online" here when it has started.</summary>
    public string Birth => Prefix + "/status";

    public string SetFilter => _lights + "+/set";

    /// <summary>Everything that we may have left retained in an earlier run.</summary>
    public string[] RetainedFilters => [_lights + "+", _lights + "+/availability"];

    public string State(string id) => _lights + id;

    public string Availability(string id) => $"{_lights}{id}/availability";

    public string Set(string id) => $"{_lights}{id}/set";

    public string Announcement(string id) => _announced + id + AnnouncedEnd;

    /// <summary>The light that is announced at this topic; null when the topic is not one of ours.</summary>
    public string? AnnouncedAt(string topic) =>
        topic.StartsWith(_announced, StringComparison.Ordinal) && topic.EndsWith(AnnouncedEnd, StringComparison.Ordinal) && topic.Length > _announced.Length + AnnouncedEnd.Length
            ? topic[_announced.Length..^AnnouncedEnd.Length] : null;

    /// <summary>The light and what follows its id ("", "/set", "/availability"); null when the topic is not a light's.</summary>
    public (string Id, string End)? LightAt(string topic)
    {
        if (!topic.StartsWith(_lights, StringComparison.Ordinal)) return null;
        var slash = topic.IndexOf('/', _lights.Length);
        return slash < 0 ? (topic[_lights.Length..], "") : (topic[_lights.Length..slash], topic[slash..]);
    }
}
