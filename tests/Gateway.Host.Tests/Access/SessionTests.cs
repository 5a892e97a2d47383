using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;

namespace Gateway.Host.Tests.Access;

public sealed class SessionTests
{
    [Fact]
    public async Task Signing_in_needs_the_right_password_and_out_ends_it()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var browser = gateway.Browser();
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync(password: "wrong password")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync("Nobody")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.SignInAsync("ANA")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.NoContent, (await browser.DeleteAsync("/api/session")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/lights"));
    }

    [Fact]
    public async Task A_new_sign_in_ends_the_browsers_old_session()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        var before = Assert.Single(gateway.Get<Sessions>().All);
        await owner.SignInAsync();
        var after = Assert.Single(gateway.Get<Sessions>().All);
        Assert.NotEqual(before.Digest, after.Digest);
        Assert.True(before.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task Changing_the_password_ends_the_other_sessions_only()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var other = gateway.Browser();
        await other.SignInAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await owner.PostAsJsonAsync("/api/session/password", new { current = "wrong", @new = "a whole new password" })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await owner.PostAsJsonAsync("/api/session/password", new { current = AccessClients.OwnerPassword, @new = "a whole new password" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Unauthorized, await other.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Forbidden, (await other.SignInAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await other.SignInAsync(password: "a whole new password")).StatusCode);
    }

    [Fact]
    public async Task Sessions_and_tokens_are_there_after_a_restart_and_stand_in_no_file()
    {
        var folder = Directory.CreateTempSubdirectory("gw-").FullName;
        var kept = Directory.CreateTempSubdirectory("gw-").FullName;
        string cookie, token;
        await using (var gateway = await GatewayUnderTest.StartAsync(folder: folder))
        {
            var reply = await gateway.Http.PostAsJsonAsync("/api/claim", new { code = await gateway.ClaimCodeAsync(), name = "Ana", password = AccessClients.OwnerPassword });
            cookie = reply.Headers.GetValues("Set-Cookie").First(c => c.StartsWith("gateway-home=", StringComparison.Ordinal)).Split(';')[0];
            using var program = await gateway.ProgramAsync("script", "lights:read");
            token = program.DefaultRequestHeaders.Authorization!.Parameter!;
            // As after kill -9: what the disk holds at this moment, without any goodbye.
            foreach (var file in Directory.GetFiles(folder, "gateway.db*")) File.Copy(file, Path.Combine(kept, Path.GetFileName(file)));
        }
        foreach (var file in Directory.GetFiles(kept))
        {
            var text = await File.ReadAllTextAsync(file, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(cookie.Split('=')[1], text);
            Assert.DoesNotContain(token, text);
            Assert.DoesNotContain(AccessClients.OwnerPassword, text);
        }
        await using var again = await GatewayUnderTest.StartAsync(folder: kept);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/lights") { Headers = { { "Cookie", cookie } } };
        Assert.Equal(HttpStatusCode.OK, (await again.Http.SendAsync(request)).StatusCode);
        using var bearer = new HttpRequestMessage(HttpMethod.Get, "/api/lights") { Headers = { { "Authorization", "Bearer " + token } } };
        Assert.Equal(HttpStatusCode.OK, (await again.Http.SendAsync(bearer)).StatusCode);
    }
}
