using Gateway.Host.Core;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Host.Access;

/// <summary>The first owner by the claim code, everybody else by invitation.</summary>
internal static class PeopleEndpoints
{
    public static void MapPeople(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/claim", ClaimAsync).AllowAnonymous().WithTags("People")
            .WithSummary("Makes the first owner").Produces<WhoView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        var people = app.MapGroup("/api/people").WithTags("People");
        people.MapPost("/join", JoinAsync).AllowAnonymous()
            .WithSummary("Takes up an invitation").Produces<WhoView>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(503);
        var owner = people.MapGroup("").RequireAuthorization(Scopes.Admin);
        owner.MapGet("", List).WithSummary("Who lives here");
        owner.MapDelete("/{name}", Remove).WithSummary("Removes a person with all sessions, tokens and invitations of theirs").Produces(204).ProducesProblem(404).ProducesProblem(409);
        owner.MapGet("/invitations", (Invitations invitations) => TypedResults.Json(invitations.Open.Select(i => new InvitationView(i.Id, i.Role, i.Expires)).ToArray(), AccessJson.Default.InvitationViewArray))
            .WithSummary("Invitations that nobody has taken up yet");
        owner.MapPost("/invitations", Invite).WithSummary("Makes a link for one person").Produces<InvitationView>(201).ProducesProblem(400);
        owner.MapDelete("/invitations/{id}", Uninvite).WithSummary("Revokes an invitation").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> ClaimAsync(ClaimRequest request, HttpContext context, People people, ClaimCode code, Accounts accounts, PasswordHasher hasher,
        SignInThrottle throttle, DeviceCookie devices, Refusals refusals)
    {
        if (Visitors.RefuseInTheClear(context) is { } inTheClear) return inTheClear;
        if (people.IsClaimed) return AlreadyClaimed();
        var from = context.Origin();
        if (throttle.ClaimCodes.Take(from.Source) is { } wait) return Visitors.Throttled(context, wait);
        if (!code.Matches(request.Code ?? ""))
        {
            refusals.Note(from, "claim.refused", "");
            return Problems.Of(403, "That is not the claim code. \"gateway claim-code\" prints it on the gateway itself.", "code");
        }
        throttle.ClaimCodes.GiveBack(from.Source);
        if (Refuse(request.Name, request.Password, people) is { } refusal) return refusal;
        if (await hasher.HashAsync(request.Password!, context.RequestAborted) is not { } hash) return Visitors.Busy(context);
        return accounts.Claim(request.Name!, hash, Visitors.Of(context)) is { } made ? Visitors.SignedIn(context, made, devices, 201) : AlreadyClaimed();
    }

    private static async Task<IResult> JoinAsync(ClaimRequest request, HttpContext context, People people, Invitations invitations, Accounts accounts, PasswordHasher hasher,
        DeviceCookie devices, Refusals refusals)
    {
        if (Visitors.RefuseInTheClear(context) is { } inTheClear) return inTheClear;
        // Not throttled: 256 random bits cannot be guessed, and strangers must not be able to keep a guest out.
        if (invitations.Find(request.Code ?? "") is not { } invitation)
        {
            refusals.Note(context.Origin(), "invitation.refused", "");
            return Problems.Of(403, "This invitation has been used, has expired, or was revoked. Ask the owner for a new one.", "code");
        }
        if (Refuse(request.Name, request.Password, people) is { } refusal) return refusal;
        if (await hasher.HashAsync(request.Password!, context.RequestAborted) is not { } hash) return Visitors.Busy(context);
        return accounts.Join(invitation, request.Name!, hash, Visitors.Of(context)) is { } made
            ? Visitors.SignedIn(context, made, devices, 201) : Problems.Of(409, "Somebody was faster: the invitation or the name has just been taken.");
    }

    private static IResult? Refuse(string? name, string? password, People people) =>
        AccountRules.RefuseName(name) is { } badName ? Problems.Of(400, badName, "name")
        : AccountRules.RefusePassword(password, name!) is { } badPassword ? Problems.Of(400, badPassword, "password")
        : people.Find(name!) is not null ? Problems.Of(409, "That name is taken.", "name")
        : null;

    private static IResult AlreadyClaimed() => Problems.Of(409, "This gateway has an owner already. Sign in, or ask the owner for an invitation.");

    private static JsonHttpResult<PersonView[]> List(People people, Sessions sessions) => TypedResults.Json(people.All.Select(p =>
        new PersonView(p.Name, p.Role, p.Created, sessions.Of(p).Select(s => s.LastUsed).Append(p.LastSeen).Max())).ToArray(), AccessJson.Default.PersonViewArray);

    private static IResult Remove(string name, HttpContext context, People people, Accounts accounts)
    {
        if (people.Find(name) is not { } person) return Problems.Of(404, "Nobody here has that name.", "name");
        return accounts.Remove(person, context.User.CallerName(), context.Origin())
            ? TypedResults.NoContent() : Problems.Of(409, "The last owner cannot be removed. Invite another owner first.", "name");
    }

    private static IResult Invite(InvitationRequest request, HttpContext context, Accounts accounts, TimeProvider time)
    {
        if (request.Role is not (Roles.Owner or Roles.Member)) return Problems.Of(400, "The role is \"owner\" or \"member\".", "role");
        var (code, now, who) = (Secrets.New(), time.GetUtcNow(), context.User.CallerName());
        var invitation = new Invitation(Digest.Of(code)!.Value, Secrets.NewId(), request.Role, who, now, now + Invitations.Lifetime);
        if (!accounts.Invite(invitation, who, context.Origin())) return Problems.Of(409, "Too many invitations are open. Revoke some first.");
        // In the fragment the code reaches neither server logs nor other sites.
        var link = $"{context.Request.Scheme}://{context.Request.Host}/#join={code}";
        return TypedResults.Json(new InvitationView(invitation.Id, invitation.Role, invitation.Expires) { Link = link }, AccessJson.Default.InvitationView, statusCode: 201);
    }

    private static IResult Uninvite(string id, HttpContext context, Invitations invitations, Accounts accounts)
    {
        if (invitations.Open.FirstOrDefault(i => i.Id == id) is not { } invitation) return Problems.Of(404, "There is no such invitation.", "id");
        accounts.EndInvitation(invitation, context.User.CallerName(), context.Origin());
        return TypedResults.NoContent();
    }
}
