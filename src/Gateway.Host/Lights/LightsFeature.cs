using Gateway.Devices;
using Gateway.Host.Core;
using Microsoft.AspNetCore.OpenApi;

namespace Gateway.Host.Lights;

/// <summary>The house's lights: from the configuration into the registry, from the registry to events and onto the disk.</summary>
internal static class LightsFeature
{
    public static void AddLights(this IServiceCollection services)
    {
        services.AddSingleton(new Hardware());
        services.AddSingleton(new MachineBoot("/proc/sys/kernel/random/boot_id"));
        services.AddSingleton<LightStates>();
        services.AddSingleton<LightRegistry>();
        services.AddHostedService<LightEvents>();
        services.AddHostedService<ConfiguredLights>();
        services.AddExceptionHandler<LightStateProblems>();
        services.Configure<OpenApiOptions>("v1", o => o.AddSchemaTransformer<LightStateSchema>());
        services.AddJson(LightsJson.Default);
    }
}
