using Gateway.Devices;
using Gateway.Devices.Gpio;
using Gateway.Devices.KernelLed;
using Gateway.Devices.Pwm;
using Gateway.Devices.Simulated;
using Gateway.Devices.Strip;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>What a light does once after the machine has started.</summary>
internal enum PowerOn { Last = 0, On, Off }

/// <summary>One configured light. Two that are equal need no new driver.</summary>
internal sealed record LightOptions(string Id, string Driver)
{
    private const double DefaultGamma = 2.2;
    private const int DefaultFrequency = 1000;

    public required string Name { get; init; }
    public string? Room { get; init; }
    public PowerOn PowerOn { get; init; }
    public int Pin { get; init; }
    public string? Chip { get; init; }
    public bool ActiveLow { get; init; }
    public int Channel { get; init; }
    public int Frequency { get; init; } = DefaultFrequency;
    public double Gamma { get; init; } = DefaultGamma;
    public int Bus { get; init; }
    public int Count { get; init; } = 1;
    public string Order { get; init; } = "grb";
    public string? Led { get; init; }
    public string Kind { get; init; } = "color";
    public Misbehaviour Misbehaviour { get; init; }

    /// <summary>mqtt: its table as an announcement.</summary>
    public string? Announcement { get; init; }

    /// <summary>The lights of checked settings.</summary>
    public static IEnumerable<LightOptions> All(Settings settings) =>
        settings.Names("lights").Select(id => Of(settings, id)).Where(o => o.Driver is not ("hue" or ""));

    /// <summary>Its driver, on this hardware and this broker.</summary>
    public ILightDriver Build(Hardware hardware, MqttConfiguredLights broker, TimeProvider time) => Driver switch
    {
        "gpio" => new GpioLight(() => hardware.Gpio(Chip), Pin, ActiveLow, time),
        "pwm" => new PwmLight(() => hardware.Pwm(Chip!, Channel, Frequency), Gamma, ActiveLow, time),
        "strip" => new StripLight(() => hardware.Spi(Bus), Count, Order, Gamma, time),
        "kernel-led" => new KernelLedLight(Path.Combine(hardware.Leds, Led!), time),
        "mqtt" => broker.Build(Name, Room, Announcement!),
        "simulated" => new SimulatedLight(SimulatedCapabilities(), time, Misbehaviour),
        _ => throw new InvalidOperationException($"No driver \"{Driver}\"."),
    };

    private LightCapabilities SimulatedCapabilities() => Kind switch
    {
        "onoff" => LightCapabilities.OnOff,
        "brightness" => new LightCapabilities { Brightness = true, ColorModes = [ColorMode.Brightness] },
        "color_temp" => new LightCapabilities { Brightness = true, ColorModes = [ColorMode.ColorTemp], ColorTemp = new ColorTempRange(153, 454) },
        _ => new LightCapabilities { Brightness = true, ColorModes = [ColorMode.ColorTemp, ColorMode.Xy], ColorTemp = new ColorTempRange(153, 500) },
    };

    private static LightOptions Of(Settings settings, string id)
    {
        string? Text(string key) => settings.Text($"lights.{id}.{key}");
        int? Integer(string key) => (int?)settings.Integer($"lights.{id}.{key}");
        return new LightOptions(id, Text("driver") ?? "")
        {
            Name = Text("name") ?? id,
            Room = Text("room"),
            PowerOn = Text("power-on") switch { "on" => PowerOn.On, "off" => PowerOn.Off, _ => PowerOn.Last },
            Pin = Integer("pin") ?? 0,
            Chip = Text("chip"),
            ActiveLow = settings.Boolean($"lights.{id}.active-low") ?? false,
            Channel = Integer("channel") ?? 0,
            Frequency = Integer("frequency") ?? DefaultFrequency,
            Gamma = settings.Number($"lights.{id}.gamma") ?? DefaultGamma,
            Bus = Integer("bus") ?? 0,
            Count = Integer("count") ?? 1,
            Order = Text("order") ?? "grb",
            Led = Text("led"),
            Announcement = Text("driver") == "mqtt" ? MqttLightSettings.Announcement(settings, "lights." + id) : null,
            Kind = Text("kind") ?? "color",
            Misbehaviour = Text("simulate") switch { "swallow" => Misbehaviour.Swallow, "slow" => Misbehaviour.Slow, "unavailable" => Misbehaviour.Unavailable, _ => Misbehaviour.None },
        };
    }
}
