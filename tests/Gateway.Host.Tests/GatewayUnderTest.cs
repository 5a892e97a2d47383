using System.Net.Sockets;
using Gateway.Host.Configuration;
using Gateway.Host.Reachability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests;

/// <summary>A whole gateway in this process, on its real listeners, with a data folder of its own.</summary>
public sealed class GatewayUnderTest : IAsyncDisposable
{
    private GatewayUnderTest(WebApplication app, string folder)
    {
        App = app;
        Folder = folder;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(a => a.StartsWith("http://127", StringComparison.Ordinal)));
        Http = new HttpClient { BaseAddress = Address };
        Local = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, "gateway.sock")), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }) { BaseAddress = new Uri("http://localhost") };
    }

    public WebApplication App { get; }

    /// <summary>The data folder.</summary>
    public string Folder { get; }

    public Uri Address { get; }

    /// <summary>A stranger over loopback TCP.</summary>
    public HttpClient Http { get; }

    /// <summary>Whoever may open the local socket: may do everything.</summary>
    public HttpClient Local { get; }

    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    public static async Task<GatewayUnderTest> StartAsync(Action<IServiceCollection>? configure = null, Dictionary<string, object>? settings = null, string? folder = null)
    {
        folder ??= Directory.CreateTempSubdirectory("gw-").FullName;
        var configuration = ConfigurationLoader.Fixed(GatewayApp.Schema, settings ?? [], new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["data.path"] = folder,
            ["http.listen"] = new[] { "http://127.0.0.1:0" },
            ["mqtt.listen"] = "127.0.0.1:0",
            ["acme.directory"] = "", // no test asks the real one
            ["acme.transparency"] = "",
        });
        return await StartAsync(configuration, configure);
    }

    /// <summary>With a configuration from files; the data folder is deleted in the end.</summary>
    public static async Task<GatewayUnderTest> StartAsync(ConfigurationLoader configuration, Action<IServiceCollection>? configure = null)
    {
        var loaded = configuration.Load();
        var app = GatewayApp.Build(loaded, services =>
        {
            services.AddSingleton<AskInternet>((_, _) => Task.FromResult<string?>("the test")); // no test asks the real one
            configure?.Invoke(services);
        });
        await app.StartAsync();
        return new GatewayUnderTest(app, loaded.Settings.Text("data.path")!);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Local.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
