using Gateway.Devices.Mqtt;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>Lights over MQTT, both ways: docs/decisions/020.</summary>
internal static class MqttFeature
{
    public static void AddMqttLights(this IServiceCollection services)
    {
        services.AddSingleton(p => p.GetRequiredService<SettingsStore>().Current is var s ? new MqttOwnTopics(s.Text("mqtt.topic")!, s.Text("mqtt.discovery-prefix")!) : null!);
        services.AddSingleton<MqttStore>();
        services.AddSingleton<MqttListeners>();
        // The connection has the lights, and the lights speak through it.
        services.AddSingleton<PublishMqtt>(p => (message, cancel) => p.GetRequiredService<MqttClientService>().PublishAsync(message, cancel));
        services.AddSingleton(p => p.GetRequiredService<MqttOwnTopics>() is var t ? new AnnouncementReader(new MqttTopicRights(t.Root, t.Prefix)) : null!);
        services.AddSingleton<MqttConfiguredLights>();
        services.AddSingleton<MqttAnnouncedLights>();
        services.AddSingleton<MqttDiscovery>();
        services.AddHostedService(p => p.GetRequiredService<MqttDiscovery>());
        services.AddSingleton<IMqttParticipant>(p => p.GetRequiredService<MqttDiscovery>());
        services.AddSingleton<IMqttParticipant, MqttOwnLights>();
        services.AddSingleton<IMqttParticipant, MqttReachability>();
        services.AddSingleton<MqttClientService>();
        services.AddHostedService(p => p.GetRequiredService<MqttClientService>());
    }
}
