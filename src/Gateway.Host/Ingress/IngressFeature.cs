using Gateway.Host.Core;
using Gateway.Host.Ingress.Direct;
using Gateway.Host.Ingress.PortMapping;
using Gateway.Host.Ingress.Tunnels;

namespace Gateway.Host.Ingress;

/// <summary>Every way in. Each adds itself as an <see cref="IIngress"/>; the supervisor runs what the owner wants.</summary>
internal static class IngressFeature
{
    public static void AddIngress(this IServiceCollection services, Settings settings)
    {
        services.AddDirect(settings);
        services.AddPortMapping();
        services.AddTunnels(settings);
        services.AddHostedService<IngressSupervisor>();
    }
}
