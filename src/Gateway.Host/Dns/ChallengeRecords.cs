using Gateway.Host.Core;
using Gateway.Host.Dns.Providers;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>
/// TXT records for a certificate authority: set, seen at every authoritative server, used, taken out. What is left behind by a crash or by a provider that failed is taken out
/// later. One at a time: DuckDNS has one text for a name and all below it.
/// </summary>
internal sealed class ChallengeRecords(ProviderHttp http, SettingsStore settings, ChallengeStore store, DnsClient client, NameServers servers, TimeProvider time, ILogger<ChallengeRecords> logger) : BackgroundService
{
    /// <summary>Resolvers of authorities forget an earlier text within so long, whatever its TTL: other clients of DuckDNS wait as long between two texts.</summary>
    private static readonly TimeSpan RememberedAtMost = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestPatience = TimeSpan.FromMinutes(1), FirstPause = TimeSpan.FromSeconds(10), LongestPause = TimeSpan.FromHours(1), ForGoodbye = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _one = new(1);
    private readonly Bell _leftOver = new(time);
    private readonly Dictionary<string, long> _rememberedUntil = new(StringComparer.Ordinal);
    private readonly TextCheck _check = new(client, servers, time);
    private int _failures;

    /// <inheritdoc cref="CanPublishText"/>
    public bool CanPublish(string name) => NameSettings.Find(settings.Current, name) is { Provider: not DynDns2.Key };

    /// <inheritdoc cref="PublishText"/>
    public async Task<TextReply> PublishAsync(string name, string value, Func<CancellationToken, Task> meanwhile, CancellationToken cancellationToken)
    {
        if (NameSettings.Find(settings.Current, name) is not { } options) return new TextReply(TextOutcome.Refused, $"{name} is no name of this gateway.");
        if (options.Token is null) return new TextReply(TextOutcome.Refused, $"There is no token for {name} yet: set \"{options.Key}.token\".");
        await _one.WaitAsync(cancellationToken);
        try { return await PublishAsync(options, http.ProviderOf(options), value, meanwhile, cancellationToken); }
        finally { _one.Release(); }
    }

    private async Task<TextReply> PublishAsync(NameOptions name, INameProvider provider, string value, Func<CancellationToken, Task> meanwhile, CancellationToken cancellationToken)
    {
        store.Add(name.Name, value);
        var isRefused = false;
        try
        {
            var set = await provider.SetTextAsync(name, value, cancellationToken);
            isRefused = set.Outcome is ProviderOutcome.NotPossible or ProviderOutcome.Refused;
            if (set.Outcome != ProviderOutcome.Done)
                return new TextReply(set.Outcome switch { ProviderOutcome.NotPossible => TextOutcome.NotPossible, ProviderOutcome.Refused when !set.IsAmbiguous => TextOutcome.Refused, _ => TextOutcome.Failed }, set.Words);
            var patience = TimeSpan.FromTicks(Math.Max(2 * provider.TakesUpTo.Ticks, ShortestPatience.Ticks));
            var (ttl, problem) = await _check.AgreeAsync(name, value, patience, cancellationToken);
            if (problem is not null) return new TextReply(TextOutcome.Failed, problem);
            if (_rememberedUntil.TryGetValue(name.Name, out var until) && time.Until(until) is { Ticks: > 0 } wait) await Task.Delay(wait, time, cancellationToken);
            try { await meanwhile(cancellationToken); }
            finally { _rememberedUntil[name.Name] = time.After(time.GetTimestamp(), ttl < RememberedAtMost ? ttl : RememberedAtMost); }
            return new TextReply(TextOutcome.Done, "");
        }
        finally
        {
            if (isRefused) store.Remove(name.Name, value);
            else await GoodbyeAsync(name, provider, value, cancellationToken);
        }
    }

    /// <summary>Also when the gateway stops, as far as there is time.</summary>
    private async Task GoodbyeAsync(NameOptions name, INameProvider provider, string value, CancellationToken cancellationToken)
    {
        using var goodbye = new CancellationTokenSource(ForGoodbye, time);
        try
        {
            if (await ClearAsync(name, provider, value, cancellationToken.IsCancellationRequested ? goodbye.Token : cancellationToken)) return;
        }
        catch (OperationCanceledException) { }
        _leftOver.Ring();
    }

    private async Task<bool> ClearAsync(NameOptions name, INameProvider provider, string value, CancellationToken cancellationToken)
    {
        var reply = await provider.ClearTextAsync(name, value, cancellationToken);
        // A refusal with a reason is for good: the record is another's, or nobody's.
        var isOver = reply.Outcome is ProviderOutcome.Done or ProviderOutcome.NotPossible || reply is { Outcome: ProviderOutcome.Refused, IsAmbiguous: false };
        if (isOver) store.Remove(name.Name, value);
        else logger.LogWarning("The text of a certificate authority under {Name} could not be taken out; it is tried again. {Words}", name.Name, reply.Words);
        return isOver;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        time.RepeatAsync(TurnAsync, LongestPause, e => logger.LogError(e, "Texts that were left behind could not be taken out; it is tried again"), stoppingToken);

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var isClean = true;
        await _one.WaitAsync(cancellationToken);
        try
        {
            foreach (var (name, value) in store.All)
            {
                // A name that is not ours any more has no token either.
                if (NameSettings.Find(settings.Current, name) is not { Token: not null } options) store.Remove(name, value);
                else isClean &= await ClearAsync(options, http.ProviderOf(options), value, cancellationToken);
            }
        }
        finally { _one.Release(); }
        _failures = isClean ? 0 : _failures + 1;
        await _leftOver.WaitAsync(isClean ? null : Backoff.After(_failures, FirstPause, LongestPause, Random.Shared.NextDouble()), cancellationToken);
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }
}
