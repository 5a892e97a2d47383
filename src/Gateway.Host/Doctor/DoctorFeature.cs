using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary><c>/api/doctor</c>: whether and how the house can be reached, hop by hop, and what to do.</summary>
internal static class DoctorFeature
{
    public static void AddDoctor(this IServiceCollection services)
    {
        services.AddSingleton<Diagnostician>();
        services.AddSingleton<FactViews>();
        services.AddSingleton(p => new LookAround(p.GetRequiredService<StatusStore>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<LookAround>>(), p.GetRequiredService<AddressScopes>(),
            p.GetService<AskResolvers>(), p.GetService<KnockFromOutside>(), p.GetService<ListRouterMappings>()));
        services.AddJson(DoctorJson.Default);
    }

    public static void MapDoctor(this IEndpointRouteBuilder app)
    {
        var doctor = app.MapGroup("/api/doctor").WithTags("Reachability").RequireAuthorization(Scopes.StatusRead);
        doctor.MapGet("", (StatusStore store, Diagnostician diagnostician, FactViews views) =>
            {
                var status = store.Current;
                return TypedResults.Ok(views.Of(status, diagnostician.Of(status), ListeningSockets.Read()));
            })
            .WithSummary("The path from this gateway to a phone, hop by hop: what was found, the first broken one, its cause and its cure; every address and open door").Produces<DoctorView>();
        doctor.MapPost("/look", async (LookAround around) => TypedResults.Ok(await around.LookAsync()))
            .WithSummary("Asks resolvers what they remember, lets a vantage knock at the router's own doors, and reads what the router has opened; takes up to ten seconds").Produces<LookView>();
    }
}
