using System.Net;
using System.Net.Http.Json;
using System.Text;
using Gateway.Host.Access;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Http;

namespace Gateway.Host.Tests.Access;

public sealed class RequestGuardTests
{
    private static async Task<HttpStatusCode> SendAsync(HttpClient client, HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return (await client.SendAsync(request)).StatusCode;
    }

    private static JsonContent On => JsonContent.Create(new { state = "ON" });

    [Fact]
    public async Task Only_own_names_and_addresses_may_stand_in_Host()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["http.hosts"] = new[] { "lights.example.org" }, ["name.domain"] = "pycon" });
        foreach (var host in new[] { "localhost:8080", "LOCALHOST", "127.0.0.1", "192.168.1.5:8080", "[::1]:8080", "lights.example.org", "pycon.duckdns.org" })
        {
            Assert.Equal(HttpStatusCode.OK, await SendAsync(gateway.Http, HttpMethod.Get, "/api/session", null, ("Host", host)));
            Assert.Equal(HttpStatusCode.OK, await SendAsync(gateway.Http, HttpMethod.Get, "/", null, ("Host", host)));
        }
        foreach (var host in new[] { "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.local", "0x7f.1", "2130706433", "eve.duckdns.org" })
        {
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await SendAsync(gateway.Http, HttpMethod.Get, "/api/session", null, ("Host", host)));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await SendAsync(gateway.Http, HttpMethod.Get, "/", null, ("Host", host)));
            Assert.Equal(HttpStatusCode.OK, await SendAsync(gateway.Http, HttpMethod.Get, "/healthz", null, ("Host", host)));
        }
    }

    private static readonly (string Header, string Value, bool IsOurs)[] Claims =
    [
        ("Sec-Fetch-Site", "cross-site", false),
        ("Sec-Fetch-Site", "same-site", false),
        ("Sec-Fetch-Site", "SAME-ORIGIN", false),
        ("Sec-Fetch-Site", "", false),
        ("Sec-Fetch-Site", "same-origin", true),
        ("Sec-Fetch-Site", "none", true),
        ("Origin", "http://evil.example", false),
        ("Origin", "null", false),
        ("Origin", "", false),
        ("Origin", "https://HOST", false),
        ("Origin", "http://HOST.evil.example", false),
        ("Origin", "http://evil.HOST", false),
        ("Origin", "http://127.0.0.1", false),
        ("Origin", "http://HOST", true),
    ];

    [Fact]
    public async Task Another_sites_page_cannot_use_somebodys_session()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        foreach (var (header, value, isOurs) in Claims)
        {
            var with = (header, value.Replace("HOST", gateway.Address.Authority, StringComparison.Ordinal));
            Assert.Equal((with, isOurs ? HttpStatusCode.Accepted : HttpStatusCode.Forbidden), (with, await SendAsync(owner, HttpMethod.Patch, "/api/lights/desk", On, with)));
            Assert.Equal((with, isOurs ? HttpStatusCode.OK : HttpStatusCode.Forbidden), (with, await SendAsync(owner, HttpMethod.Get, "/api/lights", null, with)));
            // A WebSocket is opened with GET, and to no path of the API.
            var upgrade = await SendAsync(owner, HttpMethod.Get, "/mqtt", null, with, ("Connection", "Upgrade"), ("Upgrade", "websocket"));
            Assert.Equal((with, !isOurs), (with, upgrade == HttpStatusCode.Forbidden));
            // A link on another site may open the page.
            Assert.Equal(HttpStatusCode.OK, await SendAsync(owner, HttpMethod.Get, "/", null, with));
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data")]
    public async Task A_body_that_a_form_can_send_is_not_taken(string type)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var body = new StringContent("{\"state\":\"ON\"}", Encoding.UTF8, type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await SendAsync(owner, HttpMethod.Patch, "/api/lights/desk", body));
    }

    [Fact]
    public async Task A_preflight_of_another_site_gets_no_permission()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/lights/desk");
        request.Headers.Add("Origin", "http://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "PATCH");
        var reply = await gateway.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        Assert.DoesNotContain(reply.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Nobody_outside_reaches_a_gateway_without_an_owner()
    {
        var doors = new Doors();
        await using var gateway = await GatewayUnderTest.StartAsync(doors.Open);
        foreach (var address in new[] { doors.Tunnel, doors.HttpsTunnel })
        {
            using var outside = Doors.Browser(address);
            Assert.Equal(HttpStatusCode.Forbidden, await outside.StatusAsync("/"));
            Assert.Equal(HttpStatusCode.Forbidden, await outside.StatusAsync("/api/session"));
            Assert.Equal(HttpStatusCode.Forbidden, (await outside.PostAsJsonAsync("/api/claim", new { code = await gateway.ClaimCodeAsync(), name = "Eve", password = "correct horse battery" })).StatusCode);
        }
        foreach (var header in new[] { "X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP" })
            Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(gateway.Http, HttpMethod.Get, "/", null, (header, "203.0.113.9")));
        Assert.False(gateway.Get<People>().IsClaimed);
    }

    [Fact]
    public async Task Behind_a_proxy_on_this_machine_a_home_cookie_counts_no_more()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(owner, HttpMethod.Get, "/api/lights"));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(owner, HttpMethod.Get, "/api/lights", null, ("X-Forwarded-For", "203.0.113.9")));
    }

    [Fact]
    public async Task The_api_is_not_cached_and_not_guessed_at()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var reply = await gateway.Http.GetAsync("/api/session");
        Assert.Equal("no-store", reply.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public void New_names_are_taken_up_without_a_restart()
    {
        static Settings With(string host) => new(new Dictionary<string, SettingValue>(StringComparer.Ordinal) { ["http.hosts"] = new(new[] { host }, SettingSource.SettingsFile, "") }, isDemonstration: false);
        var store = new SettingsStore(With("old.example"));
        var hosts = new HostAllowList(store);
        Assert.True(hosts.Allows(new HostString("old.example"), isOutside: true));
        store.Replace(With("new.example"));
        Assert.True(hosts.Allows(new HostString("new.example"), isOutside: true) && hosts.Allows(new HostString("new.example.:8080"), isOutside: true) && !hosts.Allows(new HostString("old.example"), isOutside: true));
    }
}
