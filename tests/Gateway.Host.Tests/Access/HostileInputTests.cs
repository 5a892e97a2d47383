using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Host.Access;

namespace Gateway.Host.Tests.Access;

public sealed class HostileInputTests
{
    public static TheoryData<string, byte[]> Bodies => new()
    {
        { "nothing", [] },
        { "not json", "hello"u8.ToArray() },
        { "half", "{\"name\":\"Ana\",\"pass"u8.ToArray() },
        { "null", "null"u8.ToArray() },
        { "a list", "[]"u8.ToArray() },
        { "a number for a name", "{\"name\":1,\"password\":\"x\",\"code\":\"x\"}"u8.ToArray() },
        { "bad UTF-8", [.. "{\"name\":\""u8, 0xC3, 0x28, 0xFF, .. "\",\"password\":\"x\"}"u8] },
        { "a lone surrogate", "{\"name\":\"\\ud800\",\"password\":\"\\ud800\",\"code\":\"\\ud800\"}"u8.ToArray() },
        { "deep", Encoding.UTF8.GetBytes("{\"name\":" + new string('[', 5000) + new string(']', 5000) + "}") },
        { "too long a name", Encoding.UTF8.GetBytes("{\"password\":\"x\",\"code\":\"x\",\"name\":\"" + new string('a', 50_000) + "\"}") },
        { "too long a password", Encoding.UTF8.GetBytes("{\"name\":\"Ana\",\"current\":\"x\",\"password\":\"" + new string('a', 50_000) + "\"}") },
        { "too long", Encoding.UTF8.GetBytes("{\"name\":\"" + new string('a', 200_000) + "\"}") },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task No_body_gets_past_a_clear_refusal(string what, byte[] body)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        async Task RefusedAsync(HttpClient client, string path)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            var reply = await client.PostAsync(path, content);
            Assert.True(reply.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnsupportedMediaType, $"{what} to {path}: {reply.StatusCode}");
            Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
        }

        await RefusedAsync(gateway.Http, "/api/claim");
        using var owner = await gateway.ClaimAsync();
        foreach (var path in new[] { "/api/session", "/api/people/join" }) await RefusedAsync(gateway.Http, path);
        foreach (var path in new[] { "/api/session/password", "/api/people/invitations", "/api/tokens" }) await RefusedAsync(owner, path);
        Assert.Single(gateway.Get<People>().All);
        Assert.Empty(gateway.Get<Tokens>().All);
    }

    [Theory]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=utf-7", 415)]
    [InlineData("application/json; charset=made-up", 415)]
    [InlineData("application/json; charset=\"\"", 415)]
    [InlineData("application/json; charset=UTF-8", 400)]
    [InlineData("application/json; charset=\"utf-8\"", 415)]
    [InlineData("application/problem+json", 400)]
    public async Task JSON_is_UTF8_and_nothing_else_is_tried(string type, int expected)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var owner = await gateway.ClaimAsync();
        var reply = await gateway.Http.PostAsync("/api/session", content);
        Assert.Equal(expected, (int)reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task What_is_missing_or_unreadable_is_said_without_words_of_the_inside()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var nothing = new StringContent("null", Encoding.UTF8, "application/json");
        var body = await (await owner.PostAsync("/api/tokens", nothing)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("A body of JSON is needed.", body.GetProperty("detail").GetString());
        var number = await (await owner.GetAsync("/api/audit?count=many")).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("count", "A number from 1 to 1000."), (number.GetProperty("field").GetString(), number.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer gw_")]
    [InlineData("Bearer gw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Basic YW5hOnBhc3N3b3Jk")]
    [InlineData("gw_x")]
    public async Task A_made_up_authorization_is_nobodys_even_beside_a_good_cookie(string value)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        owner.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", value);
        var reply = await owner.GetAsync("/api/lights");
        Assert.Equal(HttpStatusCode.Unauthorized, reply.StatusCode);
        Assert.Equal("Bearer", reply.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Names_in_addresses_cannot_wander()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        foreach (var path in new[] { "/api/tokens/..%2f..%2fx", "/api/people/%00", "/api/sessions/%ff", "/api/tokens/" + new string('a', 4000), "/api/people/invitations/%0d%0aX: y", "/api/people/' OR 1=1 --" })
            Assert.True((await owner.DeleteAsync(path)).StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest);
        Assert.Single(gateway.Get<People>().All);
    }

    [Fact]
    public async Task Thousands_of_wrong_tokens_cost_the_good_one_nothing()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var program = await gateway.ProgramAsync("script", "lights:read");
        for (var i = 0; i < 3000; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/lights") { Headers = { Authorization = new("Bearer", $"gw_{i}") } };
            Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Http.SendAsync(request)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.OK, await program.StatusAsync("/api/lights"));
    }
}
