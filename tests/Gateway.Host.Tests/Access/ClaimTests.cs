using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;

namespace Gateway.Host.Tests.Access;

public sealed class ClaimTests
{
    [Fact]
    public async Task The_claim_code_makes_the_first_owner_who_is_then_signed_in()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.False((await (await gateway.Http.GetAsync("/api/session")).JsonAsync()).GetProperty("claimed").GetBoolean());
        var code = await gateway.ClaimCodeAsync();
        Assert.Equal(4, code.Split('-').Count(group => group.Length == 4 && group.All(char.IsAsciiLetterUpper)));

        using var browser = gateway.Browser();
        var reply = await browser.PostAsJsonAsync("/api/claim", new { code = code.ToLowerInvariant().Replace('-', ' '), name = "Ana", password = AccessClients.OwnerPassword });
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        Assert.Contains(reply.Headers.GetValues("Set-Cookie"), c => c.StartsWith("gateway-home=", StringComparison.Ordinal) && c.Contains("httponly") && c.Contains("samesite=lax") && !c.Contains("domain"));
        var who = await (await browser.GetAsync("/api/session")).JsonAsync();
        Assert.Equal(("Ana", "owner", "session"), (who.GetProperty("name").GetString(), who.GetProperty("role").GetString(), who.GetProperty("kind").GetString()));
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync("/api/audit"));
    }

    [Fact]
    public async Task A_claimed_gateway_is_not_claimed_again_and_tells_no_code()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var code = await gateway.ClaimCodeAsync();
        using var owner = await gateway.ClaimAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await gateway.Http.PostAsJsonAsync("/api/claim", new { code, name = "Eve", password = "another password" })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, await gateway.Local.StatusAsync("/api/local/claim-code"));
    }

    [Fact]
    public async Task Of_ten_claims_at_once_one_wins()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var code = await gateway.ClaimCodeAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => gateway.Http.PostAsJsonAsync("/api/claim", new { code, name = $"Owner{i}", password = AccessClients.OwnerPassword })));
        Assert.Single(replies, r => r.StatusCode == HttpStatusCode.Created);
        Assert.Single(gateway.Get<People>().All);
    }

    [Fact]
    public async Task Wrong_codes_are_refused_and_then_throttled()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var replies = new List<HttpResponseMessage>();
        for (var i = 0; i < 1000; i++) replies.Add(await gateway.Http.PostAsJsonAsync("/api/claim", new { code = $"BCDF-{i}", name = "Eve", password = "another password" }));
        Assert.Equal(HttpStatusCode.Forbidden, replies[0].StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, replies[^1].StatusCode);
        Assert.NotNull(replies[^1].Headers.RetryAfter!.Delta);
        Assert.True(replies.Count(r => r.StatusCode == HttpStatusCode.Forbidden) < 50);
        // The owner at the machine itself has attempts of his own.
        Assert.Equal(HttpStatusCode.Created, (await gateway.Local.PostAsJsonAsync("/api/claim", new { code = await gateway.ClaimCodeAsync(), name = "Ana", password = AccessClients.OwnerPassword })).StatusCode);
    }

    [Fact]
    public async Task Words_of_the_owners_own_are_the_code()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(settings: new(StringComparer.Ordinal) { ["owner.claim"] = "Seven lazy badgers" });
        Assert.Equal(HttpStatusCode.Created, (await gateway.Http.PostAsJsonAsync("/api/claim", new { code = "seven lazy BADGERS", name = "Ana", password = AccessClients.OwnerPassword })).StatusCode);
    }

    [Theory]
    [InlineData("", "correct horse battery", "name")]
    [InlineData("A\0na", "correct horse battery", "name")]
    [InlineData("Аna", "correct horse battery", "name")] // a Cyrillic А
    [InlineData("Ana\u202eEve", "correct horse battery", "name")]
    [InlineData("system", "correct horse battery", "name")]
    [InlineData("token:x", "correct horse battery", "name")]
    [InlineData("Ana", "short", "password")]
    [InlineData("Ana", "Password123", "password")]
    [InlineData("Ana", "aaaaaaaaaaaaaaa", "password")]
    [InlineData("Anastasia Maria", "anastasia maria", "password")]
    public async Task A_bad_name_or_password_is_refused_and_nothing_done(string name, string password, string field)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var reply = await gateway.Http.PostAsJsonAsync("/api/claim", new { code = await gateway.ClaimCodeAsync(), name, password });
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal(field, (await reply.JsonAsync()).GetProperty("field").GetString());
        Assert.False(gateway.Get<People>().IsClaimed);
    }

    [Fact]
    public async Task Owner_reset_ends_what_has_an_owners_power_and_leaves_the_household()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var member = await gateway.JoinAsync("Bo");
        using var admin = await gateway.ProgramAsync("backup", "admin");
        using var lights = await gateway.ProgramAsync("lights", "lights:read");

        var reply = await gateway.Local.PostAsync("/api/local/owner-reset", null);
        var code = (await reply.JsonAsync()).GetProperty("code").GetString();
        Assert.Equal(HttpStatusCode.Unauthorized, await owner.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Unauthorized, await member.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Unauthorized, await admin.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.OK, await lights.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Forbidden, (await owner.SignInAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await member.SignInAsync("Bo")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await owner.PostAsJsonAsync("/api/claim", new { code, name = "Ana", password = "a new long password" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/people"));
    }

    [Fact]
    public async Task Only_the_local_socket_is_told_the_code_or_may_reset()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await gateway.Http.StatusAsync("/api/local/claim-code"));
        using var owner = await gateway.ClaimAsync();
        using var admin = await gateway.ProgramAsync("backup", "admin");
        foreach (var client in new[] { owner, admin })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await client.StatusAsync("/api/local/claim-code"));
            Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/api/local/owner-reset", null)).StatusCode);
        }
    }
}
