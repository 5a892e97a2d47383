using System.Text.Json;
using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary><c>/api/settings</c>: the owner sees every key and where its value comes from, and changes what no higher layer holds.</summary>
internal static class SettingEndpoints
{
    public static void AddConfiguration(this IServiceCollection services, LoadedConfiguration loaded)
    {
        services.AddSingleton(new SettingsStore(loaded.Settings));
        services.AddSingleton(loaded);
        services.AddSingleton<LiveConfiguration>();
        services.AddHostedService<ConfigurationWatcher>();
        services.AddJson(SettingsJson.Default);
    }

    public static void MapSettings(this IEndpointRouteBuilder app)
    {
        var settings = app.MapGroup("/api/settings").WithTags("Settings").RequireAuthorization(Scopes.Admin);
        settings.MapGet("", (LiveConfiguration configuration, SettingsStore store) => TypedResults.Ok(View(configuration, store.Current)))
            .WithSummary("Every key, its value and the layer that holds it; secrets are never shown").Produces<SettingsView>();
        settings.MapPatch("", Change)
            .WithSummary("Changes settings.toml: {\"key\": value}, null goes back to what lies below; all or nothing").Produces<SettingsView>().ProducesProblem(400);
    }

    private static IResult Change(Dictionary<string, JsonElement> changes, LiveConfiguration configuration, SettingsStore store, AuditLog audit, HttpContext context)
    {
        if (configuration.Change(changes) is { Count: > 0 } mistakes) return Refused(mistakes);
        foreach (var key in changes.Keys) audit.Security(context.User.CallerName(), context.Origin(), "setting.changed", key);
        return TypedResults.Ok(View(configuration, store.Current));
    }

    private static IResult Refused(IReadOnlyList<SettingProblem> mistakes)
    {
        var first = mistakes[0];
        return TypedResults.Problem(first.ToString(), statusCode: 400, extensions: new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["field"] = first.Key,
            ["errors"] = mistakes.Select(m => new FieldError(m.Key, m.Message)).ToArray(),
        });
    }

    private static SettingsView View(LiveConfiguration configuration, Settings settings)
    {
        var fixedKeys = configuration.Schema.Definitions.Where(d => !d.Key.Contains('*', StringComparison.Ordinal)).Select(d => SettingView.Of(d.Key, d, settings.Values.GetValueOrDefault(d.Key)));
        var named = settings.Values.Select(v => (v.Key, Definition: configuration.Schema.Find(v.Key), v.Value))
            .Where(v => v.Definition is { } d && d.Key != v.Key).Select(v => SettingView.Of(v.Key, v.Definition!, v.Value));
        return new SettingsView([.. fixedKeys.Concat(named).OrderBy(v => v.Key, StringComparer.Ordinal)], configuration.Problems);
    }
}
