using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Http;

namespace Gateway.Host.Tests.Access;

/// <summary>Over a way whose provider reads everything.</summary>
public sealed class ReadableWayTests
{
    private static async Task<(HttpStatusCode Status, string Words)> SendAsync(Uri address, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var client = Doors.Browser(address, cookies: false);
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Host = "made-up.trycloudflare.com";
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var reply = await client.SendAsync(request);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private static async Task<string> TokenAsync(GatewayUnderTest gateway, string scope)
    {
        using var program = await gateway.ProgramAsync(scope.Replace(':', '-'), scope);
        return program.DefaultRequestHeaders.Authorization!.ToString();
    }

    [Fact]
    public async Task Nobody_claims_joins_or_signs_in_there_with_whatever_headers()
    {
        var doors = new Doors();
        await using var gateway = await GatewayUnderTest.StartAsync(doors.Open);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(doors.Readable, HttpMethod.Post, "/api/claim", new { code = "x", name = "Eve", password = "correct horse battery" })).Status);
        using var owner = await gateway.ClaimAsync();
        foreach (var path in new[] { "/api/claim", "/api/session", "/api/people/join", "/api/session/password", "/api/tokens" })
        {
            foreach (var header in new (string, string)[][] { [], [("Authorization", "Bearer made-up")], [("Authorization", "")] })
                Assert.Contains((await SendAsync(doors.Readable, HttpMethod.Post, path, new { name = "Ada", password = "correct horse battery" }, header)).Status, new[] { HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized });
        }
        var (status, words) = await SendAsync(doors.Readable, HttpMethod.Post, "/api/session", new { name = "Ada", password = "correct horse battery" });
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("can be read by its provider", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_and_a_token_with_admin_are_refused_and_a_lesser_token_passes()
    {
        var doors = new Doors();
        await using var gateway = await GatewayUnderTest.StartAsync(doors.Open);
        using var owner = await gateway.ClaimAsync();
        using var signedIn = await Doors.Browser(gateway.Address, cookies: false).SignInAsync();
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("gateway-home=", StringComparison.Ordinal)).Split(';')[0];
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(doors.Readable, HttpMethod.Get, "/api/lights", null, ("Cookie", cookie))).Status);
        var admin = await SendAsync(doors.Readable, HttpMethod.Get, "/api/lights", null, ("Authorization", await TokenAsync(gateway, "admin")));
        Assert.Equal(HttpStatusCode.Unauthorized, admin.Status);
        Assert.Contains("without the right", admin.Words, StringComparison.Ordinal);
        var lights = await TokenAsync(gateway, "lights:read");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(doors.Readable, HttpMethod.Get, "/api/lights", null, ("Authorization", lights))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(doors.Readable, HttpMethod.Get, "/api/lights", null, ("Authorization", lights), ("Connection", "Upgrade"), ("Upgrade", "websocket"))).Status);
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("127.0.0.1, 10.0.0.1, 198.51.100.7", "198.51.100.7")]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7")]
    [InlineData("198.51.100.7, ", null)]
    [InlineData("unknown", null)]
    [InlineData("", null)]
    [InlineData("198.51.100.7 evil", null)]
    public void Of_forwarded_addresses_the_last_counts_which_the_program_wrote(string header, string? client)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["X-Forwarded-For"] = header;
        Assert.Equal(client, ReadableWays.Client(request)?.ToString());
    }

    [Fact]
    public void Only_the_tunnel_s_own_listener_makes_them_believed()
    {
        var end = new IPEndPoint(IPAddress.Loopback, 40000);
        Assert.True(ClientOrigin.Of(end, new ListenerRole("cloudflared") { IsReadable = true, SaysWhoComes = true }) is { IsReadable: true, SaysWhoComes: true, IsOutside: true });
        Assert.True(ClientOrigin.Of(end, new ListenerRole("ssh")) is { IsReadable: false, SaysWhoComes: false, IsOutside: true });
        Assert.True(ClientOrigin.Of(end, ListenerRole.Network) is { IsReadable: false, SaysWhoComes: false });
    }
}
