using Gateway.Host.Core;
using Gateway.Host.Reachability.AtHome;
using Gateway.Host.Reachability.Beacon;
using Gateway.Host.Reachability.DialBack;
using Gateway.Host.Reachability.Friends;
using Gateway.Host.Reachability.Phone;

namespace Gateway.Host.Reachability;

/// <summary>Whether and how this gateway can be reached from outside: evidence is gathered, judged, shown. docs/reachability.md has the model.</summary>
internal static class ReachabilityFeature
{
    public static void AddReachability(this IServiceCollection services)
    {
        services.AddSingleton<Challenges>();
        services.AddSingleton<Look>();
        services.AddSingleton<Vantages>();
        services.AddSingleton<VantageWatch>();
        services.AddSingleton<ReachabilityJudge>();
        services.AddSingleton<ReachabilityHistory>();
        services.AddSingleton<InternetProbe>();
        services.AddSingleton<AskInternet>(p => p.GetRequiredService<InternetProbe>().AskAsync);
        services.AddHostedService<ClockWatch>();
        services.AddHostedService<DiskWatch>();
        services.AddHostedService<InternetWatch>();
        services.AddHostedService(p => p.GetRequiredService<ReachabilityHistory>());
        services.AddHostedService<ReachabilityEvents>();
        services.AddHostedService<SshVantages>();
        services.AddSingleton<SshKnock>();
        services.AddSingleton<KnockFromOutside>(p => p.GetRequiredService<SshKnock>().KnockAsync);
        services.AddSingleton<ResolveName>(NameResolution.BySystemAsync);
        services.AddHostedService<RoundVantage>();
        services.AddHostedService<HomeWatch>();
        services.AddHostedService<BeaconVantages>();
        services.AddSingleton(DialPorts.Agreed);
        services.AddSingleton(p => new OwnNetworks(p.GetRequiredService<StatusStore>()));
        services.AddSingleton<Dialler>();
        services.AddSingleton<OutsideControls>();
        services.AddFriends();
        services.AddPhone();
        services.AddHostedService(p => p.GetRequiredService<VantageWatch>());
        services.AddHostedService(p => p.GetRequiredService<ReachabilityJudge>());
        services.AddJson(ReachabilityJson.Default);
    }

    public static void MapReachability(this IEndpointRouteBuilder app)
    {
        app.MapChallenge();
        app.MapReport();
        app.MapFriends();
        app.MapFriendDoor();
        app.MapPhone();
    }
}
