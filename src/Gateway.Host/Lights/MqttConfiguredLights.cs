using Gateway.Devices;
using Gateway.Devices.Mqtt;

namespace Gateway.Host.Lights;

/// <summary>The lights of <c>driver = "mqtt"</c>: described by the owner instead of announced.</summary>
internal sealed class MqttConfiguredLights(AnnouncementReader reader, MqttListeners listeners, PublishMqtt publish)
{
    /// <summary>The driver of one; it listens while the registry has it.</summary>
    public ILightDriver Build(string name, string? room, string announcement) => new Driver(new MqttLight(reader.ReadConfigured(name, room, announcement), publish), listeners);

    private sealed class Driver(MqttLight light, MqttListeners listeners) : ILightDriver
    {
        public LightCapabilities Capabilities => light.Capabilities;

        public bool Reports => light.Reports;

        public async ValueTask StartAsync(ILightFeedback feedback, CancellationToken cancellationToken)
        {
            light.SetConnected(listeners.IsConnected);
            await light.StartAsync(feedback, cancellationToken);
            listeners.Add(light);
        }

        public ValueTask ApplyAsync(LightState state, CancellationToken cancellationToken) => light.ApplyAsync(state, cancellationToken);

        public ValueTask DisposeAsync()
        {
            listeners.Remove(light);
            return light.DisposeAsync();
        }
    }
}
