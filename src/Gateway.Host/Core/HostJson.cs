using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Host.Core;

/// <summary>Serialization of what no feature owns. Each feature has its own context and adds it with <c>services.AddJson(Context.Default)</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
[JsonSerializable(typeof(Microsoft.AspNetCore.Http.HttpValidationProblemDetails))]
[JsonSerializable(typeof(string))]
internal sealed partial class HostJson : JsonSerializerContext;

internal static class JsonExtensions
{
    /// <summary>Lets HTTP read and write a feature's types, without reflection.</summary>
    public static IServiceCollection AddJson(this IServiceCollection services, JsonSerializerContext context) =>
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            o.SerializerOptions.TypeInfoResolverChain.Insert(0, context);
        });
}
