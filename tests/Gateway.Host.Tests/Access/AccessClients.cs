using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Host.Access;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Access;

/// <summary>People and programs at a gateway's door, over real HTTP.</summary>
internal static class AccessClients
{
    public const string OwnerName = "Ana", OwnerPassword = "correct horse battery";

    /// <summary>A browser with its own cookies, not signed in.</summary>
    public static HttpClient Browser(this GatewayUnderTest gateway) => new(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = gateway.Address };

    public static async Task<string> ClaimCodeAsync(this GatewayUnderTest gateway) =>
        (await gateway.Local.GetFromJsonAsync<JsonElement>("/api/local/claim-code")).GetProperty("code").GetString()!;

    /// <summary>The owner's browser, after the claim.</summary>
    public static async Task<HttpClient> ClaimAsync(this GatewayUnderTest gateway, string name = OwnerName)
    {
        var browser = gateway.Browser();
        var reply = await browser.PostAsJsonAsync("/api/claim", new { code = await gateway.ClaimCodeAsync(), name, password = OwnerPassword });
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        return browser;
    }

    /// <summary>Somebody's browser, after an invitation by the owner.</summary>
    public static async Task<HttpClient> JoinAsync(this GatewayUnderTest gateway, string name, string role = Roles.Member)
    {
        var browser = gateway.Browser();
        var reply = await browser.PostAsJsonAsync("/api/people/join", new { code = await gateway.InviteAsync(role), name, password = OwnerPassword });
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        return browser;
    }

    public static async Task<string> InviteAsync(this GatewayUnderTest gateway, string role = Roles.Member)
    {
        var invitation = await (await gateway.Local.PostAsJsonAsync("/api/people/invitations", new { role })).JsonAsync();
        return invitation.GetProperty("link").GetString()!.Split("#join=")[1];
    }

    public static Task<HttpResponseMessage> SignInAsync(this HttpClient client, string name = OwnerName, string password = OwnerPassword) =>
        client.PostAsJsonAsync("/api/session", new { name, password });

    /// <summary>A program that carries a token with these scopes.</summary>
    public static async Task<HttpClient> ProgramAsync(this GatewayUnderTest gateway, string name, params string[] scopes)
    {
        var reply = await gateway.Local.PostAsJsonAsync("/api/tokens", new { name, scopes });
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        var program = new HttpClient { BaseAddress = gateway.Address };
        program.DefaultRequestHeaders.Authorization = new("Bearer", (await reply.JsonAsync()).GetProperty("token").GetString());
        return program;
    }

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage reply) => await reply.Content.ReadFromJsonAsync<JsonElement>();

    public static async Task<HttpStatusCode> StatusAsync(this HttpClient client, string path) => (await client.GetAsync(path)).StatusCode;

    /// <summary>What the audit log tells, the newest first.</summary>
    public static string[] AuditedBy(this GatewayUnderTest gateway) => [.. gateway.Get<AuditLog>().Newest(1000).Select(e => e.What)];
}
