namespace Gateway.Devices.Tests;

public sealed class LightStateTests
{
    private static readonly LightCapabilities Color = new() { Brightness = true, ColorModes = [ColorMode.ColorTemp, ColorMode.Rgb], ColorTemp = new ColorTempRange(153, 500) };

    [Fact]
    public void What_a_wish_does_not_name_stays()
    {
        var state = new LightState { On = true, Brightness = 40, ColorTemp = 300, ColorMode = ColorMode.ColorTemp };
        Assert.Equal(state with { On = false }, state.With(new LightState { On = false }));
        Assert.Equal(state with { Brightness = 50 }, state.With(new LightState { Brightness = 50, Transition = TimeSpan.FromSeconds(1) }));
    }

    [Fact]
    public void Colour_and_colour_temperature_replace_each_other_and_the_mode_says_which()
    {
        var warm = LightState.Unknown.With(new LightState { On = true, ColorTemp = 400 });
        Assert.Equal(ColorMode.ColorTemp, warm.ColorMode);
        var red = warm.With(new LightState { Color = new LightColor.Rgb(255, 0, 0) });
        Assert.Equal((null, ColorMode.Rgb), (red.ColorTemp, red.ColorMode));
        Assert.Equal(warm, red.With(new LightState { ColorTemp = 400 }));
    }

    [Fact]
    public void Of_a_report_with_both_only_what_its_mode_names_counts()
    {
        var both = new LightState { On = true, Color = new LightColor.Xy(0.3, 0.3), ColorTemp = 370, ColorMode = ColorMode.ColorTemp };
        Assert.Equal((null, 370), (LightState.Unknown.With(both).Color, LightState.Unknown.With(both).ColorTemp));
        Assert.Null(LightState.Unknown.With(both with { ColorMode = ColorMode.Xy }).ColorTemp);
    }

    [Fact]
    public void Brightness_zero_is_off_and_remembers_the_brightness_before()
    {
        var state = new LightState { On = true, Brightness = 90 }.With(new LightState { Brightness = 0 });
        Assert.Equal((false, (byte?)90), (state.On, state.Brightness));
        Assert.False(LightState.Unknown.With(new LightState { On = true, Brightness = 0 }).On);
    }

    [Fact]
    public void Brightness_alone_switches_on_a_colour_alone_does_not()
    {
        Assert.True(new LightState { On = false }.With(new LightState { Brightness = 10 }).On);
        Assert.False(new LightState { On = false }.With(new LightState { On = false, Brightness = 10 }).On);
        Assert.False(new LightState { On = false }.With(new LightState { ColorTemp = 300 }).On);
    }

    [Fact]
    public void Rounding_of_a_fixture_is_a_match_more_is_not()
    {
        var wish = new LightState { On = true, Brightness = 100, ColorTemp = 300 };
        Assert.True(wish.IsMetBy(new LightState { On = true, Brightness = 102, ColorTemp = 298 }));
        Assert.False(wish.IsMetBy(new LightState { On = true, Brightness = 103, ColorTemp = 300 }));
        Assert.False(wish.IsMetBy(new LightState { On = true, Brightness = 100 }));
        Assert.True(new LightState { On = false, Brightness = 100 }.IsMetBy(new LightState { On = false }));
        Assert.True(new LightState { On = true, Color = new LightColor.Rgb(255, 0, 0) }.IsMetBy(new LightState { On = true, Color = new LightColor.Xy(0.64, 0.33) }));
        Assert.False(wish.IsMetBy(null));
    }

    [Theory]
    [InlineData("""{}""", "state")]
    [InlineData("""{"transition":3}""", "state")]
    [InlineData("""{"color_mode":"xy"}""", "color_mode")]
    [InlineData("""{"color_mode":"xy","color_temp":300}""", "color_mode")]
    [InlineData("""{"color_temp":300,"color":{"x":0.3,"y":0.3}}""", "color_temp")]
    public void A_wish_that_cannot_be_meant_names_its_field(string json, string field) =>
        Assert.Equal(field, LightStateJsonTests.Parse(json).Contradiction()!.Value.Field);

    [Theory]
    [InlineData("""{"state":"ON","color_mode":"brightness","brightness":3}""")]
    [InlineData("""{"color_mode":"color_temp","color_temp":300}""")]
    public void A_whole_state_as_the_gateway_shows_it_can_be_sent_back(string json) => Assert.Null(LightStateJsonTests.Parse(json).Contradiction());

    [Fact]
    public void Capabilities_refuse_what_they_lack_and_name_it()
    {
        Assert.Equal("brightness", LightCapabilities.OnOff.Refuses(new LightState { Brightness = 1 })!.Value.Field);
        Assert.Equal("color", LightCapabilities.OnOff.Refuses(new LightState { Color = new LightColor.Rgb(1, 2, 3) })!.Value.Field);
        Assert.Equal("color_temp", Color.Refuses(new LightState { ColorTemp = 501 })!.Value.Field);
        Assert.Equal("effect", Color.Refuses(new LightState { Effect = "disco" })!.Value.Field);
        Assert.Null(Color.Refuses(new LightState { On = true, Brightness = 255, ColorTemp = 500 }));
    }

    [Fact]
    public void Of_a_wish_for_many_a_light_takes_what_it_can()
    {
        Assert.Equal(new LightState { On = true }, LightCapabilities.OnOff.Share(new LightState { On = true, Brightness = 9, ColorTemp = 100 }));
        Assert.Equal(new LightState { On = false }, LightCapabilities.OnOff.Share(new LightState { Brightness = 0 }));
        Assert.Null(LightCapabilities.OnOff.Share(new LightState { Brightness = 9 }));
        Assert.Equal(new LightState { ColorTemp = 153 }, Color.Share(new LightState { ColorTemp = 100 }));
    }

    [Fact]
    public void The_colour_mode_is_told_where_there_is_only_one() =>
        Assert.Equal(ColorMode.OnOff, LightCapabilities.OnOff.Fit(new LightState { On = true }).ColorMode);
}
