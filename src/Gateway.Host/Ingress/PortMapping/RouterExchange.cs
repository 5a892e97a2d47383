using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>One question to the router over UDP, from our own address, and its answer. The socket is connected: nobody else is heard.</summary>
internal sealed class RouterExchange(IPAddress local, IPEndPoint router, TimeProvider time)
{
    /// <summary>RFC 6887 section 7: no message is longer.</summary>
    private const int LongestMessage = 1100;

    /// <summary>Who sends more than this in place of an answer is not worth hearing.</summary>
    private const int MostMessages = 64;

    /// <summary>Sent at 0, 1/4 and 3/4 s; given up a second later (RFC 6886 section 3.1 doubles from 250 ms; a LAN answers at once or not at all).</summary>
    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1)];

    /// <summary>Asks until an answer fits. Throws <see cref="RouterSilentException"/> when none does.</summary>
    /// <param name="request">The message.</param>
    /// <param name="read">Gives what a message means, or null when it is no answer to this.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    public async Task<T> AskAsync<T>(byte[] request, Func<byte[], T?> read, CancellationToken cancellationToken) where T : class
    {
        try
        {
            using var socket = new Socket(router.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(local, 0));
            await socket.ConnectAsync(router, cancellationToken);
            var heard = 0;
            foreach (var wait in Waits)
            {
                await socket.SendAsync(request, cancellationToken);
                using var patience = new CancellationTokenSource(wait, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
                try
                {
                    for (; heard < MostMessages; heard++) if (read(await ReceiveAsync(socket, either.Token)) is { } answer) return answer;
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { }
            }
            throw new RouterSilentException($"{router.Address} does not answer on UDP port {router.Port}.");
        }
        // A closed port, or our address or route has gone.
        catch (SocketException e) { throw new RouterSilentException($"{router.Address} cannot be asked on UDP port {router.Port}: {e.Message}."); }
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestMessage];
        return buffer[..await socket.ReceiveAsync(buffer, cancellationToken)];
    }
}
