using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Friends;

/// <summary>Has a friend's gateway look at our name. It may err and it may lie: what it says that it reached has to be shown by our own listener.</summary>
internal sealed class FriendVantage(Friend friend, FriendClient client, Look look, TimeProvider time) : IVantage
{
    private static readonly TimeSpan New = TimeSpan.FromSeconds(5), Again = TimeSpan.FromSeconds(1);

    public Friend Friend => friend;

    public string Name => NameOf(friend);

    public VantageKind Kind => VantageKind.Friend;

    /// <summary>Whose own door a way leads through has nothing to say of it: he would dial himself, and what he sees proves little.</summary>
    public bool LooksAt(IngressLease lease) => lease.Server != friend.Name;

    /// <summary>No host of an SSH vantage has a space in it: a friend cannot take its place by choosing a name.</summary>
    public static string NameOf(Friend friend) => "Friend " + friend.Name;

    public Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken) =>
        look.TakeByPeerAsync(this, target, async (nonce, cancel) =>
        {
            try { return await AskAsync(target, nonce, cancel); }
            catch (PeerException e) when (e.Status == 403) { throw new LookException("http", "it does not count this gateway among its friends any more: end the friendship here, or invite anew", LookEnd.Blind, e); }
            catch (PeerException e) when (e.Status == 429) { throw new LookException("http", "it has been asked too often and does not look now", LookEnd.Blind, e); }
        }, cancellationToken);

    private async Task<string> AskAsync(ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        if (friend.OwnName != target.Name) throw new LookException("dns", $"it knows this gateway as {friend.OwnName}, not as {target.Name}: end the friendship, and invite anew", LookEnd.Blind);
        var reply = await AskAsync(() => client.LookAsync(friend, target, nonce, cancellationToken), cancellationToken);
        if (DialReport.Read(reply.Outcome, reply.Step, reply.Answer) is not { } report) throw new PeerException("it answers nonsense");
        if (IPAddress.TryParse(reply.Address, out var address) && !address.Equals(target.Address)) throw new LookException("dns", $"where it is, {target.Name} still leads to {address}", LookEnd.Blind);
        return report.AnswerOrThrow();
    }

    /// <summary>Whoever has just taken up our invitation may still be writing down that we are friends.</summary>
    private async Task<LookReply> AskAsync(Func<Task<LookReply>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try { return await ask(); }
            catch (PeerException e) when (e.Status == 403 && time.GetUtcNow() - friend.Since < New) { await Task.Delay(Again, time, cancellationToken); }
        }
    }
}
