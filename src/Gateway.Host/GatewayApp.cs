using Gateway.Host.Access;
using Gateway.Host.Broker;
using Gateway.Host.Certificates;
using Gateway.Host.Certificates.Transparency;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.ApiDescription;
using Gateway.Host.Doctor;
using Gateway.Host.Events;
using Gateway.Host.Health;
using Gateway.Host.Indicator;
using Gateway.Host.Ingress;
using Gateway.Host.Ingress.Direct;
using Gateway.Host.Ingress.Tunnels;
using Gateway.Host.Lights;
using Gateway.Host.Network;
using Gateway.Host.Page;
using Gateway.Host.Systemd;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.Friends.Lending;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Serilog;

namespace Gateway.Host;

/// <summary>The whole gateway as one web application: what <c>gateway run</c> runs and what the tests start.</summary>
public static class GatewayApp
{
    /// <summary>Every key of the configuration. A feature adds its <see cref="SettingDefinition"/>s here, and its check across keys.</summary>
    public static SettingSchema Schema { get; } = new(
        [
            .. KnownSettings.Program,
            .. MqttSettings.Definitions,
            .. KnownSettings.Later,
            .. AccessSettings.Definitions,
            .. NetworkFeature.Definitions,
            .. IngressSettings.Definitions,
            .. DirectSettings.Definitions,
            .. TunnelKinds.Definitions,
            .. BrokerFeature.Definitions,
            .. NameSettings.Definitions,
            .. TransparencySettings.Definitions,
            .. AcmeSettings.Definitions,
            .. LightSettings.Definitions,
            .. IndicatorSettings.Definitions,
            .. SshServer.Definitions,
            .. SshServices.Definitions,
            .. ReachabilitySettings.Definitions,
            .. LendLimits.Definitions,
        ],
        [
            KnownSettings.Check,
            MqttSettings.Check,
            NameSettings.Check,
            LightSettings.Check,
            IndicatorSettings.CheckAll,
            SshServer.Check,
            TunnelKinds.Check,
            SshServices.Check,
        ]);

    /// <summary>Connections that are still open this long after the wish to stop are cut: systemd and the owner do not wait.</summary>
    public static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(4);

    /// <summary>Puts the gateway together; <paramref name="configure"/> lets tests put in a clock or fake hardware.</summary>
    public static WebApplication Build(LoadedConfiguration configuration, Action<IServiceCollection>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var settings = configuration.Settings;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSerilog((_, log) => Logging.Configure(log, settings));
        builder.WebHost.ConfigureKestrel(kestrel => Listeners.Configure(kestrel, settings));
        builder.Services.Configure<SocketTransportOptions>(Listeners.Configure);

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.Configure<HostOptions>(o => o.ShutdownTimeout = StopWithin);
        services.AddConfiguration(configuration);
        services.AddSingleton(p => new Database(Path.Combine(settings.Text("data.path")!, "gateway.db"), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<Database>>()));
        services.AddSingleton<ConnectionQuota>();
        services.AddSingleton<ArrivalPace>();
        services.AddSingleton<MemoryRelease>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<EventHub>();
        services.AddSingleton<StatusStore>();
        services.AddSingleton(p => new AddressScopes(p.GetRequiredService<SettingsStore>()));
        services.AddJson(HostJson.Default);
        services.AddIndicator(); // the first: it blinks while the others start
        services.AddSystemd();
        services.AddHealth();
        services.AddApiDescription();
        services.AddEvents();
        services.AddNetwork(); // before the others, who begin with what it finds
        services.AddAccess();
        services.AddCertificates();
        services.AddDns();
        services.AddBroker();
        services.AddLights();
        services.AddMqttLights();
        services.AddIngress(settings);
        services.AddDoctor();
        services.AddReachability();
        services.AddPage();
        services.AddProblems();
        configure?.Invoke(services);

        var app = builder.Build();
        app.Services.GetRequiredService<Database>(); // its errors before anything has started
        app.UseCertificates();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseStrictTransport();
        app.UseNotFoundPage();
        app.UseAccess();
        app.UseWebSockets();
        app.MapPage();
        app.MapApiDescription();
        app.MapHealth();
        app.MapAccess();
        app.MapSettings();
        app.MapTransparency();
        app.MapLights();
        app.MapBroker();
        app.MapEvents();
        app.MapDoctor();
        app.MapReachability();
        return app;
    }
}
