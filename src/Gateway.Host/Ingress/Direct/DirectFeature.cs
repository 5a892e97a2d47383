using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Ingress.Direct;

/// <summary>The way in without a detour: a public address of this machine's own.</summary>
internal static class DirectFeature
{
    public static void AddDirect(this IServiceCollection services)
    {
        services.AddSingleton<KeepMapping>(p => p.GetRequiredService<PortMapper>().KeepAsync);
        services.AddSingleton<IIngress, Ipv6Ingress>();
    }
}
