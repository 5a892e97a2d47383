using System.Text;
using Gateway.Devices.Mqtt;
using static Gateway.Devices.Tests.Mqtt.Announcements;

namespace Gateway.Devices.Tests.Mqtt;

public sealed class AnnouncementReaderTests
{
    [Fact]
    public void Zigbee2mqtt_is_understood()
    {
        var light = ReadOne(Zigbee2Mqtt);
        Assert.Null(light.Refusal);
        Assert.Equal(("Hall lamp", "Hall"), (light.Name, light.Room));
        var can = light.Schema!.Capabilities;
        Assert.Equal([ColorMode.ColorTemp, ColorMode.Xy], can.ColorModes);
        Assert.Equal((true, new ColorTempRange(153, 500), 6), (can.Brightness, can.ColorTemp, can.Effects.Count));
        Assert.Equal(["zigbee2mqtt/Hall lamp", "zigbee2mqtt/bridge/state", "zigbee2mqtt/Hall lamp/availability"], light.Topics);
        Assert.Equal("0x001788010bcd1234_light_zigbee2mqtt", At().IdOf(light));
    }

    [Fact]
    public void A_name_disturbs_no_line_that_it_is_printed_in() =>
        Assert.Equal("Lamp 👩‍🚀 on", ReadOne("""{"name":"\u001b[31mLamp\n 👩\u200d🚀 \u202e\u2066on","schema":"json","cmd_t":"a/b"}""").Name?.Replace("[31m", ""));

    [Fact]
    public void Tasmota_is_understood()
    {
        var light = ReadOne(Tasmota);
        Assert.Null(light.Refusal);
        Assert.Equal("Shelf", light.Name);
        Assert.Equal([ColorMode.ColorTemp, ColorMode.Hs], light.Schema!.Capabilities.ColorModes);
        Assert.Equal(["0", "1", "2", "3", "4"], light.Schema.Capabilities.Effects);
        Assert.Equal(["shelf/cmnd/POWER", "shelf/cmnd/Dimmer", "shelf/cmnd/CT", "shelf/cmnd/HsbColor2", "shelf/cmnd/Scheme"], light.Schema.CommandTopics);
        Assert.Equal("2c3ae8_li_1", At().IdOf(light));
    }

    [Fact]
    public void EspHome_is_understood()
    {
        var light = ReadOne(EspHome);
        Assert.Null(light.Refusal);
        Assert.Equal(("Desk Strip", "Study"), (light.Name, light.Room));
        Assert.Equal([ColorMode.ColorTemp, ColorMode.Rgb], light.Schema!.Capabilities.ColorModes);
    }

    [Fact]
    public void ZwaveJsUi_is_understood()
    {
        var light = ReadOne(ZwaveJsUi);
        Assert.Null(light.Refusal);
        Assert.Equal("Attic Dimmer", light.Name);
        Assert.Equal([ColorMode.Brightness], light.Schema!.Capabilities.ColorModes);
    }

    [Fact]
    public void A_device_announces_its_lights_and_nothing_else()
    {
        var lights = Read(Device, "homeassistant/device/bench/config")!;
        Assert.Equal([("lamp", "Workbench Lamp"), ("ring", "Workbench Ring")], lights.Select(l => (l.Component, l.Name)));
        Assert.All(lights, l => Assert.Null(l.Refusal));
        // What the device says for all holds where the component says nothing.
        Assert.Equal(["home/bench/state", "home/bench/online"], lights[0].Topics);
        Assert.Equal(["home/bench/ring", "home/bench/online"], lights[1].Topics);
        Assert.Equal(1, lights[0].Schema!.Command(new LightState { On = true }, null)[0].Qos);
    }

    [Fact]
    public void A_handover_announces_nothing() => Assert.Null(Read("""{"migrate_discovery":true}"""));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"name\":\"\\ud800\",\"cmd_t\":\"a/b\"}")]
    [InlineData("{\"cmd_t\":\"a\"")]
    public void What_is_no_announcement_is_refused(string json) => Assert.Throws<AnnouncementException>(() => Read(json));

    [Theory]
    [InlineData("""{"name":"x"}""", "command_topic")]
    [InlineData("""{"cmd_t":"a/+/b"}""", "wildcard")]
    [InlineData("""{"cmd_t":""}""", "empty")]
    [InlineData("""{"cmd_t":"$SYS/x"}""", "$")]
    [InlineData("""{"cmd_t":{}}""", "not a text")]
    [InlineData("""{"cmd_t":"a/b","qos":9}""", "qos")]
    [InlineData("""{"cmd_t":"a/b","schema":"template"}""", "template")]
    [InlineData("""{"cmd_t":"a/b","bri_cmd_t":"a/c","bri_scl":0}""", "brightness_scale")]
    [InlineData("""{"cmd_t":"a/b","stat_t":"a/c","stat_val_tpl":"{{ 'ON' if value == 1 else 'OFF' }}"}""", "value_json.path")]
    [InlineData("""{"cmd_t":"a/b","stat_t":"a/c","stat_val_tpl":"{% if x %}"}""", "value_json.path")]
    [InlineData("""{"cmd_t":"a/b","avty":[{"pl_avail":"x"}]}""", "availability")]
    [InlineData("""{"cmd_t":"a/b","avty_t":"a/c","avty_mode":"most"}""", "availability_mode")]
    [InlineData("""{"cmd_t":"a/b","clr_temp_cmd_t":"a/c","min_mirs":500,"max_mirs":100}""", "colour temperature")]
    [InlineData("""{"cmd_t":"a/b","on_cmd_type":"never"}""", "on_command_type")]
    public void A_light_that_cannot_be_spoken_to_is_there_with_the_reason_in_words(string json, string word)
    {
        var light = ReadOne(json);
        Assert.Contains(word, light.Refusal, StringComparison.Ordinal);
        Assert.Empty(light.Topics);
    }

    [Fact]
    public void Templates_of_topics_that_are_not_there_do_not_matter() =>
        Assert.Null(ReadOne("""{"cmd_t":"a/b","bri_val_tpl":"{{ value | int }}","rgb_cmd_tpl":"{% x %}"}""").Refusal);

    [Fact]
    public void What_is_too_large_is_cut_or_refused()
    {
        Assert.Throws<AnnouncementException>(() => Read("{\"cmd_t\":\"" + new string('a', AnnouncementReader.MaxBytes) + "\"}"));
        Assert.Contains("longer", ReadOne("{\"cmd_t\":\"" + new string('a', 300) + "\"}").Refusal, StringComparison.Ordinal);
        var effects = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"{i}\""));
        Assert.Equal(256, ReadOne("{\"cmd_t\":\"a/b\",\"fx_cmd_t\":\"a/f\",\"fx_list\":[" + effects + "]}").Schema!.Capabilities.Effects.Count);
        Assert.Equal(100, ReadOne("{\"cmd_t\":\"a/b\",\"name\":\"" + new string('n', 500) + "\"}").Name.Length);
        Assert.Throws<AnnouncementException>(() => Read("{\"cmps\":{" + string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"{i}\":{{\"p\":\"light\",\"cmd_t\":\"a/{i}\"}}")) + "}}", "homeassistant/device/x/config"));
    }

    [Fact]
    public void An_id_is_a_slug_and_on_a_collision_gets_six_digits_of_the_topic()
    {
        var at = At("homeassistant/light/node/lamp/config");
        Assert.Equal("a_b_c", at.IdOf(ReadOne("""{"uniq_id":" A/B  c! ","cmd_t":"a/b"}""")));
        Assert.Equal("node_lamp", at.IdOf(ReadOne("""{"cmd_t":"a/b"}""")));
        var other = at.OtherIdOf(ReadOne("""{"uniq_id":"x","cmd_t":"a/b"}"""));
        Assert.Matches("^x_[0-9a-f]{6}$", other);
        Assert.Equal(other, at.OtherIdOf(ReadOne("""{"uniq_id":"x","cmd_t":"other/topic"}""")));
        Assert.NotEqual(other, At("homeassistant/light/lamp2/config").OtherIdOf(ReadOne("""{"uniq_id":"x","cmd_t":"a/b"}""")));
        Assert.Matches("^light_[0-9a-f]{6}$", At("homeassistant/light/ü/config").IdOf(ReadOne("""{"uniq_id":"ö","cmd_t":"a/b"}""")));
    }

    [Theory]
    [InlineData("homeassistant/light/config")]
    [InlineData("homeassistant/light//config")]
    [InlineData("homeassistant/light/a/b/c/config")]
    [InlineData("homeassistant/switch/a/config")]
    [InlineData("homeassistantx/light/a/config")]
    [InlineData("homeassistant")]
    public void Elsewhere_nothing_is_announced(string topic) => Assert.Null(DiscoveryTopic.Parse("homeassistant", topic));

    [Fact]
    public void Every_short_key_is_understood_as_its_long_one()
    {
        const string json = """{"name":"L","cmd_t":"a/l/c","stat_t":"a/l","stat_val_tpl":"{{ value_json.p }}","pl_on":"1","pl_off":"0","ret":true,"avty_t":"a/l/o","avty_tpl":"{{ value_json.o }}","whit_cmd_t":"a/l/w","whit_scl":10,"rgb_cmd_t":"a/l/rgb","xy_cmd_t":"a/l/xy"}""";
        const string full = """{"name":"L","command_topic":"a/l/c","state_topic":"a/l","state_value_template":"{{ value_json.p }}","payload_on":"1","payload_off":"0","retain":true,"availability_topic":"a/l/o","availability_template":"{{ value_json.o }}","white_command_topic":"a/l/w","white_scale":10,"rgb_command_topic":"a/l/rgb","xy_command_topic":"a/l/xy"}""";
        var (a, b) = (ReadOne(json), ReadOne(full));
        Assert.Equal(b.Topics, a.Topics);
        Assert.Equal(b.Schema!.CommandTopics, a.Schema!.CommandTopics);
        Assert.Equal(Encoding.UTF8.GetBytes("1"), a.Schema.Command(new LightState { On = true }, null)[0].Payload.ToArray());
        Assert.True(a.Schema.Command(new LightState { On = true }, null)[0].Retain);
    }
}
