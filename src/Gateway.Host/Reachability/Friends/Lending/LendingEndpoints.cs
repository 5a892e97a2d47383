using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <param name="Since">Since when it is lent to this friend.</param>
/// <param name="Lines">Connections of its gateway.</param>
/// <param name="Visitors">Who is being brought just now.</param>
/// <param name="Bytes">This calendar month (UTC), both directions.</param>
/// <param name="MostBytes">After so many the lending rests.</param>
internal sealed record LentView(DateTimeOffset Since, int Lines, int Visitors, long Bytes, long MostBytes);

/// <summary><c>/api/friends/NAME/lending</c> and <c>/borrowing</c>, for the owner: to whom the way in is lent, and whose is used.</summary>
internal static class LendingEndpoints
{
    /// <summary>The owner's order of ways in, and the one that is meant here.</summary>
    private const string Order = "ingress.order", Way = "lend";

    public static void AddLending(this IServiceCollection services)
    {
        services.AddSingleton<LenderChoice>();
        services.AddSingleton<Lendings>();
        services.AddHostedService(p => p.GetRequiredService<Lendings>());
        services.AddSingleton<LendDoor>();
        services.AddSingleton<LineClient>();
        services.AddSingleton<DialLender>(p => p.GetRequiredService<LineClient>().DialAsync);
    }

    public static void MapLending(this IEndpointRouteBuilder app)
    {
        app.MapLines();
        var friends = app.MapGroup("/api/friends/{name}").WithTags("Friends").RequireAuthorization(Scopes.Admin);
        friends.MapPost("/lending", (string name, HttpContext context, Friendships all, Lendings lendings) => Of(all, name, f => lendings.Lend(f, context.User.CallerName(), context.Origin())))
            .WithSummary("Lends this gateway's way in to a friend: its visitors are brought to it").Produces(204).ProducesProblem(404);
        friends.MapDelete("/lending", (string name, HttpContext context, Friendships all, Lendings lendings) => Of(all, name, f => lendings.Stop(f, context.User.CallerName(), context.Origin())))
            .WithSummary("Ends that at once, with whoever is being brought").Produces(204).ProducesProblem(404);
        friends.MapPost("/borrowing", (string name, HttpContext context, Friendships all, Lendings lendings, SettingsStore settings) => settings.Current.List(Order).Contains(Way, StringComparer.Ordinal)
                ? Of(all, name, f => lendings.Borrow(f, context.User.CallerName(), context.Origin())) : Problems.Of(409, $"No way in that a friend lends is wanted here: put \"{Way}\" into {Order} in the settings, and start the gateway anew."))
            .WithSummary("Uses a friend's way in, and no other friend's").Produces(204).ProducesProblem(404).ProducesProblem(409);
        friends.MapDelete("/borrowing", (string name, HttpContext context, Friendships all, Lendings lendings) => Of(all, name, f => lendings.GiveBack(f.Name, context.User.CallerName(), context.Origin())))
            .WithSummary("Ends that at once").Produces(204).ProducesProblem(404);
    }

    private static IResult Of(Friendships friendships, string name, Action<Friend> act)
    {
        if (friendships.Find(name) is not { } friend) return Problems.Of(404, "There is no friend of that name.", "name");
        act(friend);
        return TypedResults.NoContent();
    }
}
