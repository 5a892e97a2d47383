using Gateway.Devices;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary><c>/api/lights</c>: see them, command one, a room or all of them.</summary>
internal static class LightEndpoints
{
    public static void MapLights(this IEndpointRouteBuilder app)
    {
        var lights = app.MapGroup("/api/lights").WithTags("Lights");
        lights.MapGet("", (LightRegistry registry) => TypedResults.Ok(LightView.Of(registry.Lights)))
            .RequireAuthorization(Scopes.LightsRead).WithSummary("Every light of the house");
        lights.MapGet("/{id}", (string id, LightRegistry registry) =>
                registry.Find(id) is { } light ? TypedResults.Ok(LightView.Of(light)) : NotFound(id))
            .RequireAuthorization(Scopes.LightsRead).WithSummary("One light").Produces<LightView>().ProducesProblem(404);
        lights.MapPatch("/{id}", Command)
            .RequireAuthorization(Scopes.LightsWrite).WithSummary("Asks a light for a state").Produces<LightView>(202).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        lights.MapPatch("", CommandMany)
            .RequireAuthorization(Scopes.LightsWrite).WithSummary("Asks every light, or every light of a room, for what it can of a state").Produces<LightView[]>(202).ProducesProblem(400).ProducesProblem(404);
    }

    private static IResult Command(string id, LightState wish, LightRegistry registry, AuditLog audit, HttpContext context)
    {
        if (wish.Contradiction() is { } nonsense) return Problems.Of(400, nonsense.Reason, nonsense.Field);
        if (registry.Find(id) is not { } light) return NotFound(id);
        if (light.Capabilities.Refuses(wish) is { } refusal) return Problems.Of(409, refusal.Reason, refusal.Field);
        var who = context.User.CallerName();
        if (registry.Command(id, wish, who) is not { } commanded) return NotFound(id);
        audit.Everyday(who, context.Origin(), "light.commanded", id);
        return TypedResults.Json(LightView.Of(commanded), LightsJson.Default.LightView, statusCode: 202);
    }

    /// <summary>Rooms and "all": each light takes what it can of the wish; the answer has those that took something.</summary>
    private static IResult CommandMany(LightState wish, string? room, LightRegistry registry, AuditLog audit, HttpContext context)
    {
        if (wish.Contradiction() is { } nonsense) return Problems.Of(400, nonsense.Reason, nonsense.Field);
        var lights = registry.Lights;
        if (room is not null)
        {
            lights = [.. lights.Where(l => l.Room == room)];
            if (lights.Count == 0) return Problems.Of(404, $"There is no light in a room \"{room}\".", "room");
        }
        var who = context.User.CallerName();
        var commanded = new List<Light>(lights.Count);
        foreach (var light in lights)
        {
            if (light.Capabilities.Share(wish) is { } share && registry.Command(light.Id, share, who) is { } after) commanded.Add(after);
        }
        audit.Everyday(who, context.Origin(), "lights.commanded", room ?? "all");
        return TypedResults.Json(LightView.Of(commanded), LightsJson.Default.LightViewArray, statusCode: 202);
    }

    private static IResult NotFound(string id) => Problems.Of(404, $"There is no light \"{id}\".", "id");
}
