using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary><c>GET lend</c>: asks for a line, over which visitors are brought. Stands in the header <see cref="LineEndpoint.Header"/>, as base64 of JSON.</summary>
internal sealed record LineRequest(string? From, string? To, string? Nonce, string? Fresh, string? Signature) : ISignedMessage
{
    [JsonIgnore] public string SignedText => FriendText.Of("line", From, To, Nonce, Fresh);

    /// <summary>What the lender signs in return: over this very question.</summary>
    [JsonIgnore] public string AnswerText => FriendText.Of("lent", Signature);
}

/// <summary>Where a friend's gateway opens its lines: HTTP/1.1 Upgrade (RFC 9110 section 7.8) on the door for friends.</summary>
internal static class LineEndpoint
{
    public const string Path = FriendDoor.Path + "lend", Protocol = "gateway-lend", Header = "Gateway-Friend";

    /// <summary>What a refusal means to the other side.</summary>
    public const int NotLent = StatusCodes.Status404NotFound, UsedUp = StatusCodes.Status503ServiceUnavailable, TooMany = StatusCodes.Status429TooManyRequests, IsBorrowedItself = StatusCodes.Status508LoopDetected;

    private const int LongestHeader = 2048;

    public static void MapLines(this IEndpointRouteBuilder app) => app.MapGet(Path, ServeAsync).AllowAnonymous().WithTags("Friends").WithSummary("For a friend's gateway: opens a line over which visitors are brought to it (Upgrade: gateway-lend)");

    private static async Task ServeAsync(HttpContext context, FriendDoor door, Lendings lendings, FriendIdentity identity, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        if (await AcceptAsync(context, door, lendings, identity) is not var (way, stream)) return;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var line = new VisitorLine(stream, time);
        await way.ServeAsync(line, end.Token);
        if (end.IsCancellationRequested) context.Abort();
    }

    private static async Task<(LentWay Way, Stream Stream)?> AcceptAsync(HttpContext context, FriendDoor door, Lendings lendings, FriendIdentity identity)
    {
        async Task<(LentWay, Stream)?> RefuseAsync(IResult refusal)
        {
            await refusal.ExecuteAsync(context);
            return null;
        }
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade || !context.Request.Headers.Upgrade.Contains(Protocol, StringComparer.OrdinalIgnoreCase))
        {
            context.Response.Headers.Upgrade = Protocol;
            return await RefuseAsync(Problems.Of(426, "Here friends' gateways open lines, with the header Upgrade: gateway-lend."));
        }
        if (Read(context.Request.Headers[Header]) is not { } request) return await RefuseAsync(Problems.Of(400, "A signed request of a friend's gateway.", Header));
        var (friend, refusal) = door.Judge(request, context, door.Lines);
        if (friend is null) return await RefuseAsync(refusal!);
        if (context.Origin().Kind == OriginKind.OutsideTunnel) return await RefuseAsync(Problems.Of(IsBorrowedItself, "This gateway is reached through somebody else itself, and can bring nobody on."));
        if (lendings.To(friend) is not { } way) return await RefuseAsync(Problems.Of(NotLent, "The owner does not lend this gateway's way in to you."));
        if (way.IsUsedUp) return await RefuseAsync(Problems.Of(UsedUp, "You have taken all that is lent to you this month."));
        if (way.Lines >= way.MostLines) return await RefuseAsync(Problems.Of(TooMany, "You have as many lines as there may be."));
        context.Response.Headers[Header] = identity.Sign(request.AnswerText);
        context.Response.Headers.Upgrade = Protocol;
        // Whoever is slow is seen to by the line itself: a visitor may make it wait.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } pace) pace.MinDataRate = null;
        return (way, await upgrade.UpgradeAsync());
    }

    private static LineRequest? Read(string? header)
    {
        if (header is not { Length: > 0 and <= LongestHeader }) return null;
        try { return JsonSerializer.Deserialize(Convert.FromBase64String(header), FriendJson.Default.LineRequest); }
        catch (Exception e) when (e is FormatException or JsonException) { return null; }
    }

    public static string Write(LineRequest request) => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(request, FriendJson.Default.LineRequest));
}
