using Gateway.Devices;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Indicator;
using Gateway.Host.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Indicator;

public sealed class IndicatorSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-led-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("kernel:ACT", true)]
    [InlineData("kernel:input0::capslock", true)]
    [InlineData("gpio:27", true)]
    [InlineData("sysfs:/srv/led", true)]
    [InlineData("none", true)]
    [InlineData("ACT", false)]
    [InlineData("kernel:", false)]
    [InlineData("kernel:../../etc", false)]
    [InlineData("gpio:GPIO27", false)]
    [InlineData("gpio:-1", false)]
    [InlineData("sysfs:led", false)]
    [InlineData("off", false)]
    public void An_output_has_one_of_four_forms(string output, bool isRight) =>
        Assert.Equal(isRight, IndicatorSettings.Definitions.Single().Check!(output) is null);

    [Fact]
    public void A_light_on_the_leds_output_is_a_mistake()
    {
        var e = Assert.Throws<ConfigurationException>(() => Load(new() { ["led.output"] = "gpio:27", ["lights.desk.driver"] = "gpio", ["lights.desk.pin"] = 27 }));
        Assert.Equal("led.output: is also the output of lights.desk: give one of them another", Assert.Single(e.Problems) with { Place = "" } + "");
        Load(new() { ["led.output"] = "gpio:27", ["lights.desk.driver"] = "gpio", ["lights.desk.pin"] = 17 });
    }

    [Fact]
    public void Without_a_word_it_is_the_boards_own_led_where_that_may_be_written()
    {
        var hardware = new Hardware { Leds = _folder };
        Assert.Equal("none", IndicatorSettings.OutputIn(Load([]), hardware));
        Directory.CreateDirectory(Path.Combine(_folder, "led0")); // an older kernel's name
        File.WriteAllText(Path.Combine(_folder, "led0", "brightness"), "0");
        Assert.Equal("kernel:ACT", IndicatorSettings.OutputIn(Load([]), hardware));
        Assert.Equal("none", IndicatorSettings.OutputIn(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal), isDemonstration: true), hardware));
        Assert.Equal("gpio:4", IndicatorSettings.OutputIn(Load(new() { ["led.output"] = "gpio:4" }), hardware));
    }

    [Fact]
    public void A_kernel_led_that_is_not_there_names_those_that_are()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "PWR"));
        var e = Assert.Throws<LightUnavailableException>(() => LedOutputs.KernelFolder(new Hardware { Leds = _folder }, "ACT"));
        Assert.Equal($"There is no LED {_folder}/ACT; there are PWR.", e.Message);
    }

    [Fact]
    public async Task A_led_that_is_not_there_does_not_keep_the_gateway_from_serving()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(
            services => services.AddSingleton(new OwnProgram(GatewayProcess.Program, [])), new(StringComparer.Ordinal) { ["led.output"] = "sysfs:/nowhere" });
        Assert.Equal("ok", await gateway.Http.GetStringAsync("/healthz"));
    }

    // Not the demonstration home, which is what fixed settings are taken for.
    private static Settings Load(Dictionary<string, object> values) =>
        new(ConfigurationLoader.Fixed(GatewayApp.Schema, values, new Dictionary<string, object>(StringComparer.Ordinal)).Load().Settings.Values, isDemonstration: false);
}
