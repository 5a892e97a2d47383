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
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = Protocol, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        await using var stream = WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: false);
        var transport = new DuplexPipe(
            PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        await broker.ServeAsync(new MqttConnection(transport, context.Origin(), isWebSocket: true, context.Abort, time) { Gone = context.RequestAborted });
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

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
