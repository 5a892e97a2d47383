using Gateway.Devices.Mqtt;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>The keys below <c>[mqtt]</c> that say which broker the gateway's lights are on; <c>mqtt.listen</c> is the embedded broker's.</summary>
internal static class MqttSettings
{
    /// <summary>The value of <c>mqtt.broker</c> for the broker inside the gateway.</summary>
    public const string Embedded = "embedded";

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new("mqtt.broker", SettingKind.Text, "\"embedded\" for the gateway's own broker, or your own: mqtts://user@host:8883, or mqtt://user@host:1883 without encryption.")
        {
            Default = Embedded, Check = value => value is Embedded ? null : SettingChecks.Url("mqtts", "mqtt")(value) is { } words ? $"must be \"embedded\" or {words}" : null,
        },
        new("mqtt.password", SettingKind.Secret, "The password for your own broker.") { Check = SettingChecks.NotEmpty },
        new("mqtt.ca", SettingKind.Text, "A PEM file with the authorities that your own broker's certificate may come from, for this connection only; otherwise the system's.") { Check = SettingChecks.AbsolutePath },
        new("mqtt.topic", SettingKind.Text, "The topic below which the gateway publishes.") { Default = "gateway", Check = Root },
        new("mqtt.discovery-prefix", SettingKind.Text, "The topic below which lights are announced, Home Assistant's discovery prefix.") { Default = "homeassistant", Check = Root },
    ];

    /// <summary>The checks that look at more than one key.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        string topic = settings.Text("mqtt.topic")!, prefix = settings.Text("mqtt.discovery-prefix")!;
        if (MqttTopics.IsWithin(topic, prefix) || MqttTopics.IsWithin(prefix, topic)) yield return new("mqtt.topic", "must not lie within mqtt.discovery-prefix, nor the other way round");
        if (settings.Text("mqtt.ca") is { } ca && !File.Exists(ca)) yield return new("mqtt.ca", "names a file that is not there");
        if (settings.Text("mqtt.broker") is Embedded or null && settings.Text("mqtt.password") is not null) yield return new("mqtt.password", "is for your own broker; name that in mqtt.broker");
    }

    private static string? Root(object value) =>
        value is string { Length: <= 64 } topic && MqttTopics.Refuses(topic) is null && !topic.StartsWith('/') && !topic.EndsWith('/')
            ? null : "must be a topic such as \"gateway\": at most 64 characters, no wildcard, no slash at its ends";
}
