using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>
/// The outside end of a look that somebody else asked for. It dials public addresses only, none of its own, at the agreed ports, so often a network and so many at once,
/// and says "reached" only of who has the key that was claimed and answers in the form of an answer.
/// </summary>
internal sealed class Dialler(AddressScopes scopes, OwnNetworks own, TimeProvider time)
{
    /// <summary>So many looks for others are under way at once.</summary>
    public const int AtOnce = 8;

    /// <summary>Looks at one /24 or /56 at once; then one each <see cref="Apart"/>. A home with both internets asks for three a minute.</summary>
    public const int OfOneNetwork = 20;

    public static readonly TimeSpan Apart = TimeSpan.FromSeconds(5);

    /// <summary>Shorter than the patience of whoever asked (<see cref="Look.Patience"/>), who wants to hear how it ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly TokenBuckets _networks = new(OfOneNetwork, Apart, time);
    private int _underWay;

    /// <summary>Whether this address may be dialled for somebody else.</summary>
    public bool May(IPAddress address) => scopes.IsPublic(address) && !own.Contains(address);

    /// <summary>Dials once.</summary>
    /// <param name="address">Resolved already; judged here again.</param>
    /// <param name="request">Checked already (<see cref="DialRequest.Refuse"/>).</param>
    /// <param name="seesOthers">Whether anything of this family can be reached from here; asked when nothing answered.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<DialReport> DialAsync(IPAddress address, DialRequest request, Func<CancellationToken, Task<bool>> seesOthers, CancellationToken cancellationToken)
    {
        if (!May(address)) return DialReport.NotDialled(DialReport.Address);
        if (_networks.Take(NetworkOf(address)) is not null) return DialReport.NotDialled(DialReport.Busy);
        if (Interlocked.Increment(ref _underWay) > AtOnce)
        {
            Interlocked.Decrement(ref _underWay);
            return DialReport.NotDialled(DialReport.Busy);
        }
        try { return await LookAsync(address, request, seesOthers, cancellationToken); }
        finally { Interlocked.Decrement(ref _underWay); }
    }

    private async Task<DialReport> LookAsync(IPAddress address, DialRequest request, Func<CancellationToken, Task<bool>> seesOthers, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var answer = await ChallengeClient.DialAsync(new ProbeTarget("", address.Family(), address, request.Port, request.Name, 0, request.Key), request.Nonce, either.Token);
            return DialReport.IsAnswer(answer) ? new DialReport(ProbeOutcome.Reached, "", answer) : new DialReport(ProbeOutcome.Failed, DialReport.Nonce);
        }
        catch (LookException e) when (e.End is LookEnd.Failed or LookEnd.Refused) { return new DialReport(ProbeOutcome.Failed, e.End == LookEnd.Refused ? DialReport.Refused : e.Step); }
        catch (LookException e) when (e.End == LookEnd.Blind) { return new DialReport(ProbeOutcome.Unknown, DialReport.Tcp); }
        catch (LookException e) { return new DialReport(await OutcomeAsync(), e.Step); }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return new DialReport(await OutcomeAsync(), DialReport.Tcp); }

        async Task<ProbeOutcome> OutcomeAsync() => await seesOthers(cancellationToken) ? ProbeOutcome.Failed : ProbeOutcome.Unknown;
    }

    /// <summary>Whose share of the internet this is: what one subscriber has at most, or nearly.</summary>
    private static string NetworkOf(IPAddress address) => address.Network(address.Family() == IpFamily.V4 ? 24 : OwnNetworks.ShareV6).ToString();
}
