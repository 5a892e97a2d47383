using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;
using Microsoft.AspNetCore.Http.Metadata;

namespace Gateway.Host.Reachability.Friends;

/// <summary>Where other gateways come: anonymous, and nothing is done but for who shows an open invitation or has signed as a friend, to us, just now.</summary>
internal sealed class FriendDoor(Friendships friendships, FreshValues fresh, TimeProvider time)
{
    public const string Path = "/.well-known/gateway-friend/";

    /// <summary>Signatures are looked at so often, whoever sends them: 30 of a source, then one every two seconds.</summary>
    public TokenBuckets Strangers { get; } = new(30, TimeSpan.FromSeconds(2), time);

    /// <summary>Looks of one friend: 12, then one every five seconds. One with both internets asks twice in 50 s.</summary>
    public TokenBuckets Friends { get; } = new(12, TimeSpan.FromSeconds(5), time);

    /// <summary>Requests for lines, whoever sends them: 64 of a source, then four a second. A line brings many visitors, one after the other.</summary>
    public TokenBuckets Lines { get; } = new(64, TimeSpan.FromMilliseconds(250), time);

    /// <summary>Which friend wrote this; null with the reason why it does not count. Of <paramref name="throttle"/> one is taken; by default of <see cref="Strangers"/>.</summary>
    public (Friend? Friend, IResult? Refusal) Judge(ISignedMessage message, HttpContext context, TokenBuckets? throttle = null)
    {
        if (RefuseInTheClear(context) is { } inTheClear) return (null, inTheClear);
        if ((throttle ?? Strangers).Take(context.Origin().Source) is { } wait) return (null, Wait(context, wait));
        if (friendships.Find(message.From) is not { } friend || friend.OwnName != message.To || !FriendIdentity.IsSigned(friend.Key, message.SignedText, message.Signature))
            return (null, Problems.Of(403, "No friend of this gateway has signed that."));
        return fresh.Take(message.Fresh, message.Signature!) ? (friend, null) : (null, Problems.Of(409, "That was signed too long ago, or has been here before."));
    }

    public static IResult? RefuseInTheClear(HttpContext context) => context.Request.IsHttps ? null : Problems.Of(403, "Only over HTTPS.");

    public static IResult Wait(HttpContext context, TimeSpan wait) => Problems.TooOften(context, wait, "Too often.");
}

internal static class FriendDoorEndpoints
{
    public static void MapFriendDoor(this IEndpointRouteBuilder app)
    {
        var door = app.MapGroup(FriendDoor.Path).AllowAnonymous().WithTags("Friends").WithMetadata(new SmallBody());
        door.MapPost("pair", Pair).WithSummary("For another gateway: takes up an invitation").Produces<PairReply>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        door.MapGet("fresh", (FreshValues fresh) => TypedResults.Json(new FreshReply(fresh.New()), FriendJson.Default.FreshReply)).WithSummary("For another gateway: what it signs with its next message");
        door.MapPost("look", LookAsync).WithSummary("For a friend's gateway: looks whether its name leads to it").Produces<LookReply>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        door.MapPost("end", End).WithSummary("For a friend's gateway: ends the friendship").Produces<EndReply>().ProducesProblem(403).ProducesProblem(409);
    }

    private static IResult Pair(PairRequest request, HttpContext context, FriendDoor door, Friendships friendships, FriendIdentity identity, SettingsStore settings, TimeProvider time)
    {
        if (FriendDoor.RefuseInTheClear(context) is { } inTheClear) return inTheClear;
        if (door.Strangers.Take(context.Origin().Source) is { } wait) return FriendDoor.Wait(context, wait);
        if (!FriendInvitation.IsSecret(request.Secret) || friendships.InvitedAs(request.Secret!) is not { } ownName) return NotInvited();
        if (!DialRequest.IsName(request.Name) || PublicNames.Of(settings.Current).Any(n => n.Name == request.Name)) return Problems.Of(400, "The public name of the gateway that comes.", "name");
        if (request.Port is not (> 0 and <= 65535)) return Problems.Of(400, "The HTTPS port under that name.", "port");
        if (!KeyFingerprint.IsHex(request.Key, FriendIdentity.PublicKeyBytes)) return Problems.Of(400, "An Ed25519 public key: 64 lower-case hex digits.", "key");
        if (!KeyFingerprint.IsOne(request.Tls)) return Problems.Of(400, "SHA-256 of the TLS key: 64 lower-case hex digits.", "tls");
        var friend = new Friend(request.Name!, ownName, request.Port.Value, request.Key!, request.Tls!, time.GetUtcNow());
        return friendships.Accept(request.Secret!, friend, context.Origin()) switch
        {
            Pairing.Paired => TypedResults.Json(new PairReply(ownName, identity.PublicKey), FriendJson.Default.PairReply),
            Pairing.NotInvited => NotInvited(),
            Pairing.NameTaken => Problems.Of(409, "There is a friend of that name already.", "name"),
            _ => Problems.Of(409, "This gateway has too many friends."),
        };
    }

    private static async Task<IResult> LookAsync(LookRequest request, HttpContext context, FriendDoor door, FriendIdentity identity, Dialler dialler, DialPorts ports, ResolveName resolve, OutsideControls controls)
    {
        var (friend, refusal) = door.Judge(request, context);
        if (friend is null) return refusal!;
        if (FriendText.Family(request.Family) is not { } family) return Problems.Of(400, "v4 or v6.", "family");
        if (DialRequest.Refuse(friend.Name, request.Port, request.Key, request.Nonce, ports) is var (field, words)) return Problems.Of(400, words, field);
        if (door.Friends.Take(friend.Name) is { } wait) return FriendDoor.Wait(context, wait);

        var addresses = await resolve(friend.Name, family, context.RequestAborted);
        var address = addresses.FirstOrDefault(dialler.May);
        // Who asks straight over this internet shows that it works here.
        var isHeardOverIt = context.Origin() is { Kind: OriginKind.OutsideDirect, Address: { } asking } && asking.Family() == family;
        var report = address is null ? DialReport.NotDialled(addresses.Count == 0 ? DialReport.Dns : DialReport.Address)
            : await dialler.DialAsync(address, new DialRequest(friend.Name, request.Port!.Value, request.Key!, request.Nonce!), cancel => isHeardOverIt ? Task.FromResult(true) : controls.SeesOthersAsync(family, cancel), context.RequestAborted);
        var reply = new LookReply(report.OutcomeWord, report.Step, report.Answer, address?.ToString() ?? "", null);
        return TypedResults.Json(reply with { Signature = identity.Sign(reply.SignedText(request)) }, FriendJson.Default.LookReply);
    }

    private static IResult End(EndRequest request, HttpContext context, FriendDoor door, Friendships friendships)
    {
        var (friend, refusal) = door.Judge(request, context);
        if (friend is null) return refusal!;
        friendships.End(friend, friend.Name, context.Origin());
        return TypedResults.Json(new EndReply(true), FriendJson.Default.EndReply);
    }

    private static IResult NotInvited() => Problems.Of(403, "This invitation has been used, has expired, or is none.");

    /// <summary>Whatever is sent here is short.</summary>
    private sealed class SmallBody : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => 4096;
    }
}
