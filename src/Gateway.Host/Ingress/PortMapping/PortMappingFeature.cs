using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>The way in through a router that opens ports for its devices.</summary>
internal static class PortMappingFeature
{
    public static void AddPortMapping(this IServiceCollection services)
    {
        services.AddSingleton<MappingMemory>();
        services.AddSingleton<NextRouter>();
        services.AddSingleton<FindNextRouter>(p => p.GetRequiredService<NextRouter>().FindAsync);
        services.AddSingleton<PortMapper>();
        services.AddSingleton<KeepMapping>(p => p.GetRequiredService<PortMapper>().KeepAsync);
        services.AddSingleton<IIngress, PortMapIngress>();
        services.AddSingleton<RouterMappings>();
        services.AddSingleton<ListRouterMappings>(p => p.GetRequiredService<RouterMappings>().ListAsync);
    }
}
