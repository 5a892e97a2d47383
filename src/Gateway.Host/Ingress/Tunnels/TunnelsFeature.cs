using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The ways in by somebody who can be reached and hands visitors on.</summary>
internal static class TunnelsFeature
{
    public static void AddTunnels(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<TunnelListeners>();
        foreach (var server in SshServer.Of(settings).Where(s => IngressSettings.Place(settings, s.Way) >= 0))
            Add(services, p => new SshTunnel(server, (int)settings.Integer(IngressSettings.ExternalPort)!, p.GetRequiredService<StatusStore>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IIngress>(p => new LentIngress(p.GetRequiredService<LenderChoice>(), lender => Keep(p, new LentTunnel(lender, p.GetRequiredService<DialLender>(), p.GetRequiredService<TimeProvider>()))));
        for (var i = 0; i < TunnelKinds.Of(settings, TimeProvider.System).Count(); i++)
        {
            var place = i;
            Add(services, p => TunnelKinds.Of(settings, p.GetRequiredService<TimeProvider>()).ElementAt(place));
        }
    }

    /// <summary>The ways that need a door of their own.</summary>
    public static IEnumerable<ListenerRole> Doors(Settings settings) => SshServer.Of(settings).Select(s => s.Way).Append(LentTunnel.Name).Where(w => IngressSettings.Place(settings, w) >= 0).Select(w => new ListenerRole(w) { ReadsProxyHeader = w == LentTunnel.Name })
        .Concat(TunnelKinds.Of(settings, TimeProvider.System).Select(t => new ListenerRole(t.Way) { IsReadable = t.IsReadable, SaysWhoComes = t.SaysWhoComes }));

    private static void Add(IServiceCollection services, Func<IServiceProvider, ITunnel> tunnel) => services.AddSingleton<IIngress>(p => Keep(p, tunnel(p)));

    private static TunnelIngress Keep(IServiceProvider services, ITunnel tunnel) => new(tunnel,
        services.GetRequiredService<TunnelListeners>(), services.GetRequiredService<StatusStore>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<TunnelIngress>>());
}
