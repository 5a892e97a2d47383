using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;
using Gateway.Host.Reachability.Friends.Lending;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Host.Reachability.Friends;

/// <param name="Name">Its public name.</param>
/// <param name="Since">When the two became friends.</param>
/// <param name="Asked">Whether it is to look.</param>
/// <param name="Looked">When it last looked; null for never.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Words">The same in words.</param>
/// <param name="Lent">This gateway's way in as the friend has it; null while it is not lent.</param>
/// <param name="Borrowed">Whether the friend's way in is used.</param>
internal sealed record FriendView(string Name, DateTimeOffset Since, bool Asked, DateTimeOffset? Looked, string? Outcome, string? Words, LentView? Lent, bool Borrowed)
{
    public static FriendView Of(Friend friend, GatewayStatus status, Settings settings, Lendings lendings, LenderChoice choice)
    {
        var lent = lendings.To(friend) is { } way ? new LentView(way.Since, way.Lines, way.Visitors, way.Volume.Bytes, (long)LendLimits.Of(settings).BytesPerMonth) : null;
        var last = status.Observations.Where(o => o.Vantage == FriendVantage.NameOf(friend)).MaxBy(o => o.Started);
        return new FriendView(friend.Name, friend.Since, FriendVantages.IsAsked(friend, settings), last?.StartedAt, last is null ? null : ReachabilityView.Lower(last.Outcome), last?.Words, lent, choice.Current?.Name == friend.Name);
    }
}

/// <param name="Invitation">For the friend's owner; shown this once.</param>
/// <param name="Expires">Till when it can be taken up.</param>
internal sealed record FriendInvitationView(string Invitation, DateTimeOffset Expires);

internal sealed record PairingRequest(string? Invitation);

/// <param name="Told">Whether the other gateway has heard of it.</param>
internal sealed record EndedView(bool Told);

/// <summary><c>/api/friends</c>, for the owner: who looks at us and at whom we look.</summary>
internal static class FriendEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8), PatienceForGoodbye = TimeSpan.FromSeconds(4);

    public static void AddFriends(this IServiceCollection services)
    {
        services.AddSingleton<Friendships>();
        services.AddSingleton<FriendIdentity>();
        services.AddSingleton<FreshValues>();
        services.AddSingleton<FriendDoor>();
        services.AddSingleton<FriendClient>();
        services.AddHostedService<FriendVantages>();
        services.AddLending();
        services.AddJson(FriendJson.Default);
    }

    public static void MapFriends(this IEndpointRouteBuilder app)
    {
        var friends = app.MapGroup("/api/friends").WithTags("Friends").RequireAuthorization(Scopes.Admin);
        friends.MapGet("", List).WithSummary("Paired gateways, and what each found last");
        friends.MapPost("/invitations", Invite).WithSummary("Makes an invitation for one other gateway").Produces<FriendInvitationView>(201).ProducesProblem(409);
        friends.MapPost("", PairAsync).WithSummary("Takes up an invitation of another gateway").Produces<FriendView>(201).ProducesProblem(400).ProducesProblem(409).ProducesProblem(502);
        friends.MapDelete("/{name}", EndAsync).WithSummary("Ends a friendship, and tells the other gateway if it can be reached").Produces<EndedView>().ProducesProblem(404);
        app.MapLending();
    }

    private static JsonHttpResult<FriendView[]> List(Friendships friendships, StatusStore status, SettingsStore settings, Lendings lendings, LenderChoice choice) =>
        TypedResults.Json(friendships.All.Select(f => FriendView.Of(f, status.Current, settings.Current, lendings, choice)).ToArray(), FriendJson.Default.FriendViewArray);

    private static IResult Invite(HttpContext context, Friendships friendships, StatusStore status, TimeProvider time)
    {
        if (Own(status) is not var (door, tls)) return NoDoor();
        var invitation = FriendInvitation.New(door.Name, door.Port, tls);
        return friendships.Invite(invitation, context.User.CallerName(), context.Origin())
            ? TypedResults.Json(new FriendInvitationView(invitation.ToString(), time.GetUtcNow() + FriendInvitation.Lifetime), FriendJson.Default.FriendInvitationView, statusCode: 201)
            : Problems.Of(409, $"{Friendships.MostInvitations} invitations are open. Wait until one is taken up or a day has passed.");
    }

    private static async Task<IResult> PairAsync(PairingRequest request, HttpContext context, Friendships friendships, FriendClient client, StatusStore status, SettingsStore settings, Lendings lendings, LenderChoice choice, TimeProvider time)
    {
        if (FriendInvitation.Parse(request.Invitation) is not { } invitation) return Problems.Of(400, "An invitation begins with gateway-friend:// and is pasted whole.", "invitation");
        if (Own(status) is not var (own, tls)) return NoDoor();
        if (PublicNames.Of(settings.Current).Any(n => n.Name == invitation.Name)) return Problems.Of(400, "This is an invitation of this gateway itself. It is for the owner of another one.", "invitation");
        if (Refusal(friendships.MayAdd(invitation.Name), invitation.Name) is { } refusal) return refusal;
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        Friend friend;
        try { friend = await client.PairAsync(invitation, own, tls, either.Token); }
        catch (PeerException e) when (e.Status == 403) { return Problems.Of(400, $"{invitation.Name} does not know this invitation: it has been used, has expired or was not copied whole.", "invitation"); }
        catch (PeerException e) when (e.Status == 409) { return Problems.Of(409, $"{invitation.Name} has a friend of this gateway's name already, or too many. Its owner has to end one first."); }
        catch (PeerException e) { return Problems.Of(502, $"{invitation.Name} could not be asked: {e.Message}. Try again later."); }
        catch (OperationCanceledException) when (patience.IsCancellationRequested) { return Problems.Of(502, $"{invitation.Name} does not answer. Try again later."); }
        var added = Pairing.NotInvited;
        try { added = friendships.Add(friend, context.User.CallerName(), context.Origin()); }
        finally { if (added != Pairing.Paired) await SayGoodbyeAsync(friend, client, time); } // the other side has agreed, and would look in vain
        return Refusal(added, friend.Name) ?? TypedResults.Json(FriendView.Of(friend, status.Current, settings.Current, lendings, choice), FriendJson.Default.FriendView, statusCode: 201);
    }

    private static async Task<IResult> EndAsync(string name, HttpContext context, Friendships friendships, FriendClient client, TimeProvider time)
    {
        if (friendships.Find(name) is not { } friend || !friendships.End(friend, context.User.CallerName(), context.Origin())) return Problems.Of(404, "There is no friend of that name.", "name");
        return TypedResults.Json(new EndedView(await SayGoodbyeAsync(friend, client, time)), FriendJson.Default.EndedView);
    }

    /// <summary>Whether the other gateway has heard it. Ended it is in any case, also when the browser has gone.</summary>
    private static async Task<bool> SayGoodbyeAsync(Friend friend, FriendClient client, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(PatienceForGoodbye, time);
        try
        {
            await client.EndAsync(friend, patience.Token);
            return true;
        }
        catch (Exception e) when (e is PeerException or OperationCanceledException) { return false; }
    }

    private static (PublicDoor Door, string Tls)? Own(StatusStore status) =>
        PublicDoor.Of(status.Current) is { } door && status.Current.Certificate is { } certificate ? (door, certificate.KeyFingerprint) : null;

    private static IResult NoDoor() => Problems.Of(409, "Friends find each other by their public names over HTTPS: set [name] and an https:// address in http.listen first.");

    private static IResult? Refusal(Pairing pairing, string name) => pairing switch
    {
        Pairing.Paired => null,
        Pairing.NameTaken => Problems.Of(409, $"{name} is a friend already. End that friendship first.", "invitation"),
        _ => Problems.Of(409, $"There are {Friendships.Most} friends already. End a friendship first."),
    };
}
