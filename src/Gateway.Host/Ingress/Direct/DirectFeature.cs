using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Direct;

/// <summary>The way in without a detour: a public address of this machine's own, or of an interface that somebody has set up.</summary>
internal static class DirectFeature
{
    public static void AddDirect(this IServiceCollection services, Settings settings)
    {
        if (settings.Text(DirectSettings.Ipv6Interface) is { } own) Add(services, Ipv6Ingress.Name, own);
        else services.AddSingleton<IIngress, Ipv6Ingress>();
        if (settings.Text(AddressScopes.TeredoInterface) is { } teredo) Add(services, InterfaceIngress.TeredoWay, teredo);
    }

    private static void Add(IServiceCollection services, string way, string name) => services.AddSingleton<IIngress>(p =>
        new InterfaceIngress(way, name, p.GetRequiredService<StatusStore>(), p.GetRequiredService<SettingsStore>(), p.GetRequiredService<AddressScopes>()));
}
