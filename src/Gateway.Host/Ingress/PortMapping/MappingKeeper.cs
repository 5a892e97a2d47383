using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Keeps one wish fulfilled: asks by each protocol in turn, holds what one of them grants, and begins anew when that is lost.</summary>
internal sealed class MappingKeeper(
    MappingWish wish, IReadOnlyList<IMappingProtocol> protocols, Announcements announcements, MappingMemory memory,
    AddressScopes scopes, StatusStore status, FindNextRouter next, Func<long> nextEpoch, Action<MappingResult> report, TimeProvider time, TimeProvider patience, ILogger logger)
{
    private readonly long _started = time.GetTimestamp();
    private IMappingProtocol? _protocol;
    private Grant? _grant;
    private Grant? _last;
    private RouterEpoch _router = new();
    private long _epoch = nextEpoch();
    private MappingResult? _said;

    private TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>Ends only when cancelled, after what is held has been given back.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Report(new MappingResult(LeaseState.Asking, null, "", null, IngressProblem.None, $"{wish.TheRouter} is being asked to open port {wish.ExternalPort}.", _epoch));
        var failures = 0;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var answers = true;
                try
                {
                    if (await AcquireAsync(cancellationToken) is { } granted)
                    {
                        failures = 0;
                        await HoldAsync(granted, cancellationToken);
                    }
                    else answers = _said?.State == LeaseState.Refused;
                }
                catch (Exception e) when (e is not OperationCanceledException) { logger.LogError(e, "Asking the router {Router} failed", wish.RouterAddress); }
                await announcements.WaitAsync(MappingTimes.Backoff(++failures, answers, Random.Shared.NextDouble()), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { }
        finally { await ReleaseAsync(); }
    }

    /// <summary>The protocol that granted the wish; null when none did, which has then been reported.</summary>
    private async Task<IMappingProtocol?> AcquireAsync(CancellationToken cancellationToken)
    {
        RouterRefusedException? refusal = null;
        var remark = "";
        var last = _protocol?.Method ?? memory.Find(wish)?.Method ?? "";
        foreach (var protocol in protocols.OrderByDescending(p => last.StartsWith(p.Method, StringComparison.Ordinal)))
        {
            try
            {
                var grant = await AskAsync(protocol, cancellationToken);
                _router = new RouterEpoch();
                await TakeAsync(protocol, grant, isNew: true, cancellationToken);
                return protocol;
            }
            catch (RouterRefusedException e) { refusal = refusal is null || Rank(e.Problem) < Rank(refusal.Problem) ? e : refusal; }
            catch (RouterSilentException e) { remark = e.Remark.Length > 0 ? " " + e.Remark : remark; }
        }
        await ReportAsync(refusal is null
            ? new MappingResult(LeaseState.Absent, null, "", null, IngressProblem.NoProtocol, $"{wish.TheRouter} answers no protocol by which devices can open ports ({string.Join(", ", protocols.Select(p => p.Method))}).{remark}", _epoch)
            : new MappingResult(LeaseState.Refused, null, "", null, refusal.Problem, refusal.Message + remark, _epoch), cancellationToken);
        return null;
    }

    /// <summary>Asks anew. A router that picks a port itself is once asked for one where vantages may look.</summary>
    private async Task<Grant> AskAsync(IMappingProtocol protocol, CancellationToken cancellationToken)
    {
        var grant = await protocol.MapAsync(null, cancellationToken);
        if (wish.Family == IpFamily.V6 || OtherPorts.Of(wish).Contains(grant.External.Port)) return grant;
        await protocol.UnmapAsync(grant, cancellationToken);
        return await protocol.MapAsync(grant with { External = new IPEndPoint(grant.External.Address, OtherPorts.Alternative) }, cancellationToken);
    }

    /// <summary>Renews and checks; returns when the mapping is lost, which has then been reported.</summary>
    private async Task HoldAsync(IMappingProtocol protocol, CancellationToken cancellationToken)
    {
        var (silence, refusals) = (0, 0);
        var granted = Now;
        var renewAt = RenewAt();
        while (_grant is { } grant)
        {
            var wait = MappingTimes.CheckAfter(silence, Random.Shared.NextDouble());
            await announcements.WaitAsync(Max(TimeSpan.FromSeconds(1), Min(wait, renewAt - Now)), cancellationToken);
            var isRenewal = Now >= renewAt;
            try
            {
                var isNew = false;
                if (!isRenewal)
                {
                    var facts = await protocol.CheckAsync(grant, cancellationToken);
                    silence = 0;
                    isNew = _router.HasRestarted(facts.RouterEpoch, Now) || facts.IsThere == false;
                    var isOther = isNew || facts.External is { } external && !external.Equals(grant.External.Address);
                    isRenewal = !isOther && facts.IsThere is null && IsDoubted(grant, granted);
                    if (!isOther && !isRenewal)
                    {
                        // Whoever stands behind a router without an address may show himself only later.
                        if (_said is { Problem: IngressProblem.NoOutsideAddress } unexplained) await ReportAsync(unexplained, cancellationToken);
                        continue;
                    }
                }
                await TakeAsync(protocol, isRenewal ? await protocol.MapAsync(grant, cancellationToken) : await AskAsync(protocol, cancellationToken), isNew, cancellationToken);
                (silence, refusals, granted) = (0, 0, Now);
                renewAt = RenewAt();
            }
            catch (RouterSilentException e)
            {
                if (++silence < MappingTimes.Patience) continue;
                await LoseAsync(LeaseState.Asking, IngressProblem.Lost, $"{wish.TheRouter} no longer answers; what it had opened is asked for again. {e.Message}", cancellationToken);
            }
            catch (RouterRefusedException e)
            {
                refusals++;
                renewAt = RenewAt();
                if (!isRenewal || grant.Lifetime is { } lifetime && renewAt >= granted + lifetime) await LoseAsync(LeaseState.Refused, e.Problem, e.Message, cancellationToken);
            }
        }
        TimeSpan RenewAt() => granted + MappingTimes.RenewAfter(_grant!.Lifetime, refusals, Random.Shared.NextDouble());
    }

    /// <summary>
    /// Whether the last who looked from outside since then did not get in. A router that restarted twice in a second, or forgot just this
    /// mapping, tells nothing of it; where the protocol has no way to ask, renewing mends it and costs nothing.
    /// </summary>
    private bool IsDoubted(Grant grant, TimeSpan since) =>
        status.Current.Observations.Where(o => o.Outcome != ProbeOutcome.Unknown && o.Target.Port == grant.External.Port && o.Target.Address.Equals(grant.External.Address))
            .MaxBy(o => o.Started) is { Outcome: ProbeOutcome.Failed } last && time.GetElapsedTime(_started, last.Started) > since;

    private async Task TakeAsync(IMappingProtocol protocol, Grant grant, bool isNew, CancellationToken cancellationToken)
    {
        isNew |= _router.HasRestarted(grant.RouterEpoch, Now) || !grant.External.Equals(_grant?.External);
        if (grant.Lifetime > MappingTimes.LongestLease) grant = grant with { Lifetime = MappingTimes.LongestLease };
        (_protocol, _grant, _last) = (protocol, grant, grant);
        if (isNew)
        {
            _epoch = nextEpoch();
            memory.Save(wish, protocol.Method, grant);
        }
        var (problem, trouble) = grant.External.Address.Equals(wish.Local.Address) ? (IngressProblem.None, "") : OutsideAddress.Judge(grant.External.Address, scopes);
        var words = (problem, wish.Family) switch
        {
            (IngressProblem.None, IpFamily.V4) => $"{wish.TheRouter} leads port {grant.External.Port} of {grant.External.Address} here, by {protocol.Method}.",
            (IngressProblem.None, _) => $"{wish.TheRouter} lets the world in to port {grant.External.Port} of {grant.External.Address}, by {protocol.Method}.",
            _ => trouble,
        };
        if (problem == IngressProblem.None && grant.External.Port != wish.ExternalPort) words += $" Port {wish.ExternalPort} was not to be had.";
        if (grant.Remark.Length > 0) words += " " + grant.Remark;
        await ReportAsync(new MappingResult(problem == IngressProblem.None ? LeaseState.Granted : LeaseState.Refused, grant.External, protocol.Method, time.GetUtcNow() + grant.Lifetime, problem, words, _epoch), cancellationToken);
    }

    private async Task LoseAsync(LeaseState state, IngressProblem problem, string words, CancellationToken cancellationToken)
    {
        _grant = null;
        await ReportAsync(new MappingResult(state, null, "", null, problem, words, _epoch), cancellationToken);
    }

    /// <summary>Gives back what may stand at the router, and is done within two seconds whatever the router does.</summary>
    private async Task ReleaseAsync()
    {
        if (_protocol is not { } protocol || _last is not { } last)
        {
            memory.Forget(wish, wish.Local.ToString());
            return;
        }
        using var soon = new CancellationTokenSource(MappingTimes.ReleaseWithin, patience);
        try
        {
            await protocol.UnmapAsync(last, soon.Token);
            memory.Forget(wish, wish.Local.ToString());
        }
        catch (Exception e) when (e is OperationCanceledException or RouterSilentException or RouterRefusedException)
        {
            logger.LogDebug(e, "The router {Router} did not take its mapping back", wish.RouterAddress);
        }
        catch (Exception e) { logger.LogError(e, "Giving a mapping back to the router {Router} failed", wish.RouterAddress); }
    }

    private async Task ReportAsync(MappingResult result, CancellationToken cancellationToken) => Report(
        result.Problem == IngressProblem.NoOutsideAddress && wish.Family == IpFamily.V4 ? OutsideAddress.Explain(result, wish, await next(wish, cancellationToken), scopes) : result);

    private void Report(MappingResult result)
    {
        if (result == _said) return;
        _said = result;
        report(result);
    }

    /// <summary>Of several refusals the one that tells most.</summary>
    private static int Rank(IngressProblem problem) => Array.IndexOf([
        IngressProblem.SharedAddress, IngressProblem.DoubleNat, IngressProblem.NoOutsideAddress, IngressProblem.PortTaken, IngressProblem.NotAuthorised, IngressProblem.RouterFailed], problem);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
