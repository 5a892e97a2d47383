using System.Text.Json.Nodes;
using Gateway.Devices;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Host.Lights;

/// <summary>Tells OpenAPI what a state looks like: its JSON is written by hand, so nothing can be read off the type.</summary>
internal sealed class LightStateSchema : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type != typeof(LightState)) return Task.CompletedTask;
        schema.Type = JsonSchemaType.Object;
        schema.Description = "Home Assistant's JSON light schema; what is not named stays as it is";
        schema.AdditionalPropertiesAllowed = false;
        schema.Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["state"] = Words("ON", "OFF"),
            ["brightness"] = Number(JsonSchemaType.Integer, 0, 255, "0 to 255"),
            ["color_mode"] = Words("onoff", "brightness", "color_temp", "xy", "rgb", "hs"),
            ["color"] = Object("{x, y}, {r, g, b} or {h, s}, one of them and whole", "x", "y", "r", "g", "b", "h", "s"),
            ["color_temp"] = Number(JsonSchemaType.Integer, 1, 1000, "Mireds"),
            ["effect"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "One of the light's effects" },
            ["transition"] = Number(JsonSchemaType.Number, 0, 3600, "Seconds; part of a wish, never stored"),
        };
        return Task.CompletedTask;
    }

    private static OpenApiSchema Words(params string[] words) =>
        new() { Type = JsonSchemaType.String, Enum = [.. words.Select(w => (JsonNode)JsonValue.Create(w))] };

    private static OpenApiSchema Number(JsonSchemaType type, int min, int max, string description) =>
        new() { Type = type, Minimum = min.ToString(), Maximum = max.ToString(), Description = description };

    private static OpenApiSchema Object(string description, params string[] numbers) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Properties = numbers.ToDictionary(n => n, _ => (IOpenApiSchema)new OpenApiSchema { Type = JsonSchemaType.Number }, StringComparer.Ordinal),
    };
}
