using Gateway.Host.Core;
using Gateway.Host.Lights;

namespace Gateway.Host.Tests.Lights;

public sealed class LightSettingsTests
{
    [Fact]
    public void A_light_of_each_driver_is_right() => Assert.Empty(Problems(new(StringComparer.Ordinal)
    {
        ["lights.a.driver"] = "gpio", ["lights.a.pin"] = 17L,
        ["lights.b.driver"] = "pwm", ["lights.b.chip"] = "0", ["lights.b.gamma"] = 2.8,
        ["lights.c.driver"] = "strip", ["lights.c.count"] = 60L,
        ["lights.d.driver"] = "kernel-led", ["lights.d.led"] = "ACT",
        ["lights.e.driver"] = "simulated", ["lights.e.simulate"] = "swallow",
        ["lights.f.driver"] = "mqtt", ["lights.f.command-topic"] = "any/topic/of/mine",
    }));

    [Theory]
    [InlineData("gpio", "lights.x.pin")]
    [InlineData("pwm", "lights.x.chip")]
    [InlineData("strip", "lights.x.count")]
    [InlineData("kernel-led", "lights.x.led")]
    [InlineData("hue", "lights.x.driver")]
    [InlineData("mqtt", "lights.x.command-topic")]
    public void What_a_driver_needs_is_named(string driver, string key)
    {
        var problem = Assert.Single(Problems(new(StringComparer.Ordinal) { ["lights.x.driver"] = driver }));
        Assert.Equal(key, problem.Key);
        if (driver == "hue") Assert.Contains("not built yet", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_driver_is_named()
    {
        var problem = Assert.Single(Problems(new(StringComparer.Ordinal) { ["lights.x.driver"] = "gpio", ["lights.x.pin"] = 4L, ["lights.x.gamma"] = 2.0 }));
        Assert.Equal("lights.x.gamma", problem.Key);
    }

    [Theory]
    [InlineData("gpio", "pin", 17L)]
    [InlineData("kernel-led", "led", "ACT")]
    public void Two_lights_on_one_output_are_a_mistake(string driver, string key, object value)
    {
        var problem = Assert.Single(Problems(new(StringComparer.Ordinal) { ["lights.a.driver"] = driver, [$"lights.a.{key}"] = value, ["lights.b.driver"] = driver, [$"lights.b.{key}"] = value }));
        Assert.Equal("lights.b", problem.Key);
        Assert.Contains("lights.a", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("command-topic", "gateway/lights/desk/set", "the gateway's own")]
    [InlineData("state-topic", "gateway/status", "the gateway's own")]
    [InlineData("command-topic", "homeassistant/light/x/config", "for announcements")]
    [InlineData("command-topic", "all/+/lamps", "wildcard")]
    [InlineData("state-value-template", "{{ value | upper }}", "constants")]
    public void What_is_wrong_with_an_mqtt_light_is_said(string key, string value, string words)
    {
        var problem = Assert.Single(Problems(new(StringComparer.Ordinal)
        {
            ["lights.x.driver"] = "mqtt", ["lights.x.command-topic"] = "lamp/set", ["lights.x.state-topic"] = "lamp", [$"lights.x.{key}"] = value,
        }));
        Assert.Equal("lights.x", problem.Key);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Desk")]
    [InlineData("desk lamp")]
    [InlineData("läufer")]
    public void A_name_that_cannot_be_an_id_is_a_mistake(string id) =>
        Assert.Equal("lights." + id, Assert.Single(Problems(new(StringComparer.Ordinal) { [$"lights.{id}.driver"] = "simulated" })).Key);

    [Fact]
    public void A_table_without_a_driver_says_which_there_are() =>
        Assert.Contains("gpio", Assert.Single(Problems(new(StringComparer.Ordinal) { ["lights.x.name"] = "X" })).Message, StringComparison.Ordinal);

    private static IReadOnlyList<SettingProblem> Problems(Dictionary<string, object> values) => [.. LightSettings.Check(new Settings(
        new Dictionary<string, object>(values, StringComparer.Ordinal) { ["mqtt.topic"] = "gateway", ["mqtt.discovery-prefix"] = "homeassistant" }.ToDictionary(v => v.Key, v => new SettingValue(v.Value, SettingSource.ConfigurationFile, "test"), StringComparer.Ordinal), isDemonstration: false))];
}
