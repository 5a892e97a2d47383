using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Gateway.Devices;

namespace Gateway.Host.Lights;

/// <summary>A light as the API and the events show it.</summary>
public sealed record LightView(
    string Id, string Name, string? Room, string Driver, CapabilitiesView Capabilities,
    LightState Desired, LightState? Reported, bool Available, string? Reason,
    bool Confirmed, string Confirmation, DateTimeOffset Changed)
{
    /// <summary>The view of a light.</summary>
    public static LightView Of(Light light) => new(
        light.Id, light.Name, light.Room, light.Driver, CapabilitiesView.Of(light.Capabilities),
        light.Desired, light.Reported, light.Available, light.Reason,
        light.Confirmation == Devices.Confirmation.Confirmed, Words(light.Confirmation), light.Changed);

    /// <summary>The views of many lights, in their order.</summary>
    public static LightView[] Of(IReadOnlyList<Light> lights) => [.. lights.Select(Of)];

    private static string Words(Confirmation confirmation) => confirmation switch
    {
        Devices.Confirmation.Pending => "pending",
        Devices.Confirmation.Confirmed => "confirmed",
        Devices.Confirmation.Unconfirmed => "unconfirmed",
        Devices.Confirmation.Sent => "sent",
        _ => "unknown",
    };
}

/// <summary>What a light can do.</summary>
public sealed record CapabilitiesView(bool Brightness, IReadOnlyList<string> ColorModes, ColorTempView? ColorTemp, IReadOnlyList<string> Effects)
{
    private static readonly ConditionalWeakTable<LightCapabilities, CapabilitiesView> Known = [];

    /// <summary>The view of capabilities, made once for each.</summary>
    public static CapabilitiesView Of(LightCapabilities capabilities) => Known.GetValue(capabilities, static c => new CapabilitiesView(
        c.Brightness, [.. c.ColorModes.Select(LightStateJsonConverter.NameOf)],
        c.ColorTemp is { } t ? new ColorTempView(t.Min, t.Max) : null, c.Effects));
}

/// <summary>A range in mireds.</summary>
public sealed record ColorTempView(int Min, int Max);

/// <summary>A light that is gone, as an event.</summary>
public sealed record RemovedLightView(string Id, bool Removed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LightView))]
[JsonSerializable(typeof(LightView[]))]
[JsonSerializable(typeof(RemovedLightView))]
[JsonSerializable(typeof(LightState))]
internal sealed partial class LightsJson : JsonSerializerContext;
