using System.Text.Json;
using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>Tells every change of a light to the <see cref="EventHub"/>.</summary>
internal sealed class LightEvents(LightRegistry registry, EventHub events) : IHostedService
{
    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = registry.Subscribe(change => events.Publish("light", () => change.After is { } light
            ? JsonSerializer.SerializeToUtf8Bytes(LightView.Of(light), LightsJson.Default.LightView)
            : JsonSerializer.SerializeToUtf8Bytes(new RemovedLightView(change.Id, true), LightsJson.Default.RemovedLightView)));
        events.AddSnapshot("lights", () => JsonSerializer.SerializeToUtf8Bytes(LightView.Of(registry.Lights), LightsJson.Default.LightViewArray));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }
}
