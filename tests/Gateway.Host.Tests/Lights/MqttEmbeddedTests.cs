using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net;
using Gateway.Devices;

namespace Gateway.Host.Tests.Lights;

/// <summary>The gateway's lights on the gateway's own broker.</summary>
public sealed class MqttEmbeddedTests
{
    [Fact]
    public async Task A_light_on_the_embedded_broker_is_commanded_and_rights_hold()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.listen"] = $"127.0.0.1:{port}" });
        await using var device = await MqttPeer.ConnectAsync(port, "gateway/#", "lamp/#");
        await device.HearAsync("gateway/status", p => p == "online");
        await device.PublishAsync("homeassistant/light/lamp/config", """{"uniq_id":"lamp","cmd_t":"lamp/set","stat_t":"lamp/state"}""", retain: true);
        await device.PublishAsync("homeassistant/light/evil/config", """{"uniq_id":"evil","cmd_t":"gateway/lights/desk/set"}""", retain: true);
        var registry = gateway.Get<LightRegistry>();
        await Eventually.HoldsAsync(() => registry.Find("lamp") is { Available: true } && registry.Find("evil") is { Available: false });
        await gateway.Local.PatchAsJsonAsync("/api/lights/lamp", new { state = "ON" });
        Assert.Equal("ON", await device.HearAsync("lamp/set"));
        await device.PublishAsync("lamp/state", "ON");
        await Eventually.HoldsAsync(() => registry.Find("lamp")!.Confirmation == Confirmation.Confirmed);
        Assert.Equal("""{"state":"ON","color_mode":"onoff"}""", await device.HearAsync("gateway/lights/lamp"));
    }
}
