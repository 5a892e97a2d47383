using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Attack.Tests.Attacks;

/// <summary>One connection of somebody with nothing good in mind. Being hung up on is what it expects.</summary>
internal sealed class Stranger : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        LingerState = new LingerOption(enable: true, seconds: 0), // not every attacker says goodbye
    };

    /// <summary>Connects; null when the gateway does not even let it.</summary>
    public static async Task<Stranger?> ConnectAsync(int port, CancellationToken stop)
    {
        var stranger = new Stranger();
        try
        {
            await stranger._socket.ConnectAsync(IPAddress.Loopback, port, stop);
            return stranger;
        }
        catch (SocketException)
        {
            stranger.Dispose();
            return null;
        }
    }

    /// <summary>Sends all of it; false when it was hung up on.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        try
        {
            while (bytes.Length > 0) bytes = bytes[await _socket.SendAsync(bytes, stop)..];
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public Task<bool> SendAsync(string text, CancellationToken stop) => SendAsync(Encoding.UTF8.GetBytes(text), stop);

    /// <summary>What comes next, as Latin-1, within <paramref name="patience"/>; empty when nothing does or the other side has hung up.</summary>
    public async Task<string> ReceiveAsync(TimeSpan patience, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(patience, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var buffer = new byte[4096];
        try
        {
            return Encoding.Latin1.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, both.Token));
        }
        catch (SocketException)
        {
            return "";
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return "";
        }
    }

    /// <summary>Sends over a connection of its own and gives what comes first.</summary>
    public static async Task<string> AskAsync(int port, ReadOnlyMemory<byte> bytes, TimeSpan patience, CancellationToken stop)
    {
        using var stranger = await ConnectAsync(port, stop);
        return stranger is not null && await stranger.SendAsync(bytes, stop) ? await stranger.ReceiveAsync(patience, stop) : "";
    }

    /// <summary>An HTTP request with a body that is sent as it is.</summary>
    public static byte[] Request(string method, string path, int port, ReadOnlySpan<byte> body, string headers = "") =>
        [.. Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\n\r\n"), .. body];

    /// <summary>Asks to speak MQTT over WebSocket (RFC 6455, section 4.1).</summary>
    public static byte[] Upgrade(int port) => Encoding.ASCII.GetBytes(
        $"GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");

    /// <summary>A masked binary frame with a mask of zeros (RFC 6455, section 5.2).</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload) => payload.Length < 126
        ? [0x82, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload]
        : [0x82, 0xFE, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0, .. payload];

    public void Dispose() => _socket.Dispose();
}
