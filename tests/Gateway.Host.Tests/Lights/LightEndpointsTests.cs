using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Gateway.Host.Tests.Lights;

public sealed class LightEndpointsTests : IAsyncLifetime
{
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync();

    public async ValueTask DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_stranger_sees_and_switches_no_light()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.Http.GetAsync("/api/lights")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.Http.PatchAsJsonAsync("/api/lights/desk", new { state = "ON" })).StatusCode);
    }

    [Fact]
    public async Task A_command_is_accepted_and_then_confirmed()
    {
        var (status, light) = await PatchAsync("/api/lights/desk", """{"state":"ON","brightness":128}""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(128, light.GetProperty("desired").GetProperty("brightness").GetInt32());
        await UntilAsync("desk", l => l.GetProperty("confirmed").GetBoolean() && l.GetProperty("reported").GetProperty("brightness").GetInt32() == 128);
    }

    [Theory]
    [InlineData("""{"brightness":300}""", "brightness")]
    [InlineData("""{"brightness":"full"}""", "brightness")]
    [InlineData("""{"state":"on"}""", "state")]
    [InlineData("""{}""", "state")]
    [InlineData("""{"lamp":"ON"}""", "lamp")]
    [InlineData("""{"color":{"r":1}}""", "color")]
    [InlineData("""{"color_temp":300,"color":{"x":0.3,"y":0.3}}""", "color_temp")]
    public async Task A_wrong_state_is_refused_and_the_field_named(string body, string field)
    {
        foreach (var path in new[] { "/api/lights/desk", "/api/lights" })
        {
            var (status, problem) = await PatchAsync(path, body);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Equal(field, problem.GetProperty("field").GetString());
            Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"state\":")]
    [InlineData("\"ON\"")]
    public async Task A_body_that_is_no_state_is_refused(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await PatchAsync("/api/lights/desk", body)).Status);

    [Fact]
    public async Task A_body_that_is_too_long_is_refused() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PatchAsync("/api/lights/desk", $$"""{"effect":"{{new string('x', 70_000)}}"}""")).Status);

    [Fact]
    public async Task What_a_light_cannot_do_is_a_conflict_that_names_it()
    {
        var (status, problem) = await PatchAsync("/api/lights/porch", """{"brightness":3}""");
        Assert.Equal((HttpStatusCode.Conflict, "brightness"), (status, problem.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task A_light_or_room_that_is_not_there_is_not_found()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await PatchAsync("/api/lights/none", """{"state":"ON"}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _gateway.Local.GetAsync("/api/lights/none")).StatusCode);
        var (status, problem) = await PatchAsync("/api/lights?room=Ballroom", """{"state":"ON"}""");
        Assert.Equal((HttpStatusCode.NotFound, "room"), (status, problem.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task A_room_is_switched_as_one_and_each_light_takes_what_it_can()
    {
        var (status, lights) = await PatchAsync("/api/lights?room=Cellar", """{"state":"ON","brightness":100}""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.All(lights.EnumerateArray(), l => Assert.Equal("Cellar", l.GetProperty("room").GetString()));
        Assert.All(lights.EnumerateArray(), l => Assert.Equal("ON", l.GetProperty("desired").GetProperty("state").GetString()));
        Assert.All(lights.EnumerateArray(), l => Assert.Equal(l.GetProperty("capabilities").GetProperty("brightness").GetBoolean(), l.GetProperty("desired").TryGetProperty("brightness", out _)));
    }

    [Fact]
    public async Task All_off_is_one_command()
    {
        var (_, lights) = await PatchAsync("/api/lights", """{"state":"OFF"}""");
        Assert.Equal((await _gateway.Local.GetFromJsonAsync<JsonElement>("/api/lights")).GetArrayLength(), lights.GetArrayLength());
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PatchAsync(string path, string json)
    {
        var reply = await _gateway.Local.PatchAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        if ((int)reply.StatusCode >= 400) Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
        return (reply.StatusCode, await reply.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task UntilAsync(string id, Func<JsonElement, bool> wanted)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (wanted(await _gateway.Local.GetFromJsonAsync<JsonElement>($"/api/lights/{id}"))) return;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        Assert.Fail($"{id} never got there");
    }
}
