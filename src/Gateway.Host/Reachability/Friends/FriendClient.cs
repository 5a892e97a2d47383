using System.Security.Cryptography;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Friends;

/// <summary>What this gateway asks of another one. Throws <see cref="PeerException"/>.</summary>
internal sealed class FriendClient(FriendIdentity identity, Dialler dialler, ResolveName resolve, TimeProvider time)
{
    /// <summary>Takes up an invitation; gives the friend that has agreed.</summary>
    public async Task<Friend> PairAsync(FriendInvitation invitation, PublicDoor own, string tls, CancellationToken cancellationToken)
    {
        using var client = Client(invitation.Name, invitation.Port, invitation.Tls);
        var reply = await client.PostAsync(FriendDoor.Path + "pair", new PairRequest(invitation.Secret, own.Name, own.Port, identity.PublicKey, tls), FriendJson.Default.PairRequest, FriendJson.Default.PairReply, cancellationToken);
        if (reply.Name != invitation.Name || !KeyFingerprint.IsHex(reply.Key, FriendIdentity.PublicKeyBytes)) throw new PeerException("it answers nonsense");
        return new Friend(invitation.Name, own.Name, invitation.Port, reply.Key!, invitation.Tls, time.GetUtcNow());
    }

    /// <summary>Has a friend look; gives what it signed.</summary>
    public async Task<LookReply> LookAsync(Friend friend, ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        // Over the same internet if it can be: then it is known to work there.
        using var client = Client(friend.Name, friend.Port, friend.Tls, target.Family);
        var question = await SignedAsync(client, fresh => new LookRequest(friend.OwnName, friend.Name, ReachabilityView.Lower(target.Family), target.Port, target.Key, nonce, fresh, null), (q, s) => q with { Signature = s }, cancellationToken);
        var reply = await client.PostAsync(FriendDoor.Path + "look", question, FriendJson.Default.LookRequest, FriendJson.Default.LookReply, cancellationToken);
        return FriendIdentity.IsSigned(friend.Key, reply.SignedText(question), reply.Signature) ? reply : throw new PeerException("what it answers is not signed by it");
    }

    /// <summary>Tells somebody that the friendship has ended.</summary>
    public async Task EndAsync(Friend friend, CancellationToken cancellationToken)
    {
        using var client = Client(friend.Name, friend.Port, friend.Tls);
        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var message = await SignedAsync(client, fresh => new EndRequest(friend.OwnName, friend.Name, nonce, fresh, null), (m, s) => m with { Signature = s }, cancellationToken);
        await client.PostAsync(FriendDoor.Path + "end", message, FriendJson.Default.EndRequest, FriendJson.Default.EndReply, cancellationToken);
    }

    private async Task<T> SignedAsync<T>(PeerClient client, Func<string, T> write, Func<T, string, T> sign, CancellationToken cancellationToken) where T : ISignedMessage
    {
        var fresh = (await client.GetAsync(FriendDoor.Path + "fresh", FriendJson.Default.FreshReply, cancellationToken)).Fresh;
        var message = write(fresh ?? "");
        return sign(message, identity.Sign(message.SignedText));
    }

    private PeerClient Client(string name, int port, string tls, IpFamily first = IpFamily.V6) =>
        new(new Peer(name, port, tls) { MayHaveNewKey = true, May = dialler.May, Families = first == IpFamily.V6 ? [IpFamily.V6, IpFamily.V4] : [IpFamily.V4, IpFamily.V6] }, resolve, time);
}
