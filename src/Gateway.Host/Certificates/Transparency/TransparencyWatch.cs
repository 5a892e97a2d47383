using Gateway.Host.Core;

namespace Gateway.Host.Certificates.Transparency;

/// <summary>How often a monitor is asked about a name; all of it is stretched or shortened a little by chance.</summary>
/// <param name="First">After a name is there for the first time.</param>
/// <param name="Usual">In peace.</param>
/// <param name="Alarmed">While a foreign certificate is known, and where there was more than a turn may read.</param>
/// <param name="Failed">After the first failure; then doubled up to <paramref name="Usual"/>.</param>
internal sealed record TransparencyPace(TimeSpan First, TimeSpan Usual, TimeSpan Alarmed, TimeSpan Failed)
{
    public static TransparencyPace Agreed { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromHours(6), TimeSpan.FromHours(1), TimeSpan.FromMinutes(5));
}

/// <summary>
/// Looks whether somebody else has a certificate for a name of this gateway. Whoever the name leads to, such as a relay, can get one, and read along; the public logs of certificates
/// (RFC 9162) show it. Asks nobody in the demonstration home, without an owner, without a clock that is set, or before the name leads anywhere.
/// </summary>
internal sealed class TransparencyWatch(TransparencyStore store, MonitorClient client, TransparencyPace pace, SettingsStore settings, StatusStore status, TimeProvider time, ILogger<TransparencyWatch> logger) : BackgroundService
{
    /// <summary>Of a name in one turn: monitors let strangers ask a few times an hour.</summary>
    public const int MostPages = 5;

    /// <summary>After so long without an answer the doctor says so.</summary>
    public static readonly TimeSpan Worrying = TimeSpan.FromDays(3);

    /// <summary>The longest that a monitor's wish to be left alone is heard.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1), ShortestWait = TimeSpan.FromMilliseconds(100);

    private readonly Bell _bell = new(time);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        settings.OnChange(_ => _bell.Ring());
        status.OnChange((before, after) =>
        {
            if (before.IsClaimed != after.IsClaimed || before.Clock.IsSynchronised != after.Clock.IsSynchronised || before.Internet.Answers != after.Internet.Answers
                || before.Certificate?.KeyFingerprint != after.Certificate?.KeyFingerprint || before.Names.Count(Leads) != after.Names.Count(Leads)) _bell.Ring();
        });
        return base.StartAsync(cancellationToken);
    }

    /// <summary>The owner knows more than before.</summary>
    public void LookAgain() => _bell.Ring();

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        time.RepeatAsync(TurnAsync, TimeSpan.FromMinutes(10), e => logger.LogError(e, "Looking for foreign certificates failed; it is tried again"), stoppingToken);

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var next = LongestWait;
        var now = settings.Current;
        // A key that was served was ours, whoever vouched for it.
        if (status.Current.Certificate is { } served && status.Current.Clock.IsSynchronised == true && !store.Keys().GetValueOrDefault(served.KeyFingerprint)) store.Serves(served.KeyFingerprint, time.GetUtcNow());
        if (status.Current.Clock.IsSynchronised == true && IsOwned(now))
        {
            foreach (var name in NamesOf(now))
            {
                var watched = Begun(name, now.Text(TransparencySettings.Monitor)!);
                if (!MayAsk(name, watched)) continue;
                if (watched.Next - time.GetUtcNow() is { Ticks: > 0 } wait && wait <= LongestRest) next = wait < next ? wait : next;
                else
                {
                    await AskAsync(watched, cancellationToken);
                    next = TimeSpan.Zero; // what follows is seen by looking again
                }
            }
        }
        Tell(IsOwned(now));
        await _bell.WaitAsync(next > ShortestWait ? next : ShortestWait, cancellationToken);
    }

    private bool IsOwned(Settings now) => now is { IsDemonstration: false } && Listeners.ServesHttps(now) && status.Current.IsClaimed;

    /// <summary>Before a name leads anywhere nobody can get a certificate by standing there.</summary>
    private bool MayAsk(string name, Watched watched) => watched.Monitor.Length > 0 && status.Current is { Internet.Answers: not false } s
        && (s.Certificate is { IsSelfSigned: false } || s.Names.Any(n => n.Name == name && Leads(n)));

    private static bool Leads(NameFacts name) => (name.V4.Published ?? name.V6.Published) is not null;

    private static IEnumerable<string> NamesOf(Settings now) => PublicNames.Of(now).Select(n => n.Name).Distinct(StringComparer.Ordinal);

    /// <summary>From the first moment at which it is known, whether or not anybody can be asked yet. Another monitor is read from the beginning.</summary>
    private Watched Begun(string name, string monitor)
    {
        var known = store.Of(name);
        if (known?.Monitor == monitor) return known;
        var (now, first) = (time.GetUtcNow(), Around(pace.First));
        var begun = new Watched(name, known?.Since ?? now, monitor, "", null, now + first, 0, "");
        store.Write(begun, []);
        return begun;
    }

    private async Task AskAsync(Watched watched, CancellationToken cancellationToken)
    {
        try
        {
            for (var page = 1; ; page++)
            {
                var found = await client.PageAsync(new Uri(watched.Monitor), watched.Name, watched.After, cancellationToken);
                var now = time.GetUtcNow();
                if (found.Count > 0 && found[^1].Id == watched.After) throw new MonitorException($"{new Uri(watched.Monitor).Host} tells the same again and again.");
                var (isEnd, judge) = (found.Count == 0, Judged(store.Keys(), watched));
                watched = watched with { After = isEnd ? watched.After : found[^1].Id, Read = isEnd ? now : watched.Read, Failures = 0, Words = "" };
                var isPeace = isEnd && store.Certificates(watched.Name).All(c => judge(c) != LoggedKind.Foreign);
                store.Write(watched with { Next = now + Around(isPeace ? pace.Usual : pace.Alarmed) }, [.. found.Where(f => judge(f) is not (LoggedKind.Unrelated or LoggedKind.Own or LoggedKind.Ended))]);
                if (isEnd || page == MostPages) return;
            }
        }
        catch (MonitorException e)
        {
            if (watched.Words != e.Message) logger.LogInformation("Whether others have certificates for {Name} was not told; it is asked again. {Words}", watched.Name, e.Message);
            var rest = Backoff.After(watched.Failures + 1, pace.Failed, pace.Usual, Random.Shared.NextDouble());
            if (e.RetryAfter is { } wish && wish > rest) rest = wish < LongestRest ? wish : LongestRest;
            store.Write(watched with { Failures = watched.Failures + 1, Words = e.Message, Next = time.GetUtcNow() + rest }, []);
        }
    }

    /// <summary>What a certificate means now, by what is known.</summary>
    private Func<LoggedCertificate, LoggedKind> Judged(IReadOnlyDictionary<string, bool> keys, Watched watched)
    {
        var now = time.GetUtcNow();
        return c => TransparencyPolicy.Judge(c, watched.Name, k => keys.GetValueOrDefault(k), keys.ContainsKey, watched.Since, now);
    }

    /// <summary>Everything that the logs have for the names of now, and what it means.</summary>
    public IReadOnlyList<(Watched Watched, IReadOnlyList<(LoggedCertificate Certificate, LoggedKind Kind)> Found)> All()
    {
        var keys = store.Keys();
        return [.. NamesOf(settings.Current).Select(store.Of).OfType<Watched>().Select(w => Judged(keys, w) is var judge ? (w, (IReadOnlyList<(LoggedCertificate, LoggedKind)>)[.. store.Certificates(w.Name).Select(c => (c, judge(c)))]) : default)];
    }

    /// <summary>Also while the clock is not set: an alarm does not end by that.</summary>
    private void Tell(bool isOwned)
    {
        var all = isOwned ? All() : [];
        ForeignCertificate[] foreign = [.. all.SelectMany(a => a.Found.Where(f => f.Kind == LoggedKind.Foreign).Select(f => new ForeignCertificate(a.Watched.Name, f.Certificate.KeyFingerprint, f.Certificate.Issuer, string.Join(", ", f.Certificate.Names), f.Certificate.From, f.Certificate.Until)))];
        var problem = all.Where(a => a.Watched is { Failures: > 0, Monitor.Length: > 0 } w && time.GetUtcNow() - (w.Read ?? w.Since) > Worrying)
            .Select(a => $"Whether somebody else has a certificate for {a.Watched.Name} has not been told since {(a.Watched.Read ?? a.Watched.Since).UtcDateTime:d MMMM}. {a.Watched.Words}").FirstOrDefault();
        var before = status.Current.Transparency;
        foreach (var f in foreign.Except(before.Foreign)) logger.LogWarning("{Issuer} issued a certificate for {Names} whose key {Key} is not this gateway's", f.Issuer, f.Names, f.KeyFingerprint);
        if (before.Problem == problem && before.Foreign.SequenceEqual(foreign)) return;
        status.Update(s => s with { Transparency = new TransparencyFacts(foreign, problem) });
    }

    private static TimeSpan Around(TimeSpan span) => span * (0.75 + Random.Shared.NextDouble() / 2);
}
