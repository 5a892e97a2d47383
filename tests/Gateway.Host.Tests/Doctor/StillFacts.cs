using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gateway.Host.Tests.Doctor;

/// <summary>A gateway whose status holds what the test puts in: who finds out facts by himself does not run, who only tells them does.</summary>
public static class StillFacts
{
    private static readonly string[] Finders = ["Network", "Ingress", "Dns", "Reachability"];
    private static readonly string[] Tellers = ["ReachabilityEvents", "ReachabilityHistory"];

    public static void KeepFactsStill(this IServiceCollection services) => services.KeepStill(Finders);

    /// <summary>These features' services do not run.</summary>
    public static void KeepStill(this IServiceCollection services, params string[] features)
    {
        foreach (var service in services.Where(s => s.ServiceType == typeof(IHostedService) && !Tellers.Contains(TypeOf(s)?.Name, StringComparer.Ordinal) && features.Any(f => TypeOf(s)?.Namespace?.StartsWith($"Gateway.Host.{f}", StringComparison.Ordinal) == true)).ToArray())
            services.Remove(service);
    }

    private static Type? TypeOf(ServiceDescriptor service) => service.ImplementationType ?? service.ImplementationFactory?.GetType().GenericTypeArguments[^1];
}
