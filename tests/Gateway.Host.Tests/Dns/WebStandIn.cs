using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Host.Tests.Dns;

/// <summary>A request as it came in.</summary>
internal sealed record Asked(string Method, string Path, string Query, string? Authorization, string Body);

/// <summary>A provider on loopback that says what a test wants and remembers what it was asked.</summary>
internal sealed class WebStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebStandIn(WebApplication app) => (_app, Address) = (app, new Uri("http://127.0.0.1:0"));

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Answers.</summary>
    public Func<HttpContext, Asked, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public Uri Address { get; private set; }

    public static async Task<WebStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var standIn = new WebStandIn(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var asked = new Asked(context.Request.Method, context.Request.Path, context.Request.QueryString.Value ?? "", context.Request.Headers.Authorization, await reader.ReadToEndAsync());
            standIn.Requests.Enqueue(asked);
            await standIn.Answer(context, asked);
        });
        await app.StartAsync();
        standIn.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return standIn;
    }

    /// <summary>Always says this.</summary>
    public void Says(string body, int status = 200) => Answer = async (context, _) =>
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
