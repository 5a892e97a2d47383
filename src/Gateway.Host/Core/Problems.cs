using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace Gateway.Host.Core;

/// <summary>Errors as RFC 9457 <c>application/problem+json</c>, naming the field.</summary>
public static class Problems
{
    /// <summary>An error in words: <paramref name="detail"/> says what is wrong and the cure, <paramref name="field"/> where.</summary>
    public static IResult Of(int status, string detail, string? field = null) => TypedResults.Problem(
        detail, statusCode: status, extensions: field is null ? null : new Dictionary<string, object?>(StringComparer.Ordinal) { ["field"] = field });

    /// <summary>429: too often; says when to try again.</summary>
    public static IResult TooOften(HttpContext context, TimeSpan wait, string detail)
    {
        ArgumentNullException.ThrowIfNull(context);
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        context.Response.Headers.RetryAfter = seconds.ToString();
        return Of(429, $"{detail} Try again in {seconds} seconds.");
    }

    /// <summary>Bad requests tell which field is wrong; anything else unforeseen tells nothing. A feature's own handlers come first: add this last.</summary>
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddExceptionHandler<BadRequestHandler>();
        services.AddExceptionHandler<StorageHandler>();
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
    }

    /// <summary>The disk is full or fails: nothing of the change was kept (RFC 4918 section 11.5, Insufficient Storage).</summary>
    private sealed class StorageHandler : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
        {
            if (!DatabaseFile.IsStorageTrouble(exception)) return false;
            await Of(507, "The gateway cannot write to its disk: it is full or fails. Nothing was changed.").ExecuteAsync(context);
            return true;
        }
    }

    private sealed class BadRequestHandler : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
        {
            if (exception is not BadHttpRequestException bad) return false;
            var problem = bad.InnerException switch
            {
                JsonException json => Of(400, "The body is not the JSON expected here.", json.Path?.TrimStart('$', '.')),
                _ => OfRequest(bad),
            };
            await problem.ExecuteAsync(context);
            return true;
        }

        /// <summary>ASP.NET's own words are for who wrote the endpoint: they name its parameters.</summary>
        private static IResult OfRequest(BadHttpRequestException bad) => bad.Message.Split('"') switch
        {
            _ when bad.StatusCode == 413 => Of(413, "The body is too large."),
            ["Implicit body inferred for parameter ", ..] => Of(400, "A body of JSON is needed."),
            _ => Of(bad.StatusCode, "The request cannot be read: " + bad.Message),
        };
    }
}
