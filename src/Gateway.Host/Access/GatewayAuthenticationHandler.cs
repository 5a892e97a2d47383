using Gateway.Host.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Gateway.Host.Access;

/// <summary>Finds the caller of a request: the local socket's (whoever may open that file), else a token's, else a session's.</summary>
internal sealed class GatewayAuthenticationHandler(Sessions sessions, Tokens tokens) : IAuthenticationHandler
{
    private const string Bearer = "Bearer ";

    private static readonly Task<AuthenticateResult> Nobody = Task.FromResult(AuthenticateResult.NoResult());
    private static readonly Task<AuthenticateResult> Local = Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(
        new Caller(CallerKind.Local, "", "local", Roles.Owner, Scopes.All, CancellationToken.None), AccessFeature.Scheme)));

    private HttpContext _context = null!;

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _context = context;
        return Task.CompletedTask;
    }

    public Task<AuthenticateResult> AuthenticateAsync()
    {
        var origin = _context.Origin();
        var request = _context.Request;
        if (origin.Kind == OriginKind.LocalSocket) return Local;
        // What crosses the internet in the clear is no secret any more.
        if (origin.IsOutside && !request.IsHttps && !origin.IsReadable) return Nobody;
        // Who shows a token means the token, whatever cookies the program also carries.
        if (request.Headers.Authorization is { Count: > 0 } authorization)
        {
            return authorization is [{ } value] && value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && tokens.Use(value.AsSpan(Bearer.Length).Trim()) is { } token
                && !(origin.IsReadable && token.Caller.May(Scopes.Admin)) ? token.Result : Nobody;
        }
        if (origin.IsReadable) return Nobody;
        return Cookies.Read(request, Cookies.SessionName(request.IsHttps)) is { } cookie && sessions.Use(cookie, request.IsHttps) is { } session ? session.Result : Nobody;
    }

    public Task ChallengeAsync(AuthenticationProperties? properties)
    {
        _context.Response.Headers.WWWAuthenticate = "Bearer";
        if (_context.Origin().IsReadable) return Problems.Of(401, ReadableWays.OnlyTokens).ExecuteAsync(_context);
        return Problems.Of(401, "Sign in, or send an API token in the header Authorization.").ExecuteAsync(_context);
    }

    public Task ForbidAsync(AuthenticationProperties? properties)
    {
        var scopes = _context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy).OfType<string>() ?? [];
        return Problems.Of(403, $"This needs the right \"{string.Join("\" and \"", scopes)}\", which {_context.User.CallerName()} does not have.").ExecuteAsync(_context);
    }
}
