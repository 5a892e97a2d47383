using Gateway.Devices;

namespace Gateway.Host.Tests.Lights;

/// <summary>A house with more lights than anybody has, and a broker that comes and goes.</summary>
public sealed class MqttManyLightsTests
{
    private const int Many = 10_000;

    private static string Announcement(int i) => $$$"""
        {"~":"zigbee2mqtt/lamp{{{i}}}","name":null,"uniq_id":"lamp_{{{i}}}","schema":"json","cmd_t":"~/set","stat_t":"~","brightness":true,"bri_scl":254,"sup_clrm":["xy","color_temp"],"min_mirs":153,"max_mirs":500,
         "effect":true,"fx_list":["blink","breathe","okay","finish_effect","stop_effect","colorloop"],
         "avty":[{"t":"zigbee2mqtt/bridge/state","val_tpl":"{{ value_json.state }}"}],"dev":{"ids":["zigbee2mqtt_{{{i}}}"],"name":"Lamp {{{i}}}","sa":"Room {{{i % 40}}}","mf":"Example","mdl":"A lamp like many others"},
         "o":{"name":"Zigbee2MQTT","sw":"2.6.0","url":"https://www.zigbee2mqtt.io"}}
        """;

    [Fact]
    public async Task Ten_thousand_lights_are_taken_up_and_heard()
    {
        await using var broker = await MqttMosquitto.StartAsync("allow_anonymous true\nmax_queued_messages 0");
        await using var device = await MqttPeer.ConnectAsync(broker.Port);
        await device.PublishAsync("zigbee2mqtt/bridge/state", """{"state":"online"}""", retain: true);
        await Parallel.ForEachAsync(Enumerable.Range(0, Many), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            await device.PublishAsync($"zigbee2mqtt/lamp{i}", """{"state":"ON","brightness":100}""", retain: true);
            await device.PublishAsync($"homeassistant/light/lamp{i}/config", Announcement(i), retain: true);
        });
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var start = TimeProvider.System.GetTimestamp();
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = broker.Address });
        var registry = gateway.Get<LightRegistry>();
        await Eventually.HoldsAsync(() => registry.Lights.Count(l => l is { Driver: "mqtt", Available: true, Reported.On: true }) == Many);
        TestContext.Current.TestOutputHelper!.WriteLine($"{Many} lights heard after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s, {(GC.GetTotalMemory(forceFullCollection: true) - memory) / 1e6:F1} MB");
    }

    [Fact]
    public async Task Ten_thousand_lights_on_the_embedded_broker()
    {
        var port = MqttMosquitto.FreePort();
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.listen"] = $"127.0.0.1:{port}" });
        await using var device = await MqttPeer.ConnectAsync(port);
        var start = TimeProvider.System.GetTimestamp();
        await device.PublishAsync("zigbee2mqtt/bridge/state", """{"state":"online"}""", retain: true);
        await Parallel.ForEachAsync(Enumerable.Range(0, Many), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            await device.PublishAsync($"zigbee2mqtt/lamp{i}", """{"state":"ON","brightness":100}""", retain: true);
            await device.PublishAsync($"homeassistant/light/lamp{i}/config", Announcement(i), retain: true);
        });
        var registry = gateway.Get<LightRegistry>();
        await Eventually.HoldsAsync(() => registry.Lights.Count(l => l is { Driver: "mqtt", Available: true, Reported.On: true }) == Many);
        TestContext.Current.TestOutputHelper!.WriteLine($"{Many} lights announced and heard after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:F1} s");
    }

    [Fact]
    public async Task A_queue_that_overruns_is_no_proof_that_lights_are_gone()
    {
        // Of 3,000 announcements at once mosquitto may drop what its client does not take at once.
        await using var broker = await MqttMosquitto.StartAsync("allow_anonymous true\nmax_queued_messages 300");
        await using var device = await MqttPeer.ConnectAsync(broker.Port);
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = broker.Address });
        var registry = gateway.Get<LightRegistry>();
        for (var i = 0; i < 3000; i++)
        {
            await device.PublishAsync($"homeassistant/light/lamp{i}/config", Announcement(i), retain: true);
            // The first gateway hears them all, however busy this machine is: never more are on their way than the queue holds.
            if (i % 200 == 199) await Eventually.HoldsAsync(() => registry.Lights.Count(l => l.Driver == "mqtt") > i);
        }
        await device.PublishAsync("zigbee2mqtt/bridge/state", """{"state":"online"}""", retain: true);
        await Eventually.HoldsAsync(() => registry.Lights.Count(l => l is { Driver: "mqtt", Available: true }) == 3000);
        // The next gateway on the same folder has all of them from its disk and hears, perhaps, some.
        await gateway.App.StopAsync();
        await using var again = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["mqtt.broker"] = broker.Address }, folder: CopyOf(gateway.Folder));
        await Eventually.HoldsAsync(() => again.Get<LightRegistry>().Lights.Count(l => l is { Driver: "mqtt", Available: true }) == 3000);
    }

    private static string CopyOf(string folder)
    {
        var copy = Directory.CreateTempSubdirectory("gw-").FullName;
        foreach (var file in Directory.GetFiles(folder, "gateway.db*")) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }
}
