namespace Gateway.Devices.Mqtt;

/// <summary>
/// On which topics a discovered light is commanded and heard: a device must not make the gateway publish where it may not publish itself.
/// </summary>
/// <param name="gatewayTopic">The root of the gateway's own topics; never a discovered light's.</param>
/// <param name="discoveryPrefix">The root of announcements; a light may use it only beside its own announcement.</param>
public sealed class MqttTopicRights(string gatewayTopic, string discoveryPrefix)
{
    /// <summary>Throws <see cref="AnnouncementException"/> when one of the light's topics is not its own.</summary>
    /// <param name="announced">Where it was announced.</param>
    /// <param name="schema">How it is spoken to.</param>
    /// <param name="availability">How it says that it is there.</param>
    /// <param name="mayPublish">Whether the announcer may itself publish on a topic: the embedded broker knows; null when the broker does not tell.</param>
    internal void Check(DiscoveryTopic announced, MqttLightSchema schema, MqttAvailability availability, Func<string, bool>? mayPublish)
    {
        var heard = schema.StateTopics.Concat(availability.Topics).ToArray();
        foreach (var topic in heard)
        {
            if (MqttTopics.IsWithin(topic, gatewayTopic)) throw new AnnouncementException($"It wants to be heard on \"{topic}\", which is the gateway's own.");
        }
        foreach (var topic in schema.CommandTopics)
        {
            if (Refuses(announced, topic, heard, mayPublish) is { } reason) throw new AnnouncementException($"It wants to be commanded on \"{topic}\", {reason}.");
        }
    }

    /// <summary>The same for a light that the owner himself described: he may name any topic but the gateway's own and those for announcements.</summary>
    internal void CheckConfigured(MqttLightSchema schema, MqttAvailability availability)
    {
        foreach (var topic in schema.StateTopics.Concat(availability.Topics).Concat(schema.CommandTopics))
        {
            if (MqttTopics.IsWithin(topic, gatewayTopic)) throw new AnnouncementException($"Its topic \"{topic}\" is the gateway's own.");
            if (MqttTopics.IsWithin(topic, discoveryPrefix)) throw new AnnouncementException($"Its topic \"{topic}\" is for announcements.");
        }
    }

    private string? Refuses(DiscoveryTopic announced, string command, string[] heard, Func<string, bool>? mayPublish)
    {
        if (MqttTopics.IsWithin(command, gatewayTopic)) return "which is the gateway's own";
        if (MqttTopics.IsBridgeControl(command)) return "by which a bridge itself is commanded";
        if (MqttTopics.IsWithin(command, discoveryPrefix))
            return !command.EndsWith("/config", StringComparison.Ordinal) && MqttTopics.IsWithin(command, announced.Topic[..announced.Topic.LastIndexOf('/')]) ? null : "which is for announcements";
        if (mayPublish?.Invoke(command) == true) return null;
        var own = heard.Where(t => !MqttTopics.IsBridgeControl(t) && mayPublish?.Invoke(t) != false).ToArray();
        if (own.Length == 0 && mayPublish is not null) return "on which its announcer may not publish";
        // Where it says nothing of itself there is nothing to compare with; a liar would have said what fits.
        return own.Length == 0 || own.Any(t => MqttTopics.AreBeside(command, t)) ? null : $"which does not lie beside its own topics such as \"{own[0]}\"";
    }
}
