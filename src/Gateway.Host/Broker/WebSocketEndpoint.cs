using System.IO.Pipelines;
using System.Net.WebSockets;
using Gateway.Host.Core;

namespace Gateway.Host.Broker;

/// <summary>MQTT over WebSocket (MQTT 5.0 section 6) at <c>/mqtt</c>. Host and Origin were checked before; whoever comes this way needs a token.</summary>
internal static class WebSocketEndpoint
{
    private const string Protocol = "mqtt"; // [MQTT-6.0.0-3]

    public static void MapBroker(this IEndpointRouteBuilder app)
    {
        if (!BrokerFeature.IsEmbedded(app.ServiceProvider.GetRequiredService<SettingsStore>().Current)) return;
        app.MapGet("/mqtt", ServeAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task ServeAsync(HttpContext context, EmbeddedBroker broker, TimeProvider time)
    {
        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol, StringComparer.Ordinal))
        {
            await Problems.Of(400, "Here is MQTT over WebSocket, with the subprotocol \"mqtt\".").ExecuteAsync(context);
            return;
        }
        using var socket = new BinaryWebSocket(await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = Protocol, KeepAliveInterval = Timeout.InfiniteTimeSpan }));
        await using var stream = WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: false);
        var transport = new DuplexPipe(
            PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        using var request = new Lifetime(context);
        await broker.ServeAsync(new MqttConnection(transport, context.Origin(), isWebSocket: true, request.Abort, time) { Gone = request.Over, IsEncrypted = context.Request.IsHttps });
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // It is gone already.
        }
    }

    /// <summary>A request that may be cut while it lasts. Afterwards its context serves somebody else.</summary>
    private sealed class Lifetime(HttpContext context) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        private bool _isOver;

        /// <summary>Fires when the request is over, however it ends.</summary>
        public CancellationToken Over => _over.Token;

        public void Abort()
        {
            lock (_lock) if (!_isOver) context.Abort();
        }

        public void Dispose()
        {
            lock (_lock) _isOver = true;
            _over.Cancel();
            _over.Dispose();
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
