using System.Security.Cryptography;
using System.Text;

namespace Gateway.Devices.Mqtt;

/// <summary>Where a light or a device is announced: <c>PREFIX/light/[NODE/]OBJECT/config</c> or <c>PREFIX/device/[NODE/]OBJECT/config</c>.</summary>
/// <param name="Topic">The whole topic.</param>
/// <param name="IsDevice">Whether a device is announced there, with components.</param>
/// <param name="Place">What is between: <c>NODE/OBJECT</c> or <c>OBJECT</c>.</param>
public sealed record DiscoveryTopic(string Topic, bool IsDevice, string Place)
{
    private const int MaxIdLength = 64;

    /// <summary>The filters under which announcements arrive.</summary>
    public static IReadOnlyList<string> Filters(string prefix) =>
        [$"{prefix}/light/+/config", $"{prefix}/light/+/+/config", $"{prefix}/device/+/config", $"{prefix}/device/+/+/config"];

    /// <summary>Null when nothing is announced at this topic.</summary>
    public static DiscoveryTopic? Parse(string prefix, string topic)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(topic);
        if (topic.Length <= prefix.Length || !MqttTopics.IsWithin(topic, prefix) || MqttTopics.Refuses(topic) is not null) return null;
        return topic[(prefix.Length + 1)..].Split('/') switch
        {
            [("light" or "device") and var kind, var place, "config"] when place.Length > 0 => new(topic, kind == "device", place),
            [("light" or "device") and var kind, var node, var place, "config"] when node.Length > 0 && place.Length > 0 => new(topic, kind == "device", $"{node}/{place}"),
            _ => null,
        };
    }

    /// <summary>The id that a light announced here should have: a slug of its unique id, else of this topic.</summary>
    public string IdOf(LightAnnouncement light)
    {
        ArgumentNullException.ThrowIfNull(light);
        if (light.UniqueId is not null && Slug(light.UniqueId) is { Length: > 0 } slug) return slug;
        return Slug(light.Component.Length == 0 ? Place : $"{Place} {light.Component}") is { Length: > 0 } place ? place : "light_" + Hash(light.Component);
    }

    /// <summary>The id when that one is taken: it gets 6 hex digits of the topic's hash.</summary>
    public string OtherIdOf(LightAnnouncement light) => $"{IdOf(light)}_{Hash(light.Component)}";

    private string Hash(string component) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(component.Length == 0 ? Topic : $"{Topic} {component}")))[..6];

    /// <summary>Lower-case letters, digits and single underscores.</summary>
    private static string Slug(string text)
    {
        var slug = new StringBuilder();
        foreach (var c in text)
        {
            if (slug.Length == MaxIdLength) break;
            if (char.IsAsciiLetterOrDigit(c)) slug.Append(char.ToLowerInvariant(c));
            else if (slug.Length > 0 && slug[^1] != '_') slug.Append('_');
        }
        return slug.ToString().TrimEnd('_');
    }
}
