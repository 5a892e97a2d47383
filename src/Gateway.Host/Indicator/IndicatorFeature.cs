using Gateway.Devices;
using Gateway.Host.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Host.Indicator;

/// <summary>The status LED.</summary>
internal static class IndicatorFeature
{
    public static void AddIndicator(this IServiceCollection services)
    {
        services.TryAddSingleton(new Hardware());
        services.TryAddSingleton(OwnProgram.Current);
        services.AddHostedService(p => Create(p.GetRequiredService<SettingsStore>().Current, p.GetRequiredService<StatusStore>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<StatusLed>>(), p.GetRequiredService<Hardware>(), p.GetRequiredService<OwnProgram>()));
    }

    /// <summary>The LED that the settings name, showing what <paramref name="status"/> says.</summary>
    public static StatusLed Create(Settings settings, StatusStore status, TimeProvider time, ILogger<StatusLed> logger, Hardware? hardware = null, OwnProgram? program = null)
    {
        hardware ??= new Hardware();
        var output = IndicatorSettings.OutputIn(settings, hardware);
        return new StatusLed(status, cancel => LedOutputs.OpenAsync(output, hardware, program ?? OwnProgram.Current, time, logger, cancel), output, time, logger);
    }
}
