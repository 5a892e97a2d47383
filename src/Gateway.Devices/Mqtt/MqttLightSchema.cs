namespace Gateway.Devices.Mqtt;

/// <summary>How one announced light is spoken to: its topics, what it can do, and the translation between <see cref="LightState"/> and its messages.</summary>
public abstract class MqttLightSchema
{
    /// <summary>Longer effect lists are cut.</summary>
    protected const int MaxEffects = 256;

    private protected MqttLightSchema(DiscoveryConfig config)
    {
        Qos = config.Number("qos", 0, 2) ?? 0;
        Retain = config.Flag("retain");
    }

    /// <summary>What the light can do.</summary>
    public LightCapabilities Capabilities { get; protected init; } = LightCapabilities.OnOff;

    /// <summary>Where it tells its state; empty for one that never does.</summary>
    public IReadOnlyList<string> StateTopics { get; protected init; } = [];

    /// <summary>Where it is commanded.</summary>
    public IReadOnlyList<string> CommandTopics { get; protected init; } = [];

    /// <summary>The quality of service it asks for, 0 to 2.</summary>
    protected int Qos { get; }

    /// <summary>Whether it wants its commands kept by the broker.</summary>
    protected bool Retain { get; }

    /// <summary>What a message on one of <see cref="StateTopics"/> says; null when it says nothing that is understood.</summary>
    public abstract LightState? Read(string topic, ReadOnlySpan<byte> payload);

    /// <summary>The messages that bring the light into <paramref name="wanted"/>, in order.</summary>
    /// <param name="wanted">The whole state.</param>
    /// <param name="known">What the light said or was told last; null when unknown.</param>
    public abstract IReadOnlyList<MqttMessage> Command(LightState wanted, LightState? known);

    /// <summary>The parts of a state that this light has no way to report; it is taken at its word for them.</summary>
    public abstract LightState Unheard(LightState wanted);

    private protected MqttMessage Message(string topic, string payload) => new(topic, System.Text.Encoding.UTF8.GetBytes(payload), Qos, Retain);

    /// <summary>min_mireds and max_mireds, else min_kelvin and max_kelvin, else Home Assistant's 153 to 500.</summary>
    private protected static ColorTempRange ReadRange(DiscoveryConfig config)
    {
        int? Kelvin(string key) => config.Number(key, 1000, 1_000_000) is { } kelvin ? MqttColor.Mireds(kelvin) : null;
        var range = new ColorTempRange(config.Number("min_mireds", 1, 1000) ?? Kelvin("max_kelvin") ?? 153, config.Number("max_mireds", 1, 1000) ?? Kelvin("min_kelvin") ?? 500);
        return range.Min <= range.Max ? range : throw new AnnouncementException("Its smallest colour temperature is above its largest.");
    }

    private protected static IReadOnlyList<string> ReadEffects(DiscoveryConfig config) =>
        [.. config.Texts("effect_list", MaxEffects).Where(e => e.Length is > 0 and <= 100).Distinct(StringComparer.Ordinal)];

    private protected static int ReadScale(DiscoveryConfig config, string key) => config.Number(key, 1, 1_000_000) ?? 255;

    /// <summary>255 is all; never rounded down to "off".</summary>
    private protected static int ToScale(byte brightness, int scale) => Math.Max(1, (int)Math.Round(brightness / 255.0 * scale));

    private protected static byte? FromScale(double value, int scale) => value > 0 ? (byte)Math.Clamp(Math.Round(value / scale * 255), 1, 255) : null;
}
