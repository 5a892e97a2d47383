using System.Text.Json;
using static Gateway.Devices.Tests.Mqtt.Announcements;

namespace Gateway.Devices.Tests.Mqtt;

public sealed class MqttSchemaTests
{
    private static readonly LightState On = new() { On = true };

    [Fact]
    public void Json_says_the_whole_state()
    {
        var schema = Schema(Zigbee2Mqtt);
        Assert.Equal(["zigbee2mqtt/Hall lamp/set {\"state\":\"ON\",\"brightness\":127,\"color_temp\":300,\"transition\":1.5}"],
            schema.Say(new LightState { On = true, Brightness = 128, ColorTemp = 300, Transition = TimeSpan.FromSeconds(1.5) }));
        Assert.Equal(["zigbee2mqtt/Hall lamp/set {\"state\":\"OFF\"}"], schema.Say(new LightState { On = false, Brightness = 128, ColorTemp = 300 }));
        Assert.Equal(["zigbee2mqtt/Hall lamp/set {\"state\":\"ON\",\"brightness\":1,\"color\":{\"x\":0.3,\"y\":0.4}}"], schema.Say(new LightState { On = true, Brightness = 1, Color = new LightColor.Xy(0.3, 0.4) }));
    }

    [Fact]
    public void Json_reads_the_colour_that_counts()
    {
        var schema = Schema(Zigbee2Mqtt);
        LightState? Hear(string json) => schema.Hear("zigbee2mqtt/Hall lamp", json);
        Assert.Equal(new LightState { On = true, Brightness = 255, ColorMode = ColorMode.ColorTemp, ColorTemp = 370 }, Hear("""{"state":"ON","brightness":254,"color_mode":"color_temp","color_temp":370,"color":{"x":0.1,"y":0.2},"linkquality":90,"update":{"state":"idle"}}"""));
        Assert.Equal(new LightColor.Xy(0.1, 0.2), Hear("""{"state":"ON","color_mode":"xy","color_temp":370,"color":{"x":0.1,"y":0.2,"hue":10,"saturation":20}}""")!.Color);
        Assert.Equal(new LightColor.Hs(10, 20), Hear("""{"state":"ON","color_mode":"hs","color":{"x":0.1,"y":0.2,"h":10,"s":20}}""")!.Color);
        Assert.Equal(LightState.Unknown, Hear("""{"state":null,"brightness":0,"color":{"x":5,"y":"a"},"color_temp":null,"effect":7}"""));
        foreach (var nonsense in new[] { "", "ON", "[1]", "{", "null", "{\"state\":\"\\ud800\"}", new string('{', 200) }) Assert.Null(Hear(nonsense));
    }

    [Fact]
    public void Json_with_white_channels_shares_out_and_reads_back()
    {
        var schema = Schema(EspHome);
        var said = JsonDocument.Parse(schema.Command(new LightState { On = true, Color = new LightColor.Rgb(255, 100, 50) }, null)[0].Payload).RootElement.GetProperty("color");
        Assert.Equal([205, 50, 0, 50, 50], new[] { "r", "g", "b", "c", "w" }.Select(c => said.GetProperty(c).GetInt32()));
        Assert.Equal(new LightColor.Rgb(255, 100, 50), schema.Hear("desk/light/strip/state", """{"state":"ON","color_mode":"rgbww","color":{"r":205,"g":50,"b":0,"c":50,"w":50}}""")!.Color);
    }

    [Fact]
    public void Json_in_kelvin_and_with_a_white_level_of_its_own()
    {
        var schema = Schema("""{"schema":"json","cmd_t":"l/set","stat_t":"l/state","brightness":true,"sup_clrm":["color_temp","rgb","white"],"clr_temp_k":true,"min_k":2000,"max_k":5000,"whit_scl":100}""");
        Assert.Equal(new ColorTempRange(200, 500), schema.Capabilities.ColorTemp);
        Assert.Equal(["l/set {\"state\":\"ON\",\"color_temp\":4000}"], schema.Say(new LightState { On = true, ColorTemp = 250 }));
        Assert.Equal(["l/set {\"state\":\"ON\",\"white\":50}"], schema.Say(new LightState { On = true, Brightness = 128, Color = new LightColor.Rgb(255, 255, 255) }));
        Assert.Equal(250, schema.Hear("l/state", """{"state":"ON","color_mode":"color_temp","color_temp":4000}""")!.ColorTemp);
    }

    [Fact]
    public void An_effect_is_not_started_again_by_a_wish_for_something_else()
    {
        var schema = Schema(Zigbee2Mqtt);
        Assert.Contains("blink", schema.Say(On with { Effect = "blink" })[0], StringComparison.Ordinal);
        Assert.DoesNotContain("blink", schema.Say(On with { Effect = "blink", Brightness = 10 }, On with { Effect = "blink", Brightness = 200 })[0], StringComparison.Ordinal);
        Assert.Contains("blink", schema.Say(On with { Effect = "blink" }, On with { Effect = "blink" })[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Default_says_what_changes_in_the_order_it_is_asked_to()
    {
        const string light = """{"cmd_t":"l/set","stat_t":"l/state","bri_cmd_t":"l/bri","rgb_cmd_t":"l/rgb","fx_cmd_t":"l/fx","fx_list":["a"]%}""";
        var wanted = new LightState { On = true, Brightness = 51, Color = new LightColor.Rgb(255, 128, 0), Effect = "a" };
        Assert.Equal(["l/rgb 255,128,0", "l/bri 51", "l/fx a", "l/set ON"], Schema(light.Replace("%", "", StringComparison.Ordinal)).Say(wanted));
        Assert.Equal(["l/set ON", "l/rgb 255,128,0", "l/bri 51", "l/fx a"], Schema(light.Replace("%", ",\"on_cmd_type\":\"first\"", StringComparison.Ordinal)).Say(wanted));
        Assert.Equal(["l/rgb 255,128,0", "l/bri 51", "l/fx a"], Schema(light.Replace("%", ",\"on_cmd_type\":\"brightness\"", StringComparison.Ordinal)).Say(wanted));
        Assert.Equal(["l/bri 255"], Schema(light.Replace("%", ",\"on_cmd_type\":\"brightness\"", StringComparison.Ordinal)).Say(On));
        Assert.Equal(["l/bri 51", "l/set ON"], Schema(light.Replace("%", "", StringComparison.Ordinal)).Say(wanted, wanted with { Brightness = 200 }));
        Assert.Equal(["l/set OFF"], Schema(light.Replace("%", "", StringComparison.Ordinal)).Say(wanted with { On = false }));
    }

    [Fact]
    public void Default_carries_brightness_in_the_colour_where_it_has_no_topic()
    {
        var schema = Schema("""{"cmd_t":"l/set","stat_t":"l/state","rgb_cmd_t":"l/rgb","rgb_stat_t":"l/rgb/state"}""");
        Assert.True(schema.Capabilities.Brightness);
        Assert.Equal(["l/rgb 128,64,0", "l/set ON"], schema.Say(new LightState { On = true, Brightness = 128, Color = new LightColor.Rgb(255, 128, 0) }));
        Assert.Equal(new LightState { Brightness = 128, Color = new LightColor.Rgb(255, 128, 0) }, schema.Hear("l/rgb/state", "128,64,0"));
    }

    [Fact]
    public void Default_reads_all_parts_of_one_message()
    {
        var schema = Schema(Tasmota);
        Assert.Equal(new LightState { On = true, Brightness = 128, Effect = "0", ColorTemp = 327, ColorMode = ColorMode.ColorTemp }, schema.Hear("shelf/tele/STATE", """{"POWER":"ON","Dimmer":50,"CT":327,"Scheme":0}"""));
        Assert.Equal(new LightColor.Hs(120, 50), schema.Hear("shelf/tele/HSB", "120,50,100")?.Color ?? schema.Hear("shelf/tele/HSB", "120,50")!.Color);
        Assert.Equal(["shelf/cmnd/CT 300", "shelf/cmnd/Dimmer 100"], schema.Say(new LightState { On = true, Brightness = 255, ColorTemp = 300 }));
    }

    [Fact]
    public void Default_follows_the_colour_mode_that_it_is_told()
    {
        var schema = Schema("""{"cmd_t":"l/set","stat_t":"l/state","clrm_stat_t":"l/mode","xy_cmd_t":"l/xy","xy_stat_t":"l/xy/state","clr_temp_cmd_t":"l/ct","clr_temp_stat_t":"l/ct/state"}""");
        Assert.Equal(LightState.Unknown, schema.Hear("l/ct/state", "250"));
        Assert.Equal(LightState.Unknown, schema.Hear("l/xy/state", "0.2,0.3"));
        Assert.Equal(250, schema.Hear("l/mode", "color_temp")!.ColorTemp);
        Assert.Equal(new LightColor.Xy(0.2, 0.3), schema.Hear("l/mode", "xy")!.Color);
    }

    [Fact]
    public void A_light_is_taken_at_its_word_for_what_it_has_no_way_to_say()
    {
        var wanted = new LightState { On = true, Brightness = 9, ColorTemp = 300, Effect = "a" };
        Assert.Equal(new LightState { Brightness = 9, ColorTemp = 300, Effect = "a" }, Schema("""{"cmd_t":"l/set","stat_t":"l/state","bri_cmd_t":"l/bri"}""").Unheard(wanted));
        Assert.Equal(new LightState { Effect = "a" }, Schema(Zigbee2Mqtt).Unheard(wanted));
    }
}
