using Gateway.Host.Core;

namespace Gateway.Host.Network;

/// <summary>Knows the interfaces, addresses and routes of this machine.</summary>
internal static class NetworkFeature
{
    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(AddressScopes.TreatAsPublic, SettingKind.TextList, "Reserved networks that count as public here, such as documentation ranges: `203.0.113.0/24`.")
            { Default = Array.Empty<string>(), Live = true, Check = SettingChecks.Each(SettingChecks.Network) },
    ];

    public static void AddNetwork(this IServiceCollection services) => services.AddHostedService<NetworkWatch>();
}
