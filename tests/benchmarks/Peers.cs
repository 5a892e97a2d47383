using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>Debian's servers, with configurations as plain as the gateway's.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly string _folder;

    private Peer(ServerProcess process, int port, string folder) => (Process, Port, _folder) = (process, port, folder);

    public ServerProcess Process { get; }

    public int Port { get; }

    /// <summary>mosquitto: anonymous, nothing stored, nothing logged.</summary>
    /// <param name="acknowledged">At QoS 1 its defaults (20 on their way, Nagle's algorithm, a bounded queue) cost it most of its throughput, then messages: here it gets the settings in which it is fastest.</param>
    public static Task<Peer> MosquittoAsync(bool acknowledged = false) => StartAsync("mosquitto", "-c", port => $"""
        listener {port} 127.0.0.1
        allow_anonymous true
        persistence false
        log_dest none
        {(acknowledged ? "max_inflight_messages 0\nmax_queued_messages 0\nset_tcp_nodelay true" : "")}
        """);

    /// <summary>nginx: one worker, which answers 204 to everything and logs nothing.</summary>
    public static Task<Peer> NginxAsync() => StartAsync("nginx", "-c", port => $$"""
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr crit;
        events { worker_connections 4096; }
        http {
            access_log off;
            keepalive_requests 1000000000;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server { listen 127.0.0.1:{{port}}; location / { return 204; } }
        }
        """, "-p");

    private static async Task<Peer> StartAsync(string program, string option, Func<int, string> configuration, string? folderOption = null)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-peer-").FullName;
        var port = Wait.FreePort();
        var file = Path.Combine(folder, "peer.conf");
        await File.WriteAllTextAsync(file, configuration(port) + "\n");
        // Debian keeps servers in sbin, which is not on everybody's path.
        var full = File.Exists($"/usr/sbin/{program}") ? $"/usr/sbin/{program}" : program;
        var process = ServerProcess.Start(full, folderOption is null ? [option, file] : [option, file, folderOption, folder], Options.ServerCore);
        var peer = new Peer(process, port, folder);
        await Wait.UntilAsync(() => process.HasExited ? throw new InvalidOperationException($"{program} ended at start: {process.Said}") : Wait.ListensAsync(port),
            TimeSpan.FromSeconds(20), () => $"{program} does not listen: {process.Said}");
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
