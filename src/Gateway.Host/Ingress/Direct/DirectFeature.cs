using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Direct;

/// <summary>The way in without a detour: a public address of this machine's own.</summary>
internal static class DirectFeature
{
    public static void AddDirect(this IServiceCollection services)
    {
        services.AddSingleton<IIngress, Ipv6Ingress>();
    }
}
