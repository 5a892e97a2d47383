using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>
/// Keeps one tunnel: begins it again for ever, with growing pauses; finds out the addresses of its public end; and ends a life of it that is said to stand and carries nothing.
/// </summary>
internal sealed class TunnelIngress(ITunnel tunnel, TunnelListeners listeners, StatusStore status, TimeProvider time, ILogger<TunnelIngress> logger) : IIngress
{
    /// <summary>The public end's name is looked up again so often; its addresses seldom change.</summary>
    private static readonly TimeSpan LookUpAgain = TimeSpan.FromMinutes(5), LookUpSoon = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1), LongestRest = TimeSpan.FromMinutes(1), PermanentRest = TimeSpan.FromMinutes(10);

    private readonly TunnelPulse _pulse = new(time);
    private IPEndPoint? _local;
    private long _epoch;

    public string Way => tunnel.Way;

    public async Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        if (await listeners.PortAsync(Way, cancellationToken) is not { } port)
        {
            report([Asking("Nothing is served over HTTPS (http.listen), so nothing is opened.") with { State = LeaseState.Absent }]);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
            return;
        }
        _local = new IPEndPoint(IPAddress.Loopback, port);
        report([Asking("The tunnel is being set up.")]);
        for (var failures = 0; ;)
        {
            var internet = status.Current.Internet;
            TunnelException failed;
            var started = time.GetTimestamp();
            try { failed = await LiveAsync(port, report, cancellationToken); }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { throw; }
            catch (Exception e)
            {
                logger.LogError(e, "The tunnel {Way} failed", Way);
                failed = new TunnelException($"it failed unexpectedly ({e.GetType().Name})", IngressProblem.TunnelFailed, inner: e);
            }
            failures = time.GetElapsedTime(started) > LongestRest ? 1 : failures + 1;
            report([Asking($"The tunnel does not stand: {failed.Message}.") with { Problem = failed.Problem, State = failed.IsPermanent ? LeaseState.Refused : LeaseState.Asking }]);
            var rest = failed.IsPermanent ? PermanentRest : Backoff.After(failures, FirstRest, LongestRest, Random.Shared.NextDouble());
            if (await RestAsync(rest, internet, cancellationToken)) failures = 0;
        }
    }

    private IngressLease Asking(string words) => new(Way, IpFamily.V4, LeaseState.Asking) { Server = tunnel.Server, Local = _local, Words = words };

    /// <summary>Whether the network or the internet came back meanwhile: what failed before may work now.</summary>
    private async Task<bool> RestAsync(TimeSpan rest, InternetFacts internet, CancellationToken cancellationToken)
    {
        var until = time.After(time.GetTimestamp(), rest);
        var routes = status.Current.Network.Routes;
        while (time.Until(until) is { Ticks: > 0 } left)
        {
            var seen = status.Current;
            if (seen.Internet.Answers == true && internet.Answers == false || !ReferenceEquals(seen.Network.Routes, routes) && !seen.Network.Routes.SequenceEqual(routes)) return true;
            internet = seen.Internet;
            await status.WaitForOtherAsync(seen, left, time, cancellationToken);
        }
        return false;
    }

    /// <summary>One life, from beginning to end: why it ended.</summary>
    private async Task<TunnelException> LiveAsync(int port, Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ends = new Bell(time);
        TunnelEnd? end = null;
        var running = tunnel.RunAsync(port, e => { end = e; ends.Ring(); }, life.Token);
        var keeping = KeepAsync(() => end, ends, report, life.Token);
        try
        {
            await await Task.WhenAny(running, keeping);
            return new TunnelException("it has ended by itself", IngressProblem.TunnelFailed);
        }
        catch (TunnelException e) { return e; }
        finally
        {
            await life.CancelAsync();
            await Task.WhenAll(running, keeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says where the public end is while the tunnel stands; throws when it carries nothing.</summary>
    private async Task KeepAsync(Func<TunnelEnd?> current, Bell ends, Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        while (current() is null) await ends.WaitAsync(null, cancellationToken);
        var epoch = ++_epoch;
        _pulse.Begin();
        IReadOnlyList<IPAddress> known = [];
        for (TunnelEnd? told = null; ;)
        {
            var end = current()!;
            if (end.Link is { } link)
            {
                told = end;
                report([new IngressLease(Way, IpFamily.V4, LeaseState.Granted) { Local = _local, Server = end.Host, Method = end.Method, Epoch = epoch, Link = link, Words = Linked(link) }]);
                while (current() == end) await ends.WaitAsync(null, cancellationToken);
                continue;
            }
            var found = await HostAddresses.OfAsync(end.Host, cancellationToken);
            if (found.Count > 0 || end.Host != told?.Host) known = found;
            told = end;
            report(known.Count == 0 ? [Asking($"The tunnel stands, but the name {end.Host} cannot be looked up.") with { Problem = IngressProblem.NoAddress }]
                : [.. known.Select(a => new IngressLease(Way, a.Family(), LeaseState.Granted) { Address = a, Port = end.Port, Local = _local, Server = end.Host, Method = end.Method, Epoch = epoch, Words = $"{end.Host} takes visitors at port {end.Port} and hands them on." })]);
            var again = time.After(time.GetTimestamp(), found.Count > 0 ? LookUpAgain : LookUpSoon);
            using var isOther = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var other = ends.WaitAsync(null, isOther.Token);
            while (time.Until(again) is { Ticks: > 0 } left && !other.IsCompleted)
            {
                var seen = status.Current;
                var wait = _pulse.Check(seen, Way, epoch);
                await Task.WhenAny(other, status.WaitForOtherAsync(seen, wait < left ? wait : left, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
            await isOther.CancelAsync();
            await other.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private string Linked(string link) => tunnel.IsReadable ? $"{link} leads here. The provider can read everything, so the name does not lead there, and nobody can sign in over it."
        : $"{link} leads here; its name is not the house's, so the house's name does not lead there.";
}
