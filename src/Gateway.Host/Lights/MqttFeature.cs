using Gateway.Devices;
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
        services.AddSingleton(p => new MqttAnnouncedLights(
            p.GetRequiredService<LightRegistry>(), p.GetRequiredService<MqttStore>(), p.GetRequiredService<MqttListeners>(), p.GetRequiredService<MqttOwnTopics>(),
            // The connection has the lights, and the lights speak through it.
            (message, cancel) => p.GetRequiredService<MqttClientService>().PublishAsync(message, cancel),
            p.GetRequiredService<ILogger<MqttAnnouncedLights>>()));
        services.AddSingleton<MqttDiscovery>();
        services.AddHostedService(p => p.GetRequiredService<MqttDiscovery>());
        services.AddSingleton<IMqttParticipant>(p => p.GetRequiredService<MqttDiscovery>());
        services.AddSingleton<IMqttParticipant, MqttOwnLights>();
        services.AddSingleton<MqttClientService>();
        services.AddHostedService(p => p.GetRequiredService<MqttClientService>());
    }
}
