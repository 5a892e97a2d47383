using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Devices;

namespace Gateway.Host.Tests.Lights;

/// <summary>A whole gateway on a broker that is not ours.</summary>
public sealed class MqttLightsTests : IAsyncLifetime
{
    private const string Announcement = """
        {"~":"zigbee2mqtt/kitchen","name":null,"uniq_id":"0x00158d0001_light","schema":"json","cmd_t":"~/set","stat_t":"~","brightness":true,"bri_scl":254,
         "sup_clrm":["xy","color_temp"],"min_mirs":150,"max_mirs":450,"avty":[{"t":"zigbee2mqtt/bridge/state","val_tpl":"{{ value_json.state }}"}],
         "dev":{"ids":["zigbee2mqtt_0x00158d0001"],"name":"Kitchen ceiling","sa":"Kitchen","mf":"IKEA"}}
        """;

    private MqttMosquitto _broker = null!;
    private GatewayUnderTest _gateway = null!;
    private MqttPeer _device = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await MqttMosquitto.StartAsync();
        _gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = _broker.Address });
        _device = await MqttPeer.ConnectAsync(_broker.Port, "gateway/#", "zigbee2mqtt/#", "homeassistant/#");
        await _device.HearAsync("gateway/status", p => p == "online");
    }

    public async ValueTask DisposeAsync()
    {
        await _device.DisposeAsync();
        await _gateway.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_light_that_is_announced_is_commanded_and_confirms()
    {
        await AnnounceAsync();
        await _device.PublishAsync("zigbee2mqtt/kitchen", """{"state":"OFF","brightness":100}""", retain: true);
        await LightAsync("0x00158d0001_light", l => l is { Available: true, Reported.On: false });

        var reply = await _gateway.Local.PatchAsJsonAsync("/api/lights/0x00158d0001_light", new { state = "ON", brightness = 255, color_temp = 300, transition = 2 });
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        var command = JsonDocument.Parse(await _device.HearAsync("zigbee2mqtt/kitchen/set")).RootElement;
        Assert.Equal("ON", command.GetProperty("state").GetString());
        Assert.Equal(254, command.GetProperty("brightness").GetInt32());
        Assert.Equal(300, command.GetProperty("color_temp").GetInt32());
        Assert.Equal(2, command.GetProperty("transition").GetDouble());

        await _device.PublishAsync("zigbee2mqtt/kitchen", """{"state":"ON","brightness":254,"color_mode":"color_temp","color_temp":300,"color":{"x":0.4,"y":0.4}}""");
        var light = await LightAsync("0x00158d0001_light", l => l.Confirmation == Confirmation.Confirmed && l.Desired.On == true);
        Assert.Equal(("Kitchen ceiling", "Kitchen", "mqtt"), (light.Name, light.Room, light.Driver));
        Assert.Equal(300, light.Reported!.ColorTemp);
        await _device.HearAsync("gateway/lights/0x00158d0001_light", p => p.Contains("\"color_temp\":300", StringComparison.Ordinal));
        Assert.Equal("online", await _device.HearAsync("gateway/lights/0x00158d0001_light/availability", p => p == "online"));
        Assert.DoesNotContain(_device.Heard, m => m.Topic.StartsWith("homeassistant/light/gateway_0x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wall_switch_becomes_what_is_wanted()
    {
        await AnnounceAsync();
        await _device.PublishAsync("zigbee2mqtt/kitchen", """{"state":"OFF"}""", retain: true);
        await LightAsync("0x00158d0001_light", l => l.Reported?.On == false);
        await _device.PublishAsync("zigbee2mqtt/kitchen", """{"state":"ON"}""");
        await LightAsync("0x00158d0001_light", l => l.Desired.On == true && l.Confirmation == Confirmation.Confirmed);
    }

    [Fact]
    public async Task A_light_goes_with_its_announcement()
    {
        await AnnounceAsync();
        await _device.PublishAsync("homeassistant/light/0x00158d0001/light/config", "", retain: true);
        await Eventually.HoldsAsync(() => _gateway.Get<LightRegistry>().Find("0x00158d0001_light") is null);
        Assert.Equal("", await _device.HearAsync("gateway/lights/0x00158d0001_light/availability", p => p.Length == 0));
    }

    [Fact]
    public async Task A_light_says_why_it_is_not_available()
    {
        await AnnounceAsync();
        await LightAsync("0x00158d0001_light", l => l is { Available: true });
        await _device.PublishAsync("zigbee2mqtt/bridge/state", """{"state":"offline"}""", retain: true);
        Assert.Equal("It says that it is offline.", (await LightAsync("0x00158d0001_light", l => !l.Available)).Reason);
        await _broker.KillAsync();
        await LightAsync("0x00158d0001_light", l => l.Reason == "The MQTT broker is not reached.");
        await _broker.StartAgainAsync();
        await LightAsync("0x00158d0001_light", l => l.Reason == "The broker no longer has its announcement.");
    }

    [Fact]
    public async Task Own_lights_are_announced_commanded_and_shown()
    {
        var announcement = JsonDocument.Parse(await _device.HearAsync("homeassistant/light/gateway_desk/light/config")).RootElement;
        Assert.Equal("gateway/lights/desk/set", announcement.GetProperty("command_topic").GetString());
        await _device.PublishAsync("gateway/lights/desk/set", """{"state":"ON","brightness":77}""");
        await _device.HearAsync("gateway/lights/desk", p => p.Contains("\"brightness\":77", StringComparison.Ordinal));
        Assert.True(_gateway.Get<LightRegistry>().Find("desk")!.Reported!.On);

        _device.Forget();
        await _device.PublishAsync("homeassistant/status", "online");
        await _device.HearAsync("homeassistant/light/gateway_desk/light/config");
        await _gateway.Get<LightRegistry>().RemoveAsync("desk");
        Assert.Equal("", await _device.HearAsync("homeassistant/light/gateway_desk/light/config", p => p.Length == 0));
        Assert.Equal("", await _device.HearAsync("gateway/lights/desk", p => p.Length == 0));
    }

    [Fact]
    public async Task Nonsense_in_a_wish_changes_nothing()
    {
        foreach (var nonsense in new[] { "", "ON", "{", "[]", "null", """{"state":"\ud800"}""", """{"brightness":1e999}""", """{"state":"ON"} {"state":"OFF"}""", new string('[', 100_000) })
            await _device.PublishAsync("gateway/lights/desk/set", nonsense);
        await _device.PublishAsync("gateway/lights/nobody/set", """{"state":"ON"}""");
        await _device.PublishAsync("gateway/lights/desk/set", """{"brightness":5}""");
        await _device.HearAsync("gateway/lights/desk", p => p.Contains("\"brightness\":5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lights_are_there_after_a_restart_before_anybody_speaks()
    {
        await AnnounceAsync();
        await _gateway.App.StopAsync();
        await _gateway.App.DisposeAsync();
        Assert.Equal("offline", await _device.HearAsync("gateway/status", p => p == "offline"));
        await _broker.KillAsync();
        _gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = _broker.Address }, folder: _gateway.Folder);
        var light = _gateway.Get<LightRegistry>().Find("0x00158d0001_light")!;
        Assert.Equal(("Kitchen ceiling", false), (light.Name, light.Available));
        await _broker.StartAgainAsync();
        await using var lamp = await MqttPeer.ConnectAsync(_broker.Port);
        await lamp.PublishAsync("homeassistant/light/0x00158d0001/light/config", Announcement, retain: true);
        await lamp.PublishAsync("zigbee2mqtt/bridge/state", """{"state":"online"}""", retain: true);
        await LightAsync("0x00158d0001_light", l => l.Available);
    }

    private async Task AnnounceAsync()
    {
        await _device.PublishAsync("zigbee2mqtt/bridge/state", """{"state":"online"}""", retain: true);
        await _device.PublishAsync("homeassistant/light/0x00158d0001/light/config", Announcement, retain: true);
        await Eventually.HoldsAsync(() => _gateway.Get<LightRegistry>().Find("0x00158d0001_light") is not null);
    }

    private async Task<Light> LightAsync(string id, Func<Light, bool> wanted)
    {
        var registry = _gateway.Get<LightRegistry>();
        await Eventually.HoldsAsync(() => registry.Find(id) is { } l && wanted(l));
        return registry.Find(id)!;
    }
}
