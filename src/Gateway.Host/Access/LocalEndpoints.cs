using System.Globalization;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Host.Access;

/// <summary>What only the local socket may ask, for <c>gateway claim-code</c> and <c>gateway owner reset</c>; and the audit log.</summary>
internal static class LocalEndpoints
{
    private const int MostEntries = 1000;

    public static void MapLocalAndAudit(this IEndpointRouteBuilder app)
    {
        var local = app.MapGroup("/api/local").RequireAuthorization(AccessFeature.Local).ExcludeFromDescription();
        local.MapGet("/claim-code", Code);
        local.MapPost("/owner-reset", Reset);
        app.MapGet("/api/audit", Audit).RequireAuthorization(Scopes.Admin).WithTags("Audit").WithSummary("Who changed what, the newest first").Produces<AuditEntry[]>().ProducesProblem(400);
    }

    private static IResult Code(People people, ClaimCode code) => !people.IsClaimed && code.Current is { } current
        ? TypedResults.Json(new ClaimCodeView(current), AccessJson.Default.ClaimCodeView)
        : Problems.Of(409, "This gateway has an owner already. \"gateway owner reset\" makes a new code for an owner who lost the password.");

    private static JsonHttpResult<ClaimCodeView> Reset(HttpContext context, Accounts accounts) =>
        TypedResults.Json(new ClaimCodeView(accounts.ResetOwner(context.Origin())), AccessJson.Default.ClaimCodeView);

    // A text: what is no number would be refused before this is called, and the field not named.
    private static IResult Audit(AuditLog audit, string? count) =>
        int.TryParse(count ?? "100", NumberStyles.None, CultureInfo.InvariantCulture, out var entries) && entries is >= 1 and <= MostEntries
        ? TypedResults.Json([.. audit.Newest(entries)], AccessJson.Default.AuditEntryArray)
        : Problems.Of(400, $"A number from 1 to {MostEntries}.", "count");
}
