namespace Gateway.Host.Core;

/// <summary>
/// Who published a message, as the embedded broker tells it to the gateway's own client, and to nobody else. The broker adds both names
/// as MQTT 5 user properties to what it delivers over <c>DATA/mqtt.sock</c>, keeps them with retained messages, and drops
/// properties of these names from what clients send: they cannot be forged. Connect with protocol version 5 to see them.
/// A broker of the owner's own adds neither: there a discovered light may be commanded only beside its own topics.
/// </summary>
public static class MqttPublisher
{
    /// <summary>The name of the publisher's API token, <c>demonstration</c> for one without a token, <c>gateway</c> for the gateway itself.</summary>
    public const string NameProperty = "gateway-publisher";

    /// <summary>
    /// The topic filter that the publisher was narrowed to, <c>#</c> when it was not. It may itself publish on a topic when
    /// <see cref="TopicFilter.Matches"/> says so, except below <c>mqtt.topic</c>, where only <c>lights/+/set</c> is open to it, and below <c>$</c>.
    /// </summary>
    public const string TopicsProperty = "gateway-publisher-topics";
}
