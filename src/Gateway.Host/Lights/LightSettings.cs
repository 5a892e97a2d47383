using Gateway.Devices.Strip;
using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Lights;

/// <summary>The keys below <c>[lights.ID]</c>, and what must hold between them.</summary>
internal static class LightSettings
{
    /// <summary>Which keys belong to which driver; a key that is not here is for all of them.</summary>
    private static readonly Dictionary<string, string[]> DriversOf = new(MqttLightSettings.Keys.Select(k => KeyValuePair.Create(k, (string[])["mqtt"])), StringComparer.Ordinal)
    {
        ["pin"] = ["gpio"], ["chip"] = ["gpio", "pwm"], ["active-low"] = ["gpio", "pwm"],
        ["channel"] = ["pwm"], ["frequency"] = ["pwm"], ["gamma"] = ["pwm", "strip"],
        ["bus"] = ["strip"], ["count"] = ["strip"], ["order"] = ["strip"],
        ["led"] = ["kernel-led"], ["kind"] = ["simulated"], ["simulate"] = ["simulated"],
    };

    private static readonly (string Driver, string Key, string Cure)[] Needed =
    [
        ("gpio", "pin", "must be set for a gpio light: the GPIO number, such as 17"),
        ("pwm", "chip", "must be set for a pwm light: \"0\" for pwmchip0, or the name of its device, such as \"1f00098000.pwm\""),
        ("strip", "count", "must be set for a strip: how many pixels it has"),
        ("mqtt", "command-topic", "must be set for an mqtt light: the topic on which it is commanded"),
        ("kernel-led", "led", "must be set for a kernel-led light: a name below /sys/class/leds, such as \"ACT\""),
    ];

    public static IReadOnlyList<SettingDefinition> Definitions { get; } = MqttLightSettings.Definitions.Concat(
    [
        new("lights.*.driver", SettingKind.Text, "What the light is on: `gpio`, `pwm`, `strip`, `kernel-led`, `mqtt`, `simulated`; `hue` is not built yet. MQTT lights that announce themselves need no table.") { Check = OneOf("gpio", "pwm", "strip", "kernel-led", "simulated", "mqtt", "hue") },
        new("lights.*.name", SettingKind.Text, "The name people see; the table's name when not set.") { Check = ShortText },
        new("lights.*.room", SettingKind.Text, "The room it is in.") { Check = ShortText },
        new("lights.*.power-on", SettingKind.Text, "What it does once after the machine has started: `on`, `off`, or `last`, as it was (the default).") { Check = OneOf("on", "off", "last") },
        new("lights.*.pin", SettingKind.Integer, "gpio: the number of the line on its chip; on a Raspberry Pi the GPIO number.") { Check = Range(0, 1023) },
        new("lights.*.chip", SettingKind.Text, "gpio: the chip's label, such as `pinctrl-rp1`; that of the board's header when not set. pwm: `0` for pwmchip0, the name of its device, or a path.") { Check = NotEmpty },
        new("lights.*.active-low", SettingKind.Boolean, "gpio, pwm: whether the light is on while the output is low (default false)."),
        new("lights.*.channel", SettingKind.Integer, "pwm: the channel on its chip (default 0).") { Check = Range(0, 63) },
        new("lights.*.frequency", SettingKind.Integer, "pwm: hertz, 50 to 50000 (default 1000).") { Check = Range(50, 50_000) },
        new("lights.*.gamma", SettingKind.Number, "pwm, strip: how brightness becomes power, 1 to 4; 1 is linear (default 2.2).") { Check = Range(1, 4) },
        new("lights.*.bus", SettingKind.Integer, "strip: the SPI bus (default 0).") { Check = Range(0, 15) },
        new("lights.*.count", SettingKind.Integer, $"strip: how many pixels, 1 to {Ws2812.MostPixels}.") { Check = Range(1, Ws2812.MostPixels) },
        new("lights.*.order", SettingKind.Text, "strip: the order of a pixel's channels (default `grb`).") { Check = v => Ws2812.IsOrder(v as string) ? null : "must name r, g and b once each, such as \"grb\"" },
        new("lights.*.led", SettingKind.Text, "kernel-led: a name below /sys/class/leds, such as `ACT`, or the absolute path of a folder of that shape.") { Check = Led },
        new("lights.*.kind", SettingKind.Text, "simulated: what it can do: `onoff`, `brightness`, `color_temp` or `color` (the default).") { Check = OneOf("onoff", "brightness", "color_temp", "color") },
        new("lights.*.simulate", SettingKind.Text, "simulated: what is wrong with it: `nothing` (the default), `swallow`, `slow` or `unavailable`.") { Check = OneOf("nothing", "swallow", "slow", "unavailable") },
    ]).Select(d => d with { Live = true }).ToArray();

    /// <summary>The checks that look at more than one key.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in settings.Names("lights").Order(StringComparer.Ordinal))
        {
            var table = "lights." + id;
            if (!IsId(id)) yield return new SettingProblem(table, "must be named with a-z, 0-9, - and _ only, at most 64 characters: the name is the light's id for life");
            var driver = settings.Text(table + ".driver");
            if (driver is null) yield return new SettingProblem(table + ".driver", "must be set: \"gpio\", \"pwm\", \"strip\", \"kernel-led\", \"mqtt\" or \"simulated\"");
            else if (driver == "hue") yield return new SettingProblem(table + ".driver", "\"hue\" is not built yet");
            else
            {
                foreach (var problem in CheckDriver(settings, table, driver)) yield return problem;
                if (OutputOf(settings, table, driver) is { } output && !outputs.TryAdd(output, id))
                    yield return new SettingProblem(table, $"is on the same output as lights.{outputs[output]}: give one of them another");
            }
        }
    }

    private static IEnumerable<SettingProblem> CheckDriver(Settings settings, string table, string driver)
    {
        foreach (var (needs, key, cure) in Needed)
        {
            if (driver == needs && !settings.Values.ContainsKey($"{table}.{key}")) yield return new SettingProblem($"{table}.{key}", cure);
        }
        foreach (var (key, drivers) in DriversOf)
        {
            if (!drivers.Contains(driver, StringComparer.Ordinal) && settings.Values.ContainsKey($"{table}.{key}"))
                yield return new SettingProblem($"{table}.{key}", $"is for {string.Join(" and ", drivers)} lights, and this one is {driver}: leave it out");
        }
        if (driver == "mqtt" && settings.Values.ContainsKey(table + ".command-topic") && MqttLightSettings.Problem(settings, table) is { } refusal) yield return new SettingProblem(table, refusal);
    }

    private static string? OutputOf(Settings settings, string table, string driver) => driver switch
    {
        "gpio" => $"gpio {settings.Text(table + ".chip")}/{settings.Integer(table + ".pin")}",
        "pwm" => $"pwm {settings.Text(table + ".chip")}/{settings.Integer(table + ".channel") ?? 0}",
        "strip" => $"spi {settings.Integer(table + ".bus") ?? 0}",
        "kernel-led" => $"led {settings.Text(table + ".led")}",
        _ => null,
    };

    private static bool IsId(string id) =>
        id.Length is > 0 and <= 64 && id.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '_');

    private static string? ShortText(object value) =>
        value is string { Length: > 0 and <= 64 } text && !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl) ? null : "must be a text of 1 to 64 characters";

    private static string? Led(object value) =>
        value is string led && (Path.IsPathRooted(led) || (led.Length > 0 && led is not ("." or "..") && !led.Contains('/')))
            ? null : "must be a name below /sys/class/leds, such as \"ACT\", or an absolute path";
}
