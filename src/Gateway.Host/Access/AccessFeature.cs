using Gateway.Host.Core;
using Microsoft.AspNetCore.Authorization;

namespace Gateway.Host.Access;

/// <summary>Who may do what. Every endpoint needs a caller unless it says <c>AllowAnonymous</c>; a scope is asked for by its name.</summary>
internal static class AccessFeature
{
    public const string Scheme = "gateway";

    /// <summary>A person who signed in, or anybody with an owner's power.</summary>
    public const string Person = "person";

    /// <summary>Only through the local socket.</summary>
    public const string Local = "local";

    public static void AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<People>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<Tokens>();
        services.AddSingleton<Invitations>();
        services.AddSingleton<ClaimCode>();
        services.AddSingleton<Accounts>();
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<DeviceCookie>();
        services.AddSingleton<Refusals>();
        services.AddSingleton<HostAllowList>();
        services.AddSingleton<VerifyMqttToken>(p => (token, _) => p.GetRequiredService<Tokens>().Verify(token));
        services.AddHostedService<ClaimAnnouncement>();
        services.AddJson(AccessJson.Default);

        // The core only: cookies here are random numbers, so the key ring that AddAuthentication() writes to the home folder has no use.
        services.AddTransient<GatewayAuthenticationHandler>();
        services.AddAuthenticationCore(o =>
        {
            o.DefaultScheme = Scheme;
            o.AddScheme<GatewayAuthenticationHandler>(Scheme, null);
        });
        var authorization = services.AddAuthorizationBuilder();
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        foreach (var scope in Scopes.All) authorization.AddPolicy(scope, policy => policy.RequireAssertion(c => c.User.Has(scope)));
        authorization.AddPolicy(Person, policy => policy.RequireAssertion(c => c.User is Caller caller && (caller.Kind == CallerKind.Session || caller.May(Scopes.Admin))));
        authorization.AddPolicy(Local, policy => policy.RequireAssertion(c => c.User is Caller { Kind: CallerKind.Local }));
    }

    /// <summary>In this order: what no client sends is turned away, the caller is found, the endpoint's right is asked for.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseMiddleware<RequestGuard>();
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static void MapAccess(this IEndpointRouteBuilder app)
    {
        app.MapPeople();
        app.MapSessions();
        app.MapTokens();
        app.MapLocalAndAudit();
    }
}
