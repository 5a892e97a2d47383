using Microsoft.OpenApi;

namespace Gateway.Host.ApiDescription;

/// <summary><c>/openapi/v1.json</c>: the API as OpenAPI describes it; nothing in it is secret.</summary>
internal static class ApiDescriptionEndpoints
{
    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Gateway",
                Version = "v1",
                Description = "The lights of a house and the way to them. Errors are application/problem+json (RFC 9457) and name the field.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token: gateway token create NAME --scope lights:write" },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
            return Task.CompletedTask;
        });
    });

    public static void MapApiDescription(this IEndpointRouteBuilder app) => app.MapOpenApi("/openapi/v1.json").AllowAnonymous();
}
