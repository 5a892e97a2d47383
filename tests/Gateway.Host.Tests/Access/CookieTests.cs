using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;

namespace Gateway.Host.Tests.Access;

public sealed class CookieTests
{
    private static async Task<string> CookieAsync(HttpResponseMessage reply, string name)
    {
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return reply.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith(name + "=", StringComparison.Ordinal));
    }

    private static async Task<HttpStatusCode> WithAsync(Uri address, params string[] cookies)
    {
        using var client = Doors.Browser(address, cookies: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/lights");
        request.Headers.Add("Cookie", string.Join("; ", cookies));
        return (await client.SendAsync(request)).StatusCode;
    }

    private static string Value(string setCookie) => setCookie.Split(';')[0].Split('=')[1];

    [Fact]
    public async Task A_session_counts_only_over_what_it_was_made_over()
    {
        var doors = new Doors();
        await using var gateway = await GatewayUnderTest.StartAsync(doors.Open);
        using var owner = await gateway.ClaimAsync();
        using var https = Doors.Browser(doors.Https, cookies: false);
        var home = await CookieAsync(await Doors.Browser(gateway.Address, cookies: false).SignInAsync(), "gateway-home");
        var secure = await CookieAsync(await https.SignInAsync(), "__Host-gateway");
        Assert.Contains("; secure", secure, StringComparison.Ordinal);
        Assert.Contains("; path=/;", secure, StringComparison.Ordinal);
        Assert.DoesNotContain("domain", secure, StringComparison.OrdinalIgnoreCase);

        Assert.Equal(HttpStatusCode.OK, await WithAsync(gateway.Address, "gateway-home=" + Value(home)));
        Assert.Equal(HttpStatusCode.OK, await WithAsync(doors.Https, "__Host-gateway=" + Value(secure)));
        Assert.Equal(HttpStatusCode.OK, await WithAsync(doors.HttpsTunnel, "__Host-gateway=" + Value(secure)));
        // The cookie of the home network is worth nothing over HTTPS, under either name, nor out of a tunnel.
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(doors.Https, "gateway-home=" + Value(home)));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(doors.Https, "__Host-gateway=" + Value(home)));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(doors.Tunnel, "gateway-home=" + Value(home)));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(doors.HttpsTunnel, "gateway-home=" + Value(home)));
        // Nor that of HTTPS in the clear.
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(gateway.Address, "gateway-home=" + Value(secure)));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(gateway.Address, "__Host-gateway=" + Value(secure)));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(doors.Tunnel, "__Host-gateway=" + Value(secure)));
    }

    [Fact]
    public async Task A_cookie_that_is_there_twice_is_nobodys()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        var mine = Value(await CookieAsync(await Doors.Browser(gateway.Address, cookies: false).SignInAsync(), "gateway-home"));
        Assert.Equal(HttpStatusCode.OK, await WithAsync(gateway.Address, "other=1", "gateway-home=" + mine, "xgateway-home=2"));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(gateway.Address, "gateway-home=tossed", "gateway-home=" + mine));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(gateway.Address, "gateway-home=" + mine, "gateway-home=tossed"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("=")]
    [InlineData("%00")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_made_up_cookie_is_nobodys(string value)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(gateway.Address, "gateway-home=" + value));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithAsync(gateway.Address, "gateway-home=" + value + new string('A', 10_000)));
    }

    [Fact]
    public async Task Passwords_and_tokens_are_not_taken_in_the_clear_from_outside()
    {
        var doors = new Doors();
        await using var gateway = await GatewayUnderTest.StartAsync(doors.Open);
        using var owner = await gateway.ClaimAsync();
        using var program = await gateway.ProgramAsync("script", "lights:read");
        using var outside = Doors.Browser(doors.Tunnel);
        Assert.Equal(HttpStatusCode.Forbidden, (await outside.SignInAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await outside.PostAsJsonAsync("/api/people/join", new { code = await gateway.InviteAsync(), name = "Bo", password = "correct horse battery" })).StatusCode);
        outside.DefaultRequestHeaders.Authorization = program.DefaultRequestHeaders.Authorization;
        Assert.Equal(HttpStatusCode.Unauthorized, await outside.StatusAsync("/api/lights"));
        using var safely = Doors.Browser(doors.HttpsTunnel);
        safely.DefaultRequestHeaders.Authorization = program.DefaultRequestHeaders.Authorization;
        Assert.Equal(HttpStatusCode.OK, await safely.StatusAsync("/api/lights"));
    }

    [Fact]
    public async Task Ten_thousand_bad_sign_ins_out_of_a_tunnel_leave_the_owner_able_to_sign_in_through_the_same_tunnel()
    {
        var doors = new Doors();
        await using var gateway = await GatewayUnderTest.StartAsync(doors.Open);
        using var owner = await gateway.ClaimAsync();
        using var phone = Doors.Browser(doors.HttpsTunnel);
        Assert.Equal(HttpStatusCode.OK, (await phone.SignInAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await phone.DeleteAsync("/api/session")).StatusCode);

        using var strangers = Doors.Browser(doors.HttpsTunnel, cookies: false);
        var counts = new Dictionary<HttpStatusCode, int>();
        for (var i = 0; i < 200; i++)
        {
            foreach (var reply in await Task.WhenAll(Enumerable.Range(0, 50).Select(n => strangers.SignInAsync(n % 2 == 0 ? "Ana" : "name" + n, "a wrong password"))))
            {
                counts[reply.StatusCode] = counts.GetValueOrDefault(reply.StatusCode) + 1;
                reply.Dispose();
            }
        }
        Assert.InRange(counts[HttpStatusCode.Forbidden], 1, 40);
        // The rest is told to wait; a few find the queue for hashing full.
        Assert.Equal(10_000, counts[HttpStatusCode.Forbidden] + counts[HttpStatusCode.TooManyRequests] + counts.GetValueOrDefault(HttpStatusCode.ServiceUnavailable));
        Assert.True(counts[HttpStatusCode.TooManyRequests] > 9_000);
        Assert.Equal(HttpStatusCode.OK, (await phone.SignInAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Browser().SignInAsync()).StatusCode);
        Assert.True(gateway.AuditedBy().Count(w => w == "session.refused") <= 40);
    }

    [Fact]
    public async Task A_device_cookie_is_of_one_account_and_cannot_be_made_up()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var devices = gateway.Get<DeviceCookie>();
        var ana = devices.New("ana");
        Assert.NotNull(devices.Check(ana, "ana"));
        foreach (var bad in new[] { null, "", ".", "x.y", ana[..^1], ana + "A", "0" + ana[1..], ana + ".x" })
        {
            if (bad != ana) Assert.Null(devices.Check(bad, "ana"));
        }
        Assert.Null(devices.Check(ana, "bo"));
    }
}
