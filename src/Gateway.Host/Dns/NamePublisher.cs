using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns.Providers;
using Microsoft.Data.Sqlite;

namespace Gateway.Host.Dns;

/// <summary>
/// Tells one name's provider what the plan wants: each family by itself, at once when it changes, again when it fails, and now and then although nothing has changed.
/// What only may have been told is on the disk before the request leaves.
/// </summary>
internal sealed class NamePublisher(NameOptions name, INameProvider provider, PlanStore plans, NameRecord record, SentStore store, StatusStore status, WayOut wayOut, Func<CancellationToken, Task<bool>> askServers, Bell bell, Bell watch, TimeProvider time, ILogger logger)
{
    /// <summary>How long a refusal for good stands before it is tried again; a sixth of it where the token was taken before.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromHours(6);

    /// <summary>A provider that took this token before and now says no without a reason is believed after so long.</summary>
    public static readonly TimeSpan Benefit = TimeSpan.FromHours(1);

    /// <summary>A record that an earlier life left, of which nobody knows what it says, is taken out after so long: ways in need their time after a start.</summary>
    public static readonly TimeSpan BeforeClearing = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>No more requests than this in a minute, whatever happens.</summary>
    private const int Burst = 15;

    private readonly Queue<long> _requests = new();
    private readonly Dictionary<IpFamily, Retry> _retries = AddressPair.Families.ToDictionary(f => f, _ => new Retry(time)), _repeats = AddressPair.Families.ToDictionary(f => f, _ => new Retry(time));
    private readonly Retry _detection = new(time);
    private readonly double _jitter = 0.95 + Random.Shared.NextDouble() / 10;
    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<IpFamily, long> _told = [];
    private readonly HashSet<IpFamily> _notWaitedFor = [];
    private SentState _sent = store.Read(name);
    private Cause? _cause = name.Token is null ? new Cause(NameProblem.Refused, $"There is no token for {name} yet: set \"{name.Key}.token\".") : null;
    private (PublishPlan Plan, int Network, bool IsClockRight)? _seen;
    private (IPAddress? Address, long Epoch, int Network, long At)? _detected;
    private long? _refusedSince, _restsSince;
    private int _refusals;

    private SentPair Sent => _sent.Addresses;

    /// <summary>Runs until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => time.RepeatAsync(TurnAsync, Retry.Longest, e => logger.LogError(e, "Publishing {Name} failed; it is tried again", name.Name), cancellationToken);

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var (plan, network, isClockRight) = (plans.Current, plans.NetworkChanges, status.Current.Clock.IsSynchronised == true);
        // A change is told at once, whatever went wrong before; so is one of the network or the clock, by which it may have gone wrong.
        if (_seen is not { } seen || seen.Network != network || isClockRight && !seen.IsClockRight || !seen.Plan.IsSameAs(plan)) foreach (var retry in _retries.Values.Append(_detection)) retry.Now();
        _seen = (plan, network, isClockRight);
        // It was told, gave no answer, and did it.
        foreach (var (f, retry) in _retries) if (retry.IsFailing && !Sent[f].IsKnown && record.Says(f, plan.Wanted[f])) Save(_sent with { Addresses = Sent.With(f, SentAddress.Of(plan.Wanted[f])) });
        var jobs = Jobs(plan, network, Sent).Select(j => (Job: j, Wait: Wait(j))).ToArray();
        foreach (var idle in _retries.Values.Append(_detection).Except(jobs.Where(j => j.Job.Kind != JobKind.Refresh || Age(j.Job.Family) >= RefreshAfter).Select(j => RetryOf(j.Job)))) idle.Succeeded();
        foreach (var (f, retry) in _repeats) if (record.Facts[f].IsTrue) retry.Succeeded();
        if (_cause?.Problem != NameProblem.Refused && !_retries.Values.Append(_detection).Any(p => p.IsFailing)) Say(null);
        record.Told(_cause, jobs.Any(j => j.Job.Kind is JobKind.Tell or JobKind.Clear) || name.Token is null ? null : plan.Wanted, _sent.Updated);
        var rest = _restsSince is { } since ? Rest / (_sent.HasAccepted ? 6 : 1) * _jitter - time.GetElapsedTime(since) : TimeSpan.Zero;
        if (_requests.Count >= Burst) rest = Later(rest, TimeSpan.FromMinutes(1) - time.GetElapsedTime(_requests.Peek()));
        if (rest <= TimeSpan.Zero && Array.Find(jobs, j => j.Wait <= TimeSpan.Zero).Job is { } job) await DoAsync(job, plan, network, cancellationToken);
        else await bell.WaitAsync(rest > TimeSpan.Zero ? rest : jobs.Length > 0 ? jobs.Min(j => j.Wait) : null, cancellationToken);
    }

    /// <summary>What there is to do, in this order: addresses go before the question, and the question before anything is taken out.</summary>
    private IEnumerable<Job> Jobs(PublishPlan plan, int network, SentPair sent)
    {
        if (name.Token is null) yield break;
        foreach (var f in AddressPair.Families.Where(f => plan.IsOn && plan.Wanted[f] is not null && !sent[f].Is(plan.Wanted[f]))) yield return new Job(JobKind.Tell, f);
        if (plan is { IsOn: true, Unconfirmed: { } claim } && !HasDetected(claim, network)) yield return new Job(JobKind.Detect, IpFamily.V4);
        foreach (var f in AddressPair.Families.Where(f => plan.Wanted[f] is null && !sent[f].Is(null) && (plan.IsOn || sent[f].IsKnown)))
        {
            // What nobody knows of need not be taken out where the servers say that nothing is there, unless it may be on its way to them; what only waits for an observer's word, not before that.
            if (!sent[f].IsKnown && !_notWaitedFor.Contains(f) && record.Says(f, null)) continue;
            if (f == IpFamily.V4 && plan is { IsOn: true, Unconfirmed: { Address: not null } waiting } && sent.V4.Is(waiting.Address) && !HasDetected(waiting, network)) continue;
            yield return new Job(JobKind.Clear, f);
        }
        foreach (var f in AddressPair.Families.Where(f => plan.IsOn && plan.Wanted[f] is not null && sent[f].Is(plan.Wanted[f])))
        {
            if (record.IsNotTaken(f)) yield return new Job(JobKind.Repeat, f);
            if (provider.Refresh is not null) yield return new Job(JobKind.Refresh, f) { IsDetection = plan[f].NeedsObserver && provider.DetectionChanges(name).Count > 0 };
        }
    }

    private TimeSpan Wait(Job job) => Later(RetryOf(job).Wait, job.Kind switch
    {
        JobKind.Refresh => RefreshAfter - Age(job.Family),
        JobKind.Clear when !Sent[job.Family].IsKnown && !_notWaitedFor.Contains(job.Family) => BeforeClearing - time.GetElapsedTime(_started),
        _ => TimeSpan.Zero,
    });

    private Retry RetryOf(Job job) => job.Kind == JobKind.Repeat ? _repeats[job.Family] : job.IsDetection ? _detection : _retries[job.Family];

    private TimeSpan RefreshAfter => provider.Refresh is { } refresh ? refresh * _jitter : TimeSpan.MaxValue;

    private async Task DoAsync(Job job, PublishPlan plan, int network, CancellationToken cancellationToken)
    {
        if (_requests.Count >= Burst) _requests.Dequeue();
        _requests.Enqueue(time.GetTimestamp());
        var (before, wanted) = (Sent, plan.IsOn ? plan.Wanted : default);
        var touched = job.IsDetection ? provider.DetectionChanges(name) : provider.Changes(job.Family, wanted);
        Save(_sent with { Addresses = touched.Aggregate(before, (sent, f) => sent.With(f, SentAddress.Unknown)) });
        foreach (var f in touched) record.Telling(f, job.IsDetection && f == IpFamily.V4 ? plan.Unconfirmed?.Address ?? wanted.V4 : wanted[f]);
        if (await UnlessMootAsync(job, plan, before, cancel => job.IsDetection ? provider.DetectAsync(name, cancel) : provider.SetAsync(name, job.Family, wanted, cancel), cancellationToken) is not { } reply)
        {
            _notWaitedFor.UnionWith(touched);
            return;
        }
        _notWaitedFor.ExceptWith(touched);
        var isDone = reply.Outcome == ProviderOutcome.Done;
        var after = before;
        foreach (var f in AddressPair.Families)
        {
            if (reply[f] is { } said) after = after.With(f, said);
            else if (!isDone && reply.Outcome != ProviderOutcome.Refused && touched.Contains(f)) after = after.With(f, SentAddress.Unknown);
            if (reply[f] is { IsKnown: true } known) record.Telling(f, known.Address);
            if (isDone && reply[f] is { IsKnown: true }) _told[f] = time.GetTimestamp();
        }
        var isAccepted = isDone && (touched.Count > 0 || !job.IsDetection);
        Save(_sent with { Addresses = after, Updated = isAccepted ? time.GetUtcNow() : _sent.Updated, HasAccepted = _sent.HasAccepted || isAccepted });
        if (isDone && job.IsDetection) _detected = (plan.Unconfirmed?.Address, plan.Unconfirmed?.Epoch ?? 0, network, time.GetTimestamp());
        if (reply.Seen is { } address) status.Saw(new SeenAddress(IpFamily.V4, address, provider.Title, time.GetUtcNow(), time.GetTimestamp()));
        if (touched.Count > 0) watch.Ring();
        await JudgeAsync(job, reply, cancellationToken);
    }

    /// <summary>The reply, or null when the plan is another meanwhile, so that nobody needs it any more or something else goes first: a provider that is slow must not hold up the next address.</summary>
    private async Task<ProviderReply?> UnlessMootAsync(Job job, PublishPlan plan, SentPair before, Func<CancellationToken, Task<ProviderReply>> ask, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var bells = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = ask(end.Token);
        try
        {
            while (true)
            {
                await Task.WhenAny(request, bell.WaitAsync(null, bells.Token));
                if (request.IsCompleted) return await request;
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsMoot(job, plan, before)) continue;
                await end.CancelAsync();
                await ((Task)request).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return null;
            }
        }
        finally { await bells.CancelAsync(); }
    }

    private bool IsMoot(Job job, PublishPlan plan, SentPair before)
    {
        var now = plans.Current;
        if (now.IsSameAs(plan)) return false;
        var jobs = Jobs(now, plans.NetworkChanges, before).ToArray();
        return !jobs.Contains(job) || now.Wanted[job.Family]?.Equals(plan.Wanted[job.Family]) == false || job.IsDetection && jobs[0].Kind == JobKind.Tell;
    }

    private async Task JudgeAsync(Job job, ProviderReply reply, CancellationToken cancellationToken)
    {
        if (reply.Outcome != ProviderOutcome.Refused) (_refusals, _refusedSince, _restsSince) = (0, null, null);
        var retry = RetryOf(job);
        if (reply.Outcome == ProviderOutcome.Done)
        {
            if (job.Kind == JobKind.Repeat) retry.Failed(2 * provider.TakesUpTo);
            else retry.Succeeded();
            if (_cause?.Problem == NameProblem.Refused) _cause = null;
            logger.LogInformation("{Name}: {Words}", name.Name, reply.Words);
            return;
        }
        if (reply.Outcome == ProviderOutcome.Refused && IsForGood(reply))
        {
            _restsSince = time.GetTimestamp();
            Say(new Cause(NameProblem.Refused, record.IsNoSuchName ? $"The name servers know no such name as {name}. {reply.Words}" : reply.Words));
            return;
        }
        retry.Failed(FirstPause, reply.RetryAfter);
        Say(reply.Outcome switch
        {
            ProviderOutcome.NoAnswer => await BlameAsync(reply, cancellationToken),
            ProviderOutcome.Refused => new Cause(NameProblem.Provider, $"{provider.Title} says no without a reason{(_sent.HasAccepted ? ", although it took this token before" : "")}; it is asked again."),
            _ => new Cause(NameProblem.Provider, reply.Words),
        });
    }

    /// <summary>Whether a refusal stands. One without a reason is trouble of theirs as often as not: it takes two, and name servers that answer; or an hour, where the token was taken before.</summary>
    private bool IsForGood(ProviderReply reply)
    {
        _refusedSince ??= time.GetTimestamp();
        _refusals++;
        if (!reply.IsAmbiguous) return true;
        return _sent.HasAccepted ? time.GetElapsedTime(_refusedSince.Value) >= Benefit : _refusals >= 2 && record.DoServersAnswer;
    }

    private async Task<Cause> BlameAsync(ProviderReply reply, CancellationToken cancellationToken)
    {
        var cause = await wayOut.BlameAsync(provider.PlaceOf(name).Host, provider.Title, record.Search is { Servers.Count: > 0 } ? askServers : null, cancellationToken);
        if (reply.IsNotTrusted && cause.Problem == NameProblem.Provider && status.Current.Clock.IsSynchronised == false)
            cause = new Cause(NameProblem.Clock, "The clock here is not set, and certificates have their dates: so that is tried again once it is.");
        return cause with { Words = $"{reply.Words} {cause.Words}" };
    }

    private void Say(Cause? cause)
    {
        if (cause?.Problem != _cause?.Problem)
        {
            if (cause is not null) logger.LogWarning("{Name}: {Problem}", name.Name, cause.Words);
            else logger.LogInformation("{Name}: nothing is wrong any more", name.Name);
        }
        _cause = cause;
    }

    /// <summary>A disk that is full must not keep the house from being found: then a restart tells the provider once more.</summary>
    private void Save(SentState next)
    {
        if (next == _sent) return;
        _sent = next;
        try { store.Write(name, next); }
        catch (SqliteException e) { logger.LogError(e, "What {Name} was told could not be written down", name.Name); }
    }

    /// <summary>Whether the question was answered for this claim, by this way out, not too long ago.</summary>
    private bool HasDetected(Claim claim, int network) => _detected is { } d && (d.Address, d.Epoch, d.Network).Equals((claim.Address, claim.Epoch, network)) && time.GetElapsedTime(d.At) < Rest;

    /// <summary>How long ago the provider last took this record; a clock that was wrong makes it too old, never too young.</summary>
    private TimeSpan Age(IpFamily family)
    {
        if (_told.TryGetValue(family, out var told)) return time.GetElapsedTime(told);
        return time.GetUtcNow() - _sent.Updated is { Ticks: >= 0 } age ? age : TimeSpan.MaxValue / 2;
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private enum JobKind
    {
        None = 0,
        /// <summary>An address that the provider has not taken.</summary>
        Tell,
        /// <summary>With which IPv4 address is this home seen?</summary>
        Detect,
        /// <summary>An address that has to go.</summary>
        Clear,
        /// <summary>The provider took it, and its name servers did not hear of it.</summary>
        Repeat,
        /// <summary>Nothing new, told so that the provider does not forget the name, and asks anew how this home is seen.</summary>
        Refresh,
    }

    private sealed record Job(JobKind Kind, IpFamily Family)
    {
        /// <summary>It asks rather than tells.</summary>
        public bool IsDetection { get; init; } = Kind == JobKind.Detect;
    }
}
