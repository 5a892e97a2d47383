using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability;

/// <summary>One look from a vantage: asks, judges what came back and what our own listener saw, and makes a dated fact of it.</summary>
internal sealed class Look(Challenges challenges, StatusStore status, TimeProvider time)
{
    /// <summary>A phone's patience, and short enough that two looks end before a proof does.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    /// <summary>The same by somebody else's gateway or beacon: who cannot be asked has seen nothing, and who has looked says himself whether he sees others.</summary>
    public Task<Observation> TakeByPeerAsync(IVantage vantage, ProbeTarget target, Func<string, CancellationToken, Task<string>> ask, CancellationToken cancellationToken) => TakeAsync(vantage, target, async (nonce, cancel) =>
    {
        try { return await ask(nonce, cancel); }
        catch (PeerException e) { throw new LookException("tcp", e.Message, LookEnd.Blind, e); }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested) { throw new LookException("tcp", "it does not answer in time", LookEnd.Blind, e); }
    }, _ => Task.FromResult<bool?>(null), cancellationToken);

    /// <param name="vantage">Who looks.</param>
    /// <param name="target">At what.</param>
    /// <param name="ask">Brings the nonce there and gives what was answered; throws <see cref="LookException"/>.</param>
    /// <param name="seesOthers">Whether the vantage can reach something else of this family; null when nothing is known to ask.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="isOwnTunnel">Whether the vantage is the tunnel's other end.</param>
    public async Task<Observation> TakeAsync(IVantage vantage, ProbeTarget target, Func<string, CancellationToken, Task<string>> ask, Func<CancellationToken, Task<bool?>> seesOthers, CancellationToken cancellationToken, bool isOwnTunnel = false)
    {
        var (at, started) = (time.GetUtcNow(), time.GetTimestamp());
        Observation Seen(ProbeOutcome outcome, string step, string words) => new(vantage.Name, vantage.Kind, target, outcome, at, started, $"{Capital(words)}.") { Step = step, IsOwnTunnel = isOwnTunnel };
        try
        {
            await AskAsync(vantage, target, ask, cancellationToken);
            return Seen(ProbeOutcome.Reached, "", $"it got in to {new IPEndPoint(target.Address, target.Port)} and met this gateway");
        }
        catch (LookException e)
        {
            if (e.End == LookEnd.Blind) return Seen(ProbeOutcome.Unknown, e.Step, e.Message);
            if (e.End == LookEnd.Failed) return Seen(ProbeOutcome.Failed, e.Step, e.Message);
            return await seesOthers(cancellationToken) switch
            {
                true => Seen(ProbeOutcome.Failed, e.Step, $"{e.Message}, while others could be reached from there"),
                false => Seen(ProbeOutcome.Unknown, e.Step, $"{e.Message}, and nothing else could be reached from there either"),
                null when e.End == LookEnd.Refused => Seen(ProbeOutcome.Failed, e.Step, e.Message),
                null => Seen(ProbeOutcome.Unknown, e.Step, $"{e.Message}; whether it can reach others over {target.Family.Words()} is not known (vantage.control)"),
            };
        }
    }

    private async Task AskAsync(IVantage vantage, ProbeTarget target, Func<string, CancellationToken, Task<string>> ask, CancellationToken cancellationToken)
    {
        using var challenge = challenges.Issue() ?? throw new LookException("nonce", "too many looks are under way", LookEnd.Blind);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        string answer;
        try { answer = await ask(challenge.Nonce, either.Token); }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LookException("tcp", $"nothing answered within {Patience.TotalSeconds} seconds", LookEnd.NeedsControl, e);
        }
        Check(challenge, answer, target, isHearsay: vantage.Kind != VantageKind.Ssh);
    }

    /// <summary>Whether the answer is ours, and the nonce came in where the lease says, from outside.</summary>
    /// <param name="challenge">The question.</param>
    /// <param name="answer">What came back.</param>
    /// <param name="target">At what the look was.</param>
    /// <param name="isHearsay">Somebody else passed the answer on: a wrong one is a lie of his, and says nothing of the door.</param>
    public void Check(Challenge challenge, string answer, ProbeTarget target, bool isHearsay = false)
    {
        if (answer != challenge.Answer) throw isHearsay ? new LookException("nonce", "it says that it got in, and cannot show it", LookEnd.Blind)
            : new LookException("nonce", "what answered there did not know this gateway's answer", LookEnd.Failed);
        if (challenge.Arrival is not { IsHttps: true } arrival) throw new LookException("nonce", "the answer was right, but the question did not come here over HTTPS", LookEnd.Failed);
        if (!arrival.Origin.IsOutside) throw new LookException("nonce", "it got in, but as if from the home network: that proves nothing about the outside", LookEnd.Blind);
        if (status.Current.Leases.FirstOrDefault(l => l.Way == target.Way && l.Family == target.Family) is { Local: { } local } lease && !lease.LeadsTo(arrival.Local))
            throw new LookException("nonce", $"it got in, but by another door ({arrival.Local}) than this way leads to ({local})", LookEnd.Blind);
    }

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];
}
