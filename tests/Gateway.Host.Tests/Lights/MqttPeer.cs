using System.Collections.Concurrent;
using MQTTnet;
using MQTTnet.Protocol;

namespace Gateway.Host.Tests.Lights;

/// <summary>Another client of the broker: a device, Home Assistant or a person with a terminal. Remembers everything that it hears.</summary>
public sealed class MqttPeer : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly ConcurrentQueue<(string Topic, string Payload, bool Retained)> _heard = new();

    public static async Task<MqttPeer> ConnectAsync(int port, params string[] filters)
    {
        var peer = new MqttPeer();
        peer._client.ApplicationMessageReceivedAsync += e =>
        {
            peer._heard.Enqueue((e.ApplicationMessage.Topic, e.ApplicationMessage.ConvertPayloadToString() ?? "", e.ApplicationMessage.Retain));
            return Task.CompletedTask;
        };
        await peer._client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).Build());
        foreach (var filter in filters) await peer._client.SubscribeAsync(filter);
        return peer;
    }

    public IReadOnlyList<(string Topic, string Payload, bool Retained)> Heard => [.. _heard];

    public Task PublishAsync(string topic, string payload, bool retain = false) =>
        _client.PublishStringAsync(topic, payload, MqttQualityOfServiceLevel.AtLeastOnce, retain);

    /// <summary>Waits for a message on a topic, also one that came before.</summary>
    public async Task<string> HearAsync(string topic, Func<string, bool>? wanted = null)
    {
        await Eventually.HoldsAsync(() => _heard.Any(m => m.Topic == topic && (wanted is null || wanted(m.Payload))));
        return _heard.Last(m => m.Topic == topic && (wanted is null || wanted(m.Payload))).Payload;
    }

    public void Forget() => _heard.Clear();

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected) await _client.DisconnectAsync();
        _client.Dispose();
    }
}
