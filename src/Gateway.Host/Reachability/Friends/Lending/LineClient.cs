using System.Security.Cryptography;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>Opens lines at a friend's gateway, which shows that it is the friend before it brings anybody.</summary>
internal sealed class LineClient(Friendships friendships, FriendIdentity identity, ResolveName resolve, AddressScopes scopes, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>See <see cref="DialLender"/>.</summary>
    public async Task<Stream> DialAsync(Lender lender, CancellationToken cancellationToken)
    {
        if (friendships.Find(lender.Name) is not { } friend) throw new LenderException("is no friend any more", LenderRefusal.NotLent);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try { return await OpenAsync(friend, either.Token); }
        catch (PeerException e) { throw Words(friend, e); }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested) { throw new LenderException("does not answer in time", LenderRefusal.Unreachable, e); }
    }

    private async Task<Stream> OpenAsync(Friend friend, CancellationToken cancellationToken)
    {
        // While its way in is used, the name leads to its addresses: they are not dialled for somebody else here, but by our own wish.
        using var client = new PeerClient(new Peer(friend.Name, friend.Port, friend.Tls) { MayHaveNewKey = true, May = scopes.IsPublic }, resolve, time);
        var fresh = (await client.GetAsync(FriendDoor.Path + "fresh", FriendJson.Default.FreshReply, cancellationToken)).Fresh;
        var request = new LineRequest(friend.OwnName, friend.Name, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), fresh, null);
        request = request with { Signature = identity.Sign(request.SignedText) };
        var (stream, answer) = await client.UpgradeAsync(LineEndpoint.Path, LineEndpoint.Protocol, LineEndpoint.Header, LineEndpoint.Write(request), cancellationToken);
        if (FriendIdentity.IsSigned(friend.Key, request.AnswerText, answer)) return stream;
        await stream.DisposeAsync();
        throw new PeerException("what it answers is not signed by it");
    }

    private static LenderException Words(Friend friend, PeerException e) => e.Status switch
    {
        LineEndpoint.NotLent => new LenderException($"does not lend its way in: its owner has to say yes there (\"gateway lend {friend.OwnName}\")", LenderRefusal.NotLent, e),
        LineEndpoint.UsedUp => new LenderException("has brought as much this month as its owner lends", LenderRefusal.UsedUp, e),
        LineEndpoint.TooMany => new LenderException("takes no more connections now", LenderRefusal.UsedUp, e),
        LineEndpoint.IsBorrowedItself => new LenderException("is reached through somebody else itself, and can bring nobody on", LenderRefusal.NotLent, e),
        403 => new LenderException("does not count this gateway among its friends any more: end the friendship, or invite anew", LenderRefusal.NotLent, e),
        _ => new LenderException($"cannot be used: {e.Message}", LenderRefusal.Unreachable, e),
    };
}
