using System.Text;
using Gateway.Devices.Mqtt;

namespace Gateway.Devices.Tests.Mqtt;

/// <summary>Announcements as programs in people's homes make them, and how to read them.</summary>
internal static class Announcements
{
    /// <summary>Zigbee2MQTT: one JSON topic each way, colour and temperature, availability of the bridge and of the lamp.</summary>
    public const string Zigbee2Mqtt = """
        {"availability":[{"topic":"zigbee2mqtt/bridge/state","value_template":"{{ value_json.state }}"},{"topic":"zigbee2mqtt/Hall lamp/availability","value_template":"{{ value_json.state }}"}],
         "availability_mode":"all","brightness":true,"brightness_scale":254,"command_topic":"zigbee2mqtt/Hall lamp/set",
         "device":{"identifiers":["zigbee2mqtt_0x001788010bcd1234"],"manufacturer":"Philips","model":"Hue white and color ambiance (9290022166)","name":"Hall lamp","suggested_area":"Hall","via_device":"zigbee2mqtt_bridge_0x00124b001cd4bbf0"},
         "effect":true,"effect_list":["blink","breathe","okay","finish_effect","stop_effect","colorloop"],"max_mireds":500,"min_mireds":153,"name":null,"object_id":"hall_lamp",
         "origin":{"name":"Zigbee2MQTT","sw":"2.6.0","url":"https://www.zigbee2mqtt.io"},"schema":"json","state_topic":"zigbee2mqtt/Hall lamp",
         "supported_color_modes":["xy","color_temp"],"unique_id":"0x001788010bcd1234_light_zigbee2mqtt"}
        """;

    /// <summary>Tasmota: a topic for each part, short keys and "~", the state inside one JSON message.</summary>
    public const string Tasmota = """
        {"name":"Shelf","stat_t":"~tele/STATE","avty_t":"~tele/LWT","pl_avail":"Online","pl_not_avail":"Offline","cmd_t":"~cmnd/POWER","val_tpl":"{{value_json.POWER}}","pl_off":"OFF","pl_on":"ON",
         "uniq_id":"2C3AE8_LI_1","dev":{"ids":["2C3AE8"],"name":"Shelf","mdl":"Sonoff B1","sw":"14.2.0(tasmota)","mf":"Tasmota"},"~":"shelf/",
         "bri_cmd_t":"~cmnd/Dimmer","bri_stat_t":"~tele/STATE","bri_scl":100,"on_cmd_type":"brightness","bri_val_tpl":"{{value_json.Dimmer}}",
         "clr_temp_cmd_t":"~cmnd/CT","clr_temp_stat_t":"~tele/STATE","clr_temp_val_tpl":"{{value_json.CT}}",
         "hs_cmd_t":"~cmnd/HsbColor2","hs_stat_t":"~tele/HSB","fx_cmd_t":"~cmnd/Scheme","fx_stat_t":"~tele/STATE","fx_val_tpl":"{{value_json.Scheme}}","fx_list":[0,1,2,3,4]}
        """;

    /// <summary>ESPHome: JSON schema, five channels, an effect called None.</summary>
    public const string EspHome = """
        {"schema":"json","sup_clrm":["color_temp","rgbww"],"brightness":true,"effect":true,"fx_list":["Rainbow","Flicker","None"],"min_mirs":153,"max_mirs":400,
         "name":"Strip","stat_t":"desk/light/strip/state","cmd_t":"desk/light/strip/command","avty_t":"desk/status","uniq_id":"ESPlightstrip","dev":{"ids":"a4cf12d0e5f6","name":"Desk","sw":"esphome v2026.10.0","mdl":"nodemcuv2","mf":"Espressif","sa":"Study"}}
        """;

    /// <summary>Z-Wave JS UI: a dimmer, values in JSON, brightness instead of an "on".</summary>
    public const string ZwaveJsUi = """
        {"name":"Dimmer","state_topic":"zwave/Attic/38/0/currentValue","command_topic":"zwave/Attic/38/0/targetValue/set","brightness_state_topic":"zwave/Attic/38/0/currentValue",
         "brightness_command_topic":"zwave/Attic/38/0/targetValue/set","brightness_scale":99,"brightness_value_template":"{{ value_json.value }}","state_value_template":"{{ value_json['on'] }}",
         "payload_on":"True","payload_off":"False","on_command_type":"brightness","availability":[{"topic":"zwave/Attic/status","value_template":"{{ value_json.value }}","payload_available":"True","payload_not_available":"False"}],
         "unique_id":"zwavejs2mqtt_0xd4a5_3-38-0-currentValue","device":{"identifiers":["zwavejs2mqtt_0xd4a5_node3"],"name":"Attic"}}
        """;

    /// <summary>A device with components, of which two are lights and one is a light that was taken away.</summary>
    public const string Device = """
        {"dev":{"ids":"ea334450945afc","name":"Workbench"},"o":{"name":"bla2mqtt","sw":"2.1"},"stat_t":"home/bench/state","avty_t":"home/bench/online","qos":1,
         "cmps":{"lamp":{"p":"light","name":"Lamp","uniq_id":"bench_lamp","schema":"json","cmd_t":"home/bench/lamp/set"},
                 "ring":{"p":"light","name":"Ring","uniq_id":"bench_ring","cmd_t":"home/bench/ring/set","stat_t":"home/bench/ring"},
                 "old":{"p":"light"},"power":{"p":"sensor","uniq_id":"bench_power","unit_of_meas":"W"}}}
        """;

    public static IReadOnlyList<string> All { get; } = [Zigbee2Mqtt, Tasmota, EspHome, ZwaveJsUi, Device];

    public static DiscoveryTopic At(string topic = "homeassistant/light/lamp/config") => DiscoveryTopic.Parse("homeassistant", topic)!;

    public static IReadOnlyList<LightAnnouncement>? Read(string json, string topic = "homeassistant/light/lamp/config", Func<string, bool>? mayPublish = null) =>
        new AnnouncementReader(new MqttTopicRights("gateway", "homeassistant")).Read(At(topic), Encoding.UTF8.GetBytes(json), mayPublish);

    public static LightAnnouncement ReadOne(string json, string topic = "homeassistant/light/lamp/config", Func<string, bool>? mayPublish = null) => Assert.Single(Read(json, topic, mayPublish)!);

    /// <summary>The schema of a light that must not be refused.</summary>
    public static MqttLightSchema Schema(string json)
    {
        var light = ReadOne(json);
        Assert.Null(light.Refusal);
        return light.Schema!;
    }

    public static LightState? Hear(this MqttLightSchema schema, string topic, string payload) => schema.Read(topic, Encoding.UTF8.GetBytes(payload));

    public static string[] Say(this MqttLightSchema schema, LightState wanted, LightState? known = null) =>
        [.. schema.Command(wanted, known).Select(m => $"{m.Topic} {Encoding.UTF8.GetString(m.Payload.Span)}")];
}
