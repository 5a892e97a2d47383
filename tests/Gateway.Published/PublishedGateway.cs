using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Gateway.Published;

/// <summary>A published gateway as its users run it: a process with a configuration file and a data folder of its own, on free ports of loopback.</summary>
public sealed class PublishedGateway : IAsyncDisposable
{
    /// <summary>What makes the first owner here.</summary>
    public const string ClaimCode = "words of the bench";

    private readonly bool _ownsFolder;

    private PublishedGateway(ServerProcess process, string folder, bool ownsFolder, int httpPort, int mqttPort)
    {
        Process = process;
        Folder = folder;
        _ownsFolder = ownsFolder;
        HttpPort = httpPort;
        MqttPort = mqttPort;
        Local = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, "data", "gateway.sock")), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }) { BaseAddress = new Uri("http://localhost") };
    }

    /// <summary>The running process.</summary>
    public ServerProcess Process { get; }

    /// <summary>Holds <c>gateway.toml</c> and <c>data</c>.</summary>
    public string Folder { get; }

    public int HttpPort { get; }

    public int MqttPort { get; }

    /// <summary>How long it took from the start of the process to the first 200 of <c>/healthz</c>.</summary>
    public TimeSpan FirstAnswer { get; private set; }

    /// <summary>Whoever may open the local socket: may do everything.</summary>
    public HttpClient Local { get; }

    /// <summary>The address over loopback TCP.</summary>
    public Uri Address => new($"http://127.0.0.1:{HttpPort}");

    /// <summary>Starts <paramref name="command"/> (a native binary, or <c>dotnet</c> and an assembly) and waits until it answers.</summary>
    /// <param name="command">The program and its first arguments.</param>
    /// <param name="toml">More of <c>gateway.toml</c>: lights, and what is not about ports and folders.</param>
    /// <param name="core">The only core it may use; null for all.</param>
    /// <param name="memoryGroup">The cgroup it starts in; null for ours.</param>
    /// <param name="environment">More environment variables.</param>
    /// <param name="folder">A folder that stays, to start in again; null for one that goes with the gateway.</param>
    public static async Task<PublishedGateway> StartAsync(
        IReadOnlyList<string> command, string toml, int? core = null, string? memoryGroup = null, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        var ownsFolder = folder is null;
        folder ??= Directory.CreateTempSubdirectory("gateway-").FullName;
        var (http, mqtt) = (Wait.FreePort(), Wait.FreePort());
        var file = Path.Combine(folder, "gateway.toml");
        await File.WriteAllTextAsync(file, $"""
            [owner]
            claim = "{ClaimCode}"
            [http]
            listen = ["http://127.0.0.1:{http}"]
            [data]
            path = "{folder}/data"
            [mqtt]
            listen = "127.0.0.1:{mqtt}"
            {toml}
            """);
        var started = TimeProvider.System.GetTimestamp();
        var process = ServerProcess.Start(command[0], [.. command.Skip(1), "run", "--config", file], core, memoryGroup, environment);
        var gateway = new PublishedGateway(process, folder, ownsFolder, http, mqtt);
        try
        {
            await gateway.AnswersAsync();
            gateway.FirstAnswer = TimeProvider.System.GetElapsedTime(started);
            await Wait.UntilAsync(() => Wait.ListensAsync(mqtt), TimeSpan.FromSeconds(30), () => $"the gateway's broker does not listen:\n{process.Said}");
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
        return gateway;
    }

    /// <summary>An API token with these scopes.</summary>
    public async Task<string> CreateTokenAsync(string name, params string[] scopes)
    {
        using var reply = await Local.PostAsync("/api/tokens", JsonContent.Create(new { name, scopes }));
        reply.EnsureSuccessStatusCode();
        return (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    /// <summary>Waits for the first 200 of <c>/healthz</c>.</summary>
    private async Task AnswersAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        await Wait.UntilAsync(async () =>
        {
            if (Process.HasExited) throw new InvalidOperationException($"the gateway ended at start:\n{Process.Said}");
            try
            {
                using var reply = await http.GetAsync("/healthz");
                return reply.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(60), () => $"the gateway does not answer:\n{Process.Said}");
    }

    public async ValueTask DisposeAsync()
    {
        Local.Dispose();
        await Process.DisposeAsync();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }
}
