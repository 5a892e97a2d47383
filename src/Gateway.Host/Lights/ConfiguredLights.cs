using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>Where the kernel names this boot of the machine, so that power-on behaviour comes once a boot and not with each restart of the service.</summary>
internal sealed record MachineBoot(string Path)
{
    /// <summary>The boot's id, or null when nobody knows.</summary>
    public string? Id()
    {
        try { return File.ReadAllText(Path).Trim(); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}

/// <summary>Keeps the registry's own lights as the configuration says: at the start, and whenever it changes. Only lights whose settings changed are touched.</summary>
internal sealed class ConfiguredLights(
    LightRegistry registry, LightStates states, SettingsStore settings, Hardware hardware, MqttConfiguredLights broker, MachineBoot boot, TimeProvider time, ILogger<ConfiguredLights> logger)
    : IHostedService, IDisposable
{
    /// <summary>A driver that takes longer to start does so behind the scenes.</summary>
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, LightOptions> _configured = new(StringComparer.Ordinal);
    private IDisposable? _subscription;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = registry.Subscribe(states.Note);
        await ApplyAsync(settings.Current, states.IsNewBoot(boot.Id()));
        settings.OnChange(changed => _ = ReloadAsync(changed));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _subscription?.Dispose();
        _gate.Dispose();
    }

    private async Task ReloadAsync(Settings changed)
    {
        try { await ApplyAsync(changed, isNewBoot: false); }
        catch (Exception e) { logger.LogError(e, "The changed lights could not be taken up"); }
    }

    private async Task ApplyAsync(Settings changed, bool isNewBoot)
    {
        await _gate.WaitAsync();
        try
        {
            var wanted = LightOptions.All(changed).Concat(changed.IsDemonstration ? DemonstrationHome.Lights : []).DistinctBy(o => o.Id, StringComparer.Ordinal)
                .ToDictionary(o => o.Id, StringComparer.Ordinal);
            // What goes lets go of its pins before what comes may want them.
            var gone = _configured.Keys.Where(id => !wanted.ContainsKey(id)).ToArray();
            await Task.WhenAll(gone.Select(registry.RemoveAsync));
            foreach (var id in gone) _configured.Remove(id);
            var started = Task.WhenAll(wanted.Values.Where(o => _configured.GetValueOrDefault(o.Id) != o).ToArray().Select(o => TakeUpAsync(o, isNewBoot)));
            try { await started.WaitAsync(StartWithin, time); }
            catch (TimeoutException) { } // it goes on; the light takes wishes meanwhile
        }
        finally { _gate.Release(); }
    }

    private Task TakeUpAsync(LightOptions options, bool isNewBoot)
    {
        var before = _configured.ContainsKey(options.Id) ? registry.Find(options.Id) : null;
        _configured[options.Id] = options;
        var (desired, reported) = before is null ? states.Last(options.Id) : (before.Desired, before.Reported);
        var driver = options.Build(hardware, broker, time);
        desired = desired is null ? null : driver.Capabilities.Share(desired); // it may have been another kind of light
        var added = registry.AddAsync(options.Id, options.Name, options.Room, options.Driver, driver, desired, reported);
        var wish = !isNewBoot || options.PowerOn == PowerOn.Last ? desired : (desired ?? LightState.Unknown) with { On = options.PowerOn == PowerOn.On };
        if (wish?.On is not null) registry.Command(options.Id, wish);
        return added;
    }
}
