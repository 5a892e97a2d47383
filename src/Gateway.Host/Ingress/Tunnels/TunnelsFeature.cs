using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The ways in by somebody who can be reached and hands visitors on.</summary>
internal static class TunnelsFeature
{
    public static void AddTunnels(this IServiceCollection services, Settings settings)
    {
        services.AddSingleton<TunnelListeners>();
        foreach (var server in Servers(settings))
            Add(services, p => new SshTunnel(server, (int)settings.Integer(IngressSettings.ExternalPort)!, p.GetRequiredService<StatusStore>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IIngress>(p => new LentIngress(p.GetRequiredService<LenderChoice>(), lender => Keep(p, new LentTunnel(lender, p.GetRequiredService<DialLender>(), p.GetRequiredService<TimeProvider>()))));
        foreach (var kind in Kinds(settings)) Add(services, p => kind(p.GetRequiredService<TimeProvider>()));
    }

    /// <summary>The ways that need a door of their own.</summary>
    public static IEnumerable<ListenerRole> Doors(Settings settings) =>
    [
        .. Servers(settings).Select(s => new ListenerRole(s.Way)),
        .. IngressSettings.Place(settings, LentTunnel.Name) >= 0 ? [new ListenerRole(LentTunnel.Name) { ReadsProxyHeader = true }] : Array.Empty<ListenerRole>(),
        .. Kinds(settings).Select(make => make(TimeProvider.System)).Select(t => new ListenerRole(t.Way) { IsReadable = t.IsReadable, SaysWhoComes = t.SaysWhoComes }),
    ];

    private static IEnumerable<SshServer> Servers(Settings settings) => SshServer.Of(settings).Where(s => IngressSettings.Place(settings, s.Way) >= 0);

    private static IEnumerable<Func<TimeProvider, ITunnel>> Kinds(Settings settings) => [.. TunnelKinds.Of(settings), .. SshServices.Of(settings)];

    private static void Add(IServiceCollection services, Func<IServiceProvider, ITunnel> tunnel) => services.AddSingleton<IIngress>(p => Keep(p, tunnel(p)));

    private static TunnelIngress Keep(IServiceProvider services, ITunnel tunnel) => new(tunnel,
        services.GetRequiredService<TunnelListeners>(), services.GetRequiredService<StatusStore>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<TunnelIngress>>());
}
