using System.Device.Gpio;
using System.Device.Pwm;
using System.Device.Spi;
using Gateway.Devices.Gpio;
using Gateway.Devices.Pwm;
using Gateway.Devices.Strip;

namespace Gateway.Devices;

/// <summary>Where this machine's hardware is found: the kernel's folders, and what opens a bus. Tests put folders and drivers of their own here.</summary>
public sealed record Hardware
{
    /// <summary>The folder of the kernel's LEDs.</summary>
    public string Leds { get; init; } = "/sys/class/leds";

    /// <summary>The folder of the PWM chips.</summary>
    public string PwmChips { get; init; } = "/sys/class/pwm";

    /// <summary>The folder of the device files.</summary>
    public string Devices { get; init; } = "/dev";

    /// <summary>Opens the GPIO chip of this label, name or path; with null that of the board's header.</summary>
    public Func<string, string?, GpioDriver> OpenGpio { get; init; } = (devices, chip) => new CharacterDeviceGpioDriver(GpioChip.Find(devices, chip));

    /// <summary>Opens an SPI bus.</summary>
    public Func<SpiConnectionSettings, SpiDevice> OpenSpi { get; init; } = SpiDevice.Create;

    /// <summary>The driver of a GPIO chip.</summary>
    public GpioDriver Gpio(string? chip) => OpenGpio(Devices, chip);

    /// <summary>A PWM channel; <paramref name="chip"/> is a number, a name such as <c>pwmchip0</c>, that of its device such as <c>1f00098000.pwm</c> (it stays while the numbers change), or a path.</summary>
    public PwmChannel Pwm(string chip, int channel, int frequency)
    {
        var folder = Path.Combine(PwmChips, int.TryParse(chip, out var number) ? $"pwmchip{number}" : chip);
        if (!Directory.Exists(folder) && Directory.Exists(PwmChips))
        {
            folder = Directory.GetFileSystemEntries(PwmChips).FirstOrDefault(f =>
                new DirectoryInfo(Path.Combine(f, "device")) is { LinkTarget: { } target } && Path.GetFileName(target) == chip) ?? folder;
        }
        return new SysfsPwmChannel(folder, channel, frequency);
    }

    /// <summary>The bus of a strip of pixels.</summary>
    public SpiDevice Spi(int bus)
    {
        var file = Path.Combine(Devices, $"spidev{bus}.0");
        if (!File.Exists(file)) throw new LightUnavailableException($"There is no SPI bus {bus} ({file}): switch it on with dtparam=spi=on in config.txt and restart.");
        return OpenSpi(new SpiConnectionSettings(bus, 0) { ClockFrequency = Ws2812.ClockFrequency, Mode = SpiMode.Mode0 });
    }
}
