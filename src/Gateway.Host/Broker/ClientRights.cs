using Gateway.Host.Core;

namespace Gateway.Host.Broker;

/// <summary>What a client may publish and subscribe to.</summary>
/// <param name="Name">The token's name; owns the session and stands in messages to the gateway's own client.</param>
/// <param name="Prefix">Below this topic the gateway itself speaks (<c>mqtt.topic</c>).</param>
/// <param name="Topics">The filter that narrows it; <c>#</c> for none.</param>
internal sealed record ClientRights(string Name, string Prefix, string Topics = "#")
{
    public const string GatewayName = "gateway";

    /// <summary>The gateway's own client, through the socket file.</summary>
    public bool IsGateway { get; init; }

    /// <summary>Fires when the rights end: the token was revoked or has expired.</summary>
    public CancellationToken Ended { get; init; }

    public bool MayPublish(string topic)
    {
        if (IsGateway) return true;
        if (topic.StartsWith('$')) return false;
        if ((topic == Prefix || IsBelow(topic, Prefix)) && !TopicFilter.Matches(Prefix + "/lights/+/set", topic)) return false;
        return TopicFilter.Matches(Topics, topic);
    }

    /// <summary>All topics of <paramref name="filter"/> must be allowed: a subscription is granted whole or not at all.</summary>
    public bool MaySubscribe(string filter) => IsGateway || Topics == "#" || TopicFilter.Covers(Topics, filter);

    private static bool IsBelow(string topic, string prefix) => topic.StartsWith(prefix, StringComparison.Ordinal) && topic.Length > prefix.Length && topic[prefix.Length] == '/';
}
