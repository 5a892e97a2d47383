using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gateway.Host.Tests.Health;

public sealed class HealthEndpointsTests
{
    [Fact]
    public async Task Healthz_says_ok_to_anybody_and_nothing_more()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Equal("ok", await gateway.Http.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Healthz_is_503_when_a_loop_has_ended()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(s => s.AddHostedService<LoopThatEnds>());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.Http.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task Metrics_are_for_those_who_may_see_the_status()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Http.GetAsync("/metrics")).StatusCode);
        Assert.Contains("\nprocess_resident_memory_bytes ", await gateway.Local.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_api_describes_itself_in_the_names_that_it_uses()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var description = await gateway.Http.GetStringAsync("/openapi/v1.json");
        Assert.Contains("\"color_modes\"", description, StringComparison.Ordinal);
        Assert.Contains("\"/api/lights/{id}\"", description, StringComparison.Ordinal);
    }

    private sealed class LoopThatEnds : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
