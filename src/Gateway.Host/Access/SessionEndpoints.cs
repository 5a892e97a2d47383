using Gateway.Host.Core;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Host.Access;

/// <summary>Signing in and out, and the list of where one is signed in.</summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var session = app.MapGroup("/api/session").WithTags("Sessions");
        session.MapGet("", Who).AllowAnonymous().WithSummary("Who am I; for a stranger, whether the gateway has an owner");
        session.MapPost("", SignInAsync).AllowAnonymous().WithSummary("Signs in").Produces<WhoView>().ProducesProblem(403).ProducesProblem(429).ProducesProblem(503);
        session.MapDelete("", SignOut).AllowAnonymous().WithSummary("Signs out");
        session.MapPost("/password", ChangePasswordAsync).RequireAuthorization(AccessFeature.Person)
            .WithSummary("Changes one's own password; ends one's other sessions").Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(429);
        var sessions = app.MapGroup("/api/sessions").WithTags("Sessions").RequireAuthorization(AccessFeature.Person);
        sessions.MapGet("", List).WithSummary("Where one is signed in; the owner sees everybody's");
        sessions.MapDelete("/{id}", End).WithSummary("Ends a session").Produces(204).ProducesProblem(404);
    }

    private static JsonHttpResult<WhoView> Who(HttpContext context, People people) => TypedResults.Json(
        context.User is Caller caller ? WhoView.Of(caller, people.IsClaimed, context.Origin()) : new WhoView(people.IsClaimed), AccessJson.Default.WhoView);

    private static async Task<IResult> SignInAsync(SignInRequest request, HttpContext context, People people, Accounts accounts, PasswordHasher hasher,
        SignInThrottle throttle, DeviceCookie devices, Refusals refusals)
    {
        if (Visitors.RefuseInTheClear(context) is { } inTheClear) return inTheClear;
        if (request.Name is not { Length: > 0 and <= AccountRules.LongestName } name) return Problems.Of(400, $"A name of at most {AccountRules.LongestName} characters is needed.", "name");
        if (request.Password is not { Length: > 0 } password) return Problems.Of(400, "A password is needed.", "password");
        if (AccountRules.RefuseLength(password) is { } tooLong) return Problems.Of(400, tooLong, "password");

        var (from, key) = (context.Origin(), AccountRules.Key(name));
        var device = devices.Check(Cookies.Read(context.Request, Cookies.DeviceName(context.Request.IsHttps)), key);
        if (throttle.Take(from, key, device) is { } wait) return Visitors.Throttled(context, wait);
        var person = people.Find(name);
        switch (await hasher.VerifyAsync(person?.PasswordHash, password, device is not null, context.RequestAborted))
        {
            case PasswordVerdict.Busy:
                throttle.GiveBack(from, key, device);
                return Visitors.Busy(context);
            case PasswordVerdict.Right when accounts.SignIn(person!, Visitors.Of(context)) is { } made:
                throttle.GiveBack(from, key, device);
                return Visitors.SignedIn(context, made, devices, 200);
            default:
                refusals.Note(from, "session.refused", person?.Name ?? "(unknown name)");
                return Problems.Of(403, "The name or the password is wrong.");
        }
    }

    private static NoContent SignOut(HttpContext context, Sessions sessions, Accounts accounts)
    {
        if (context.User is Caller { Kind: CallerKind.Session } caller && sessions.All.FirstOrDefault(s => s.Id == caller.Id) is { } session)
            accounts.EndSession(session, caller.CallerName(), context.Origin());
        Cookies.Delete(context, Cookies.SessionName(context.Request.IsHttps));
        return TypedResults.NoContent();
    }

    private static async Task<IResult> ChangePasswordAsync(PasswordRequest request, HttpContext context, People people, Accounts accounts, PasswordHasher hasher,
        SignInThrottle throttle, Refusals refusals)
    {
        if (context.User is not Caller { Kind: CallerKind.Session } caller || people.Find(caller.Name) is not { } person)
            return Problems.Of(403, "Only a person who is signed in has a password.");
        if (request.Current is not { Length: > 0 } current || AccountRules.RefuseLength(current) is not null) return Problems.Of(400, "The present password is needed.", "current");
        if (AccountRules.RefusePassword(request.New, person.Name) is { } refusal) return Problems.Of(400, refusal, "new");

        // A stolen session must not become a way to try passwords without end.
        var from = context.Origin();
        if (throttle.Take(from, person.Key, caller.Id) is { } wait) return Visitors.Throttled(context, wait);
        var verdict = await hasher.VerifyAsync(person.PasswordHash, current, isKnown: true, context.RequestAborted);
        if (verdict == PasswordVerdict.Wrong)
        {
            refusals.Note(from, "password.refused", person.Name);
            return Problems.Of(403, "The present password is wrong.", "current");
        }
        throttle.GiveBack(from, person.Key, caller.Id);
        if (verdict == PasswordVerdict.Busy || await hasher.HashAsync(request.New!, context.RequestAborted) is not { } hash) return Visitors.Busy(context);
        accounts.ChangePassword(person, hash, caller.Id, from);
        return TypedResults.NoContent();
    }

    private static JsonHttpResult<SessionView[]> List(HttpContext context, Sessions sessions)
    {
        var caller = (Caller)context.User;
        return TypedResults.Json(sessions.All.Where(s => IsFor(caller, s)).OrderByDescending(s => s.LastUsed)
            .Select(s => new SessionView(s.Id, s.Caller.Name, s.Device, s.From, s.Created, s.LastUsed, s.Id == caller.Id)).ToArray(), AccessJson.Default.SessionViewArray);
    }

    private static IResult End(string id, HttpContext context, Sessions sessions, Accounts accounts)
    {
        var caller = (Caller)context.User;
        // Somebody else's session is as good as none: its id tells nothing.
        if (sessions.All.FirstOrDefault(s => s.Id == id && IsFor(caller, s)) is not { } session) return Problems.Of(404, "There is no such session.", "id");
        accounts.EndSession(session, caller.CallerName(), context.Origin());
        return TypedResults.NoContent();
    }

    private static bool IsFor(Caller caller, Session session) =>
        caller.May(Scopes.Admin) || (caller.Kind == CallerKind.Session && session.PersonKey == AccountRules.Key(caller.Name));
}
