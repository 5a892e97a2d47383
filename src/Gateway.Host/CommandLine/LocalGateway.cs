using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Gateway.Host.CommandLine;

/// <summary>The running gateway, over its socket file. Who may open that file may do everything, so nobody is asked for a password.</summary>
internal sealed class LocalGateway(string socketPath) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectCallback = (_, cancel) => ConnectAsync(socketPath, cancel) })
    {
        BaseAddress = new Uri("http://localhost"),
        Timeout = TimeSpan.FromSeconds(30),
        MaxResponseContentBufferSize = 4 * 1024 * 1024,
    };

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<JsonElement> PostAsync(string path, string? json, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, json, cancellationToken);

    public Task<JsonElement> DeleteAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, path, null, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? json, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (!response.IsSuccessStatusCode) throw new CommandException(ExitCode.Failed, Detail(body) ?? $"the gateway refused ({(int)response.StatusCode})");
            return body.Length == 0 ? default : Parse(body) ?? throw new CommandException(ExitCode.Failed, "the gateway's answer cannot be read; is it of another version?");
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException socket)
        {
            throw socket.SocketErrorCode == SocketError.AccessDenied
                ? new CommandException(ExitCode.NotPermitted, $"only root and the user that the gateway runs as may use {socketPath}; try it with sudo")
                : new CommandException(ExitCode.NotRunning, $"no gateway is running with its data in {Path.GetDirectoryName(socketPath)}; start it with \"gateway run\", or name its configuration with --config");
        }
        catch (HttpRequestException)
        {
            throw new CommandException(ExitCode.Failed, "the gateway broke off its answer; try again");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Failed, "the gateway does not answer within 30 seconds; see its log");
        }
    }

    /// <summary>The words of an RFC 9457 problem.</summary>
    private static string? Detail(string body) =>
        Parse(body) is { ValueKind: JsonValueKind.Object } problem && problem.TryGetProperty("detail", out var detail) ? detail.GetString() : null;

    private static JsonElement? Parse(string body)
    {
        try { return JsonElement.Parse(body); }
        catch (JsonException) { return null; }
    }

    private static async ValueTask<Stream> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
