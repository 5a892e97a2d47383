using System.Net.Http.Json;
using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Lights;

/// <summary>Lights that their owner described in gateway.toml, on a broker that is not ours.</summary>
public sealed class MqttConfiguredLightsTests : IAsyncLifetime
{
    private static readonly Dictionary<string, object> Lamp = new(StringComparer.Ordinal)
    {
        ["lights.lamp.driver"] = "mqtt", ["lights.lamp.name"] = "Old lamp", ["lights.lamp.room"] = "Hall",
        ["lights.lamp.command-topic"] = "old/lamp/set", ["lights.lamp.state-topic"] = "old/lamp", ["lights.lamp.availability-topic"] = "old/lamp/there",
        ["lights.lamp.payload-on"] = "1", ["lights.lamp.payload-off"] = "0",
        ["lights.lamp.brightness-command-topic"] = "old/lamp/dim", ["lights.lamp.brightness-state-topic"] = "old/lamp/dimmed", ["lights.lamp.brightness-scale"] = 100L,
    };

    private MqttMosquitto _broker = null!;
    private MqttPeer _device = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await MqttMosquitto.StartAsync();
        _device = await MqttPeer.ConnectAsync(_broker.Port, "#");
    }

    public async ValueTask DisposeAsync()
    {
        await _device.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task It_is_commanded_and_confirms_and_is_announced_as_one_of_our_own()
    {
        await using var gateway = await StartAsync(Lamp);
        await _device.HearAsync("gateway/lights/lamp/availability", p => p == "offline");
        await _device.PublishAsync("old/lamp/there", "online");
        await LightAsync(gateway, l => l.Available);

        await gateway.Local.PatchAsJsonAsync("/api/lights/lamp", new { state = "ON", brightness = 128 });
        Assert.Equal("50", await _device.HearAsync("old/lamp/dim"));
        Assert.Equal("1", await _device.HearAsync("old/lamp/set"));
        await _device.PublishAsync("old/lamp/dimmed", "50");
        await _device.PublishAsync("old/lamp", "1");
        await LightAsync(gateway, l => l is { Confirmation: Confirmation.Confirmed, Reported.On: true });

        Assert.Contains("\"gateway/lights/lamp/set\"", await _device.HearAsync("homeassistant/light/gateway_lamp/light/config"), StringComparison.Ordinal);
        await _device.PublishAsync("gateway/lights/lamp/set", """{"state":"OFF"}""");
        Assert.Equal("0", await _device.HearAsync("old/lamp/set", p => p == "0"));
    }

    [Fact]
    public async Task It_comes_changes_and_goes_with_the_configuration_while_the_broker_is_connected()
    {
        await using var gateway = await StartAsync([]);
        await _device.HearAsync("gateway/status", p => p == "online");

        Replace(gateway, Lamp);
        await LightAsync(gateway, l => l is { Available: false, Room: "Hall" });
        // Whether it is subscribed to by now nobody is told; it hears sooner or later.
        await Eventually.HoldsAsync(async () =>
        {
            await _device.PublishAsync("old/lamp/there", "online");
            return gateway.Get<LightRegistry>().Find("lamp") is { Available: true };
        });

        Replace(gateway, new(Lamp, StringComparer.Ordinal) { ["lights.lamp.command-topic"] = "new/lamp/set", ["lights.lamp.availability-topic"] = "new/lamp/there" });
        await Eventually.HoldsAsync(async () =>
        {
            await _device.PublishAsync("new/lamp/there", "online");
            return gateway.Get<LightRegistry>().Find("lamp") is { Available: true };
        });
        await gateway.Local.PatchAsJsonAsync("/api/lights/lamp", new { state = "ON" });
        Assert.Equal("1", await _device.HearAsync("new/lamp/set"));

        Replace(gateway, []);
        await Eventually.HoldsAsync(() => gateway.Get<LightRegistry>().Find("lamp") is null);
        await _device.HearAsync("homeassistant/light/gateway_lamp/light/config", p => p.Length == 0);
    }

    [Fact]
    public async Task It_says_that_the_broker_is_away_and_is_back_with_it()
    {
        await using var gateway = await StartAsync(new(StringComparer.Ordinal) { ["lights.lamp.driver"] = "mqtt", ["lights.lamp.command-topic"] = "old/lamp/set" });
        await LightAsync(gateway, l => l.Available);

        await _broker.KillAsync();
        await LightAsync(gateway, l => l is { Available: false, Reason: "The MQTT broker is not reached." });
        await _broker.StartAgainAsync();
        await LightAsync(gateway, l => l.Available);

        await gateway.Local.PatchAsJsonAsync("/api/lights/lamp", new { state = "ON" });
        await LightAsync(gateway, l => l.Confirmation == Confirmation.Sent); // it never says anything
    }

    [Fact]
    public async Task The_json_schema_is_spoken_too()
    {
        await using var gateway = await StartAsync(new(StringComparer.Ordinal)
        {
            ["lights.lamp.driver"] = "mqtt", ["lights.lamp.schema"] = "json", ["lights.lamp.command-topic"] = "z/lamp/set", ["lights.lamp.state-topic"] = "z/lamp",
            ["lights.lamp.brightness"] = true, ["lights.lamp.supported-color-modes"] = new[] { "color_temp", "xy" },
        });
        await LightAsync(gateway, l => l.Available && l.Capabilities.ColorModes.SequenceEqual([ColorMode.ColorTemp, ColorMode.Xy]));

        await gateway.Local.PatchAsJsonAsync("/api/lights/lamp", new { state = "ON", color_temp = 300 });
        Assert.Contains("\"color_temp\":300", await _device.HearAsync("z/lamp/set"), StringComparison.Ordinal);
    }

    private Task<GatewayUnderTest> StartAsync(Dictionary<string, object> lights) =>
        GatewayUnderTest.StartAsync(settings: new(lights, StringComparer.Ordinal) { ["mqtt.broker"] = _broker.Address });

    private static void Replace(GatewayUnderTest gateway, Dictionary<string, object> lights)
    {
        var store = gateway.Get<SettingsStore>();
        var values = store.Current.Values.Where(v => !v.Key.StartsWith("lights.", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in lights) values[key] = new SettingValue(value, SettingSource.ConfigurationFile, "");
        store.Replace(new Settings(values, isDemonstration: false));
    }

    private static Task LightAsync(GatewayUnderTest gateway, Func<Light, bool> wanted) =>
        Eventually.HoldsAsync(() => gateway.Get<LightRegistry>().Find("lamp") is { } light && wanted(light));
}
