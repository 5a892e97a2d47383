using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Access;
using Gateway.Host.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Access;

public sealed class ExpiryTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));

    private Task<GatewayUnderTest> StartAsync() => GatewayUnderTest.StartAsync(services => services.AddSingleton<TimeProvider>(_time));

    [Fact]
    public async Task A_session_in_use_lives_on_and_an_idle_one_ends()
    {
        await using var gateway = await StartAsync();
        using var owner = await gateway.ClaimAsync();
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(Session.IdleLimit - TimeSpan.FromHours(1));
            Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/lights"));
        }
        var session = Assert.Single(gateway.Get<Sessions>().All);
        _time.Advance(Session.IdleLimit);
        Assert.Equal(HttpStatusCode.Unauthorized, await owner.StatusAsync("/api/lights"));
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.Empty(gateway.Get<Sessions>().All);
    }

    [Fact]
    public async Task No_session_outlives_its_absolute_limit()
    {
        await using var gateway = await StartAsync();
        using var owner = await gateway.ClaimAsync();
        for (var spent = TimeSpan.Zero; spent < Session.AbsoluteLimit - TimeSpan.FromDays(10); spent += TimeSpan.FromDays(10))
        {
            _time.Advance(TimeSpan.FromDays(10));
            Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/lights"));
        }
        _time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(HttpStatusCode.Unauthorized, await owner.StatusAsync("/api/lights"));
    }

    [Fact]
    public async Task A_token_ends_at_its_time_and_its_connections_with_it()
    {
        await using var gateway = await StartAsync();
        var reply = await gateway.Local.PostAsJsonAsync("/api/tokens", new { name = "guest", scopes = new[] { "mqtt" }, expires = "90d" });
        var secret = (await reply.JsonAsync()).GetProperty("token").GetString()!;
        var grant = gateway.Get<VerifyMqttToken>()(secret, new ClientOrigin(OriginKind.ThisMachine, IPAddress.Loopback))!;
        Assert.Equal(_time.GetUtcNow().AddDays(90), grant.Expires);
        for (var day = 0; day < 89; day++) _time.Advance(TimeSpan.FromDays(1));
        Assert.False(grant.Ended.IsCancellationRequested);
        var told = new TaskCompletionSource();
        using var registration = grant.Ended.Register(told.SetResult);
        _time.Advance(TimeSpan.FromDays(1));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(gateway.Get<VerifyMqttToken>()(secret, new ClientOrigin(OriginKind.ThisMachine, IPAddress.Loopback)));
        Assert.Equal(HttpStatusCode.Created, (await gateway.Local.PostAsJsonAsync("/api/tokens", new { name = "guest", scopes = new[] { "mqtt" } })).StatusCode);
    }

    [Fact]
    public async Task An_invitation_ends_at_its_time()
    {
        await using var gateway = await StartAsync();
        using var owner = await gateway.ClaimAsync();
        var code = await gateway.InviteAsync();
        _time.Advance(Invitations.Lifetime);
        Assert.Equal(HttpStatusCode.Forbidden, (await gateway.Http.PostAsJsonAsync("/api/people/join", new { code, name = "Bo", password = AccessClients.OwnerPassword })).StatusCode);
        Assert.Empty(gateway.Get<Invitations>().Open);
    }

    [Fact]
    public async Task A_thousand_requests_write_nothing()
    {
        await using var gateway = await StartAsync();
        using var owner = await gateway.ClaimAsync();
        var database = gateway.Get<Database>();
        _time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/lights"));
        _time.Advance(Database.BatchDelay);
        var before = database.Transactions;
        for (var i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(HttpStatusCode.OK, await owner.StatusAsync("/api/lights"));
        }
        Assert.Equal(before, database.Transactions);
    }
}
