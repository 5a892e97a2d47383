using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Access;

public sealed class TokenTests
{
    private static readonly ClientOrigin Here = new(OriginKind.ThisMachine, IPAddress.Loopback);

    [Fact]
    public async Task A_token_may_what_its_scopes_say_and_no_more()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var reader = await gateway.ProgramAsync("reader", "lights:read");
        Assert.Equal(HttpStatusCode.OK, await reader.StatusAsync("/api/lights"));
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.PatchAsJsonAsync("/api/lights/desk", new { state = "ON" })).StatusCode);
        foreach (var path in new[] { "/api/people", "/api/tokens", "/api/sessions", "/api/audit", "/api/people/invitations" })
            Assert.Equal(HttpStatusCode.Forbidden, await reader.StatusAsync(path));
        Assert.Equal("token", (await (await reader.GetAsync("/api/session")).JsonAsync()).GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_revoked_token_opens_nothing_and_its_connections_are_told()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var program = await gateway.ProgramAsync("sensor", "mqtt", "lights:read");
        var verify = gateway.Get<VerifyMqttToken>();
        var grant = verify(program.DefaultRequestHeaders.Authorization!.Parameter!, Here);
        Assert.Equal("sensor", grant!.Name);
        var told = new TaskCompletionSource();
        using var registration = grant.Ended.Register(told.SetResult);
        Assert.Equal(HttpStatusCode.NoContent, (await gateway.Local.DeleteAsync("/api/tokens/sensor")).StatusCode);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(verify(program.DefaultRequestHeaders.Authorization!.Parameter!, Here));
        Assert.Equal(HttpStatusCode.Unauthorized, await program.StatusAsync("/api/lights"));
    }

    [Fact]
    public async Task The_broker_takes_only_tokens_with_the_scope_mqtt()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var lights = await gateway.ProgramAsync("lights", "lights:read");
        var verify = gateway.Get<VerifyMqttToken>();
        Assert.Null(verify(lights.DefaultRequestHeaders.Authorization!.Parameter!, Here));
        Assert.Null(verify("", Here));
        Assert.Null(verify("gw_", Here));
        Assert.Null(verify(new string('x', 70_000), Here));
        Assert.Null(verify("gw_\0\ud800", Here));
    }

    [Theory]
    [InlineData("", "lights:read", null, null, "name")]
    [InlineData("a/b", "lights:read", null, null, "name")]
    [InlineData("a", "lights", null, null, "scopes")]
    [InlineData("a", null, null, null, "scopes")]
    [InlineData("a", "mqtt", "a/#/b", null, "topic")]
    [InlineData("a", "mqtt", "a+/b", null, "topic")]
    [InlineData("a", "mqtt", "a\0b", null, "topic")]
    [InlineData("a", "mqtt", "", null, "topic")]
    [InlineData("a", "mqtt", null, "0d", "expires")]
    [InlineData("a", "mqtt", null, "-1d", "expires")]
    [InlineData("a", "mqtt", null, "soon", "expires")]
    [InlineData("a", "mqtt", null, "9999999w", "expires")]
    public async Task A_bad_wish_is_refused_by_its_field(string name, string? scope, string? topic, string? expires, string field)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var reply = await gateway.Local.PostAsJsonAsync("/api/tokens", new { name, scopes = scope is null ? null : new[] { scope }, topic, expires });
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal(field, (await reply.JsonAsync()).GetProperty("field").GetString());
        Assert.Empty(gateway.Get<Tokens>().All);
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var first = await gateway.ProgramAsync("sensor", "mqtt");
        Assert.Equal(HttpStatusCode.Conflict, (await gateway.Local.PostAsJsonAsync("/api/tokens", new { name = "Sensor", scopes = new[] { "mqtt" } })).StatusCode);
    }
}
