using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>What the router answered over HTTP.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, string Body);

/// <summary>HTTP to the router and to nobody else, from our own address: no redirects, no proxy, no cookies; bounded in size and time.</summary>
internal sealed class RouterHttp(IPAddress local, IPAddress router, TimeProvider time)
{
    private const int LargestBody = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public Task<HttpAnswer> GetAsync(Uri url, CancellationToken cancellationToken) => SendAsync(new HttpRequestMessage(HttpMethod.Get, url), cancellationToken);

    public Task<HttpAnswer> PostAsync(Uri url, string soapAction, string body, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "text/xml; charset=\"utf-8\"");
        request.Headers.TryAddWithoutValidation("SOAPAction", $"\"{soapAction}\"");
        return SendAsync(request, cancellationToken);
    }

    private async Task<HttpAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var disposing = request;
        request.Headers.ConnectionClose = true; // routers' servers are small
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            ConnectCallback = ConnectAsync,
        });
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await using var stream = await answer.Content.ReadAsStreamAsync(either.Token);
            return new HttpAnswer(answer.StatusCode, await ReadAsync(stream, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { throw new RouterSilentException($"{request.RequestUri} does not answer in time."); }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException) { throw new RouterSilentException($"{request.RequestUri} does not answer: {e.Message}"); }
    }

    /// <summary>Whatever host the URL names, it is the router that is dialled.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(router.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(local, 0));
            await socket.ConnectAsync(new IPEndPoint(router, context.DnsEndPoint.Port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestBody + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > LargestBody) throw new IOException($"it sends more than {LargestBody / 1024} KB.");
        using var reader = new StreamReader(new MemoryStream(buffer, 0, length), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
