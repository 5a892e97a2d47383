namespace Gateway.Devices.Mqtt;

/// <summary>One message as a light sends it.</summary>
/// <param name="Topic">A topic name without wildcards.</param>
/// <param name="Payload">What is sent; UTF-8.</param>
/// <param name="Qos">0, 1 or 2, as the fixture asks for.</param>
/// <param name="Retain">Whether the broker keeps it.</param>
public sealed record MqttMessage(string Topic, ReadOnlyMemory<byte> Payload, int Qos = 0, bool Retain = false);

/// <summary>Sends a message; returns when the broker has it (as far as the quality of service tells), throws <see cref="LightUnavailableException"/> when it cannot be reached.</summary>
public delegate ValueTask PublishMqtt(MqttMessage message, CancellationToken cancellationToken);
