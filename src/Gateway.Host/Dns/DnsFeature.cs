using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns.Providers;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>Published address = true address: keeps every name of this gateway saying where it can be reached, and looks whether it does.</summary>
internal static class DnsFeature
{
    public static void AddDns(this IServiceCollection services)
    {
        services.AddSingleton<DnsClient>();
        services.AddSingleton(p => new SystemResolver(p.GetRequiredService<DnsClient>()));
        services.AddSingleton(p => new ResolversMemory(p.GetRequiredService<DnsClient>(), p.GetRequiredService<SystemResolver>()));
        services.AddSingleton<AskNetworkResolver>(p => p.GetRequiredService<SystemResolver>().AddressesAsync);
        services.AddSingleton<AskResolvers>(p => p.GetRequiredService<ResolversMemory>().AskAsync);
        services.AddSingleton(p => new NameServers(p.GetRequiredService<SystemResolver>()));
        services.AddSingleton<WayOut>();
        services.AddSingleton<ProviderHttp>();
        services.AddSingleton<SentStore>();
        services.AddSingleton<PlanStore>();
        services.AddSingleton<ChallengeStore>();
        services.AddSingleton<ChallengeRecords>();
        services.AddHostedService(p => p.GetRequiredService<ChallengeRecords>());
        services.AddSingleton<CanPublishText>(p => p.GetRequiredService<ChallengeRecords>().CanPublish);
        services.AddSingleton<PublishText>(p => p.GetRequiredService<ChallengeRecords>().PublishAsync);
        services.AddSingleton<IssuanceBindingStore>();
        services.AddSingleton<IssuanceBinding>();
        services.AddSingleton<BindIssuance>(p => p.GetRequiredService<IssuanceBinding>().BindAsync);
        services.AddSingleton<NameKeeperFactory>();
        services.AddHostedService<DnsService>();
    }
}

/// <summary>Makes what keeps one name.</summary>
internal sealed class NameKeeperFactory(ProviderHttp http, PlanStore plans, SentStore store, StatusStore status, WayOut wayOut, DnsClient client, NameServers servers, AddressScopes scopes, TimeProvider time, ILoggerFactory loggers)
{
    public NameKeeper Make(NameOptions name, Action changed)
    {
        var provider = http.ProviderOf(name);
        Bell toPublisher = new(time), toWatch = new(time);
        var record = new NameRecord(name, provider.TakesUpTo, time, changed);
        var publisher = new NamePublisher(name, provider, plans, record, store, status, wayOut, AskAsync, toPublisher, toWatch, time, loggers.CreateLogger<NamePublisher>());
        var watch = new NameWatch(name, plans, record, client, servers, wayOut, scopes, toWatch, toPublisher, time, loggers.CreateLogger<NameWatch>());
        return new NameKeeper(name, plans, record, publisher, watch, [toPublisher, toWatch, new(time)]);

        async Task<bool> AskAsync(CancellationToken cancellationToken) => (await NameCheck.AskAsync(client, name.Name, record.Search!, cancellationToken)).IsAnswered;
    }

    /// <summary>What a name's provider was last told, where that is known.</summary>
    public AddressPair LastSent(NameOptions name) => store.Read(name).Addresses is var sent ? new AddressPair(sent.V4.Address, sent.V6.Address) : default;
}

/// <summary>One name: who publishes it and who watches it.</summary>
internal sealed class NameKeeper(NameOptions name, PlanStore plans, NameRecord record, NamePublisher publisher, NameWatch watch, IReadOnlyList<Bell> bells) : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;

    public NameOptions Name => name;

    public NameFacts Facts => record.Facts;

    public void Start() => _running = Task.WhenAll(publisher.RunAsync(_end.Token), watch.RunAsync(_end.Token), ShowAsync(bells[^1], _end.Token));

    /// <summary>The plan or the network is another.</summary>
    public void Wake()
    {
        foreach (var bell in bells) bell.Ring();
    }

    /// <summary>What is wanted shows at once, however long a provider takes.</summary>
    private async Task ShowAsync(Bell bell, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            record.Planned(plans.Current);
            await bell.WaitAsync(null, cancellationToken);
        }
    }

    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _end.Dispose();
}

/// <summary>Keeps as many names as the settings have, from one change of them to the next, and puts the facts of all into the status.</summary>
internal sealed class DnsService(NameKeeperFactory factory, PlanStore plans, SettingsStore settings, StatusStore status, TimeProvider time, ILogger<DnsService> logger) : BackgroundService
{
    private readonly Bell _settings = new(time);
    private volatile NameKeeper[] _keepers = [];

    /// <summary>The plan is there before anybody else reports anything.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var last = NameSettings.Read(settings.Current).Select(factory.LastSent).FirstOrDefault(a => a != default);
        plans.Start(PublishPlan.Restored(last), () => Array.ForEach(_keepers, k => k.Wake()));
        settings.OnChange(_ => _settings.Ring());
        status.OnChange((before, after) => { if (before.Clock.IsSynchronised != after.Clock.IsSynchronised) Array.ForEach(_keepers, k => k.Wake()); });
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await time.RepeatAsync(async cancel =>
        {
            await FollowAsync(NameSettings.Read(settings.Current));
            await _settings.WaitAsync(null, cancel);
        }, TimeSpan.FromMinutes(1), e => logger.LogError(e, "The names could not be taken from the settings; they are tried again"), stoppingToken);
        await Task.WhenAll(_keepers.Select(k => k.StopAsync()));
    }

    /// <summary>Those whose settings are the same go on undisturbed.</summary>
    private async Task FollowAsync(IReadOnlyList<NameOptions> names)
    {
        var before = _keepers;
        var gone = before.Where(k => !names.Contains(k.Name)).ToArray();
        await Task.WhenAll(gone.Select(k => k.StopAsync()));
        foreach (var keeper in gone) keeper.Dispose();
        _keepers = [.. names.Select(n => Array.Find(before, k => k.Name.Equals(n)) ?? factory.Make(n, Publish))];
        Publish();
        foreach (var keeper in _keepers.Except(before)) keeper.Start();
    }

    /// <summary>Never throws: an observer's mistake is not the loops'.</summary>
    private void Publish()
    {
        NameFacts[] Facts() => [.. _keepers.Select(k => k.Facts)];
        try { status.Update(s => Facts() is var facts && s.Names.SequenceEqual(facts) ? s : s with { Names = facts }); }
        catch (Exception e) { logger.LogError(e, "What is known of the names was not taken up by everybody"); }
    }
}
