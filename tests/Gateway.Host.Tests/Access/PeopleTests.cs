using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;

namespace Gateway.Host.Tests.Access;

public sealed class PeopleTests
{
    private const string Password = AccessClients.OwnerPassword;

    [Fact]
    public async Task A_member_switches_lights_and_manages_nothing()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var member = await gateway.JoinAsync("Bo");
        Assert.Equal(HttpStatusCode.Accepted, (await member.PatchAsJsonAsync("/api/lights/desk", new { state = "ON" })).StatusCode);
        foreach (var path in new[] { "/api/people", "/api/people/invitations", "/api/tokens", "/api/audit", "/api/local/claim-code" })
            Assert.Equal(HttpStatusCode.Forbidden, await member.StatusAsync(path));
        Assert.Equal(HttpStatusCode.Forbidden, (await member.PostAsJsonAsync("/api/people/invitations", new { role = "owner" })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.PostAsJsonAsync("/api/tokens", new { name = "x", scopes = new[] { "admin" } })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.DeleteAsync("/api/people/Ana")).StatusCode);
        Assert.Equal("member", (await (await member.GetAsync("/api/session")).JsonAsync()).GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_member_sees_and_ends_only_the_own_sessions()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var member = await gateway.JoinAsync("Bo");
        var own = Assert.Single((await (await member.GetAsync("/api/sessions")).JsonAsync()).EnumerateArray());
        Assert.Equal(("Bo", true), (own.GetProperty("person").GetString(), own.GetProperty("current").GetBoolean()));
        var owners = gateway.Get<Sessions>().All.Single(s => s.Caller.Name == "Ana").Id;
        Assert.Equal(HttpStatusCode.NotFound, (await member.DeleteAsync("/api/sessions/" + owners)).StatusCode);
        Assert.Equal(2, (await (await owner.GetAsync("/api/sessions")).JsonAsync()).GetArrayLength());
        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync("/api/sessions/" + own.GetProperty("id").GetString())).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await member.StatusAsync("/api/lights"));
    }

    [Fact]
    public async Task A_removed_person_is_out_at_once_with_tokens_invitations_and_open_streams()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var second = await gateway.JoinAsync("Bo", Roles.Owner);
        var token = (await (await second.PostAsJsonAsync("/api/tokens", new { name = "bos", scopes = new[] { "lights:read" } })).JsonAsync()).GetProperty("token").GetString();
        var link = (await (await second.PostAsJsonAsync("/api/people/invitations", new { role = "owner" })).JsonAsync()).GetProperty("link").GetString()!;
        await using var events = await second.GetStreamAsync("/api/events");
        var stream = new StreamReader(events).ReadToEndAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync("/api/people/bo")).StatusCode);
        try { await stream.WaitAsync(TimeSpan.FromSeconds(30)); }
        catch (IOException) { } // cut off in the middle is also ended
        Assert.Equal(HttpStatusCode.Unauthorized, await second.StatusAsync("/api/lights"));
        using var program = new HttpClient { BaseAddress = gateway.Address, DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
        Assert.Equal(HttpStatusCode.Unauthorized, await program.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Forbidden, (await second.PostAsJsonAsync("/api/people/join", new { code = link.Split("#join=")[1], name = "Cy", password = Password })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await second.SignInAsync("Bo")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/people"));
    }

    [Fact]
    public async Task The_last_owner_cannot_be_removed_even_by_two_at_once()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await owner.DeleteAsync("/api/people/Ana")).StatusCode);
        using var second = await gateway.JoinAsync("Bo", Roles.Owner);
        var replies = await Task.WhenAll(gateway.Local.DeleteAsync("/api/people/Ana"), gateway.Local.DeleteAsync("/api/people/Bo"));
        Assert.Single(replies, r => r.StatusCode == HttpStatusCode.NoContent);
        Assert.True(gateway.Get<People>().IsClaimed);
    }

    [Fact]
    public async Task An_invitation_serves_one_person_once_and_is_revocable()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        var code = await gateway.InviteAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await gateway.Http.PostAsJsonAsync("/api/people/join", new { code, name = "ANA", password = Password })).StatusCode);
        var replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => gateway.Http.PostAsJsonAsync("/api/people/join", new { code, name = $"Guest{i}", password = Password })));
        Assert.Single(replies, r => r.StatusCode == HttpStatusCode.Created);
        Assert.Equal(2, gateway.Get<People>().All.Count);

        var second = await gateway.InviteAsync();
        var listed = Assert.Single((await (await owner.GetAsync("/api/people/invitations")).JsonAsync()).EnumerateArray());
        Assert.False(listed.TryGetProperty("link", out _));
        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync("/api/people/invitations/" + listed.GetProperty("id").GetString())).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await gateway.Http.PostAsJsonAsync("/api/people/join", new { code = second, name = "Cy", password = Password })).StatusCode);
    }

    [Fact]
    public async Task The_role_comes_from_the_invitation_whatever_the_guest_says()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        var reply = await gateway.Http.PostAsJsonAsync("/api/people/join", new { code = await gateway.InviteAsync(), name = "Bo", password = Password, role = "owner", scopes = new[] { "admin" } });
        Assert.Equal("member", (await reply.JsonAsync()).GetProperty("role").GetString());
    }

    [Fact]
    public async Task Of_one_persons_sessions_the_oldest_makes_room()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        for (var i = 0; i < 35; i++) Assert.Equal(HttpStatusCode.OK, (await gateway.Http.SignInAsync()).StatusCode);
        Assert.True(gateway.Get<Sessions>().All.Count() <= 30);
    }
}
