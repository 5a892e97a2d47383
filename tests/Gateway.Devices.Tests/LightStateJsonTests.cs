using System.Text;
using System.Text.Json;
using CsCheck;

namespace Gateway.Devices.Tests;

public sealed class LightStateJsonTests
{
    private static readonly Gen<LightColor> GenColor = Gen.OneOf<LightColor>(
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], (x, y) => (LightColor)new LightColor.Xy(x, y)),
        Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, (r, g, b) => (LightColor)new LightColor.Rgb(r, g, b)),
        Gen.Select(Gen.Double[0, 360], Gen.Double[0, 100], (h, s) => (LightColor)new LightColor.Hs(h, s)));

    private static readonly Gen<LightState> GenState =
        from isOn in Gen.Bool.Nullable()
        from brightness in Gen.Byte.Nullable()
        from mode in Gen.Enum<ColorMode>().Where(m => m != ColorMode.Unknown).Nullable()
        from color in GenColor.Null()
        from temp in Gen.Int[1, 1000].Nullable()
        from effect in Gen.String[1, 100].Null()
        from milliseconds in Gen.Int[0, 3_600_000].Nullable()
        select new LightState
        {
            On = isOn, Brightness = brightness, ColorMode = mode, Color = color, ColorTemp = temp,
            Effect = effect is null ? null : new string([.. effect.Where(c => !char.IsSurrogate(c)).DefaultIfEmpty('x')]),
            Transition = milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        };

    [Fact]
    public void Every_state_comes_back_from_its_json() => GenState.Sample(state => Parse(Write(state)) == state);

    [Fact]
    public void No_text_makes_anything_but_a_state_or_a_json_error() => Gen.String.Sample(text =>
    {
        try { Parse(text); }
        catch (JsonException) { }
    });

    [Fact]
    public void With_after_with_is_the_later_one() => Gen.Select(GenState, GenState).Sample((a, b) =>
    {
        var once = LightState.Unknown.With(a).With(b);
        return once.With(b) == once && !(once.Color is not null && once.ColorTemp is not null) && once.Transition is null;
    });

    [Fact]
    public void Home_assistants_example_is_understood()
    {
        // https://www.home-assistant.io/integrations/light.mqtt/#json-schema
        var state = Parse("""{"brightness":255,"color_mode":"rgb","color":{"r":255,"g":180,"b":200},"effect":"colorloop","state":"ON","transition":2}""");
        Assert.Equal(new LightState
        {
            On = true, Brightness = 255, ColorMode = ColorMode.Rgb, Color = new LightColor.Rgb(255, 180, 200), Effect = "colorloop", Transition = TimeSpan.FromSeconds(2),
        }, state);
    }

    [Theory]
    [InlineData("""{"state":"on"}""", "state")]
    [InlineData("""{"state":true}""", "state")]
    [InlineData("""{"brightness":-1}""", "brightness")]
    [InlineData("""{"brightness":256}""", "brightness")]
    [InlineData("""{"brightness":1.5}""", "brightness")]
    [InlineData("""{"brightness":"128"}""", "brightness")]
    [InlineData("""{"brightness":1e999}""", "brightness")]
    [InlineData("""{"brightness":null}""", "brightness")]
    [InlineData("""{"color_temp":0}""", "color_temp")]
    [InlineData("""{"color_mode":"white"}""", "color_mode")]
    [InlineData("""{"color":"red"}""", "color")]
    [InlineData("""{"color":{"r":1,"g":2}}""", "color")]
    [InlineData("""{"color":{"r":1,"g":2,"b":300}}""", "color.b")]
    [InlineData("""{"color":{"x":2,"y":0}}""", "color.x")]
    [InlineData("""{"effect":""}""", "effect")]
    [InlineData("""{"transition":-1}""", "transition")]
    [InlineData("""{"transition":3601}""", "transition")]
    [InlineData("""{"colour":{}}""", "colour")]
    [InlineData("""[1]""", "")]
    public void A_wrong_value_names_its_field(string json, string field)
    {
        var e = Assert.Throws<LightStateException>(() => Parse(json));
        Assert.Equal(field, e.Field);
        Assert.NotEmpty(e.Words);
    }

    internal static LightState Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return LightStateJsonConverter.FromJson(document.RootElement);
    }

    private static string Write(LightState state)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) LightStateJsonConverter.WriteJson(writer, state);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
