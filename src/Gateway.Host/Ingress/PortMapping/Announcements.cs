using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>
/// Hears the router say that it has restarted or has another address (RFC 6887 section 14.1, RFC 6886 section 3.2.1). What it
/// says is not believed, for anybody can send that: it only wakes whoever waits, and he asks the router himself.
/// </summary>
internal sealed class Announcements : IAsyncDisposable
{
    private readonly Channel<bool> _heard = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _end = new();
    private readonly TimeProvider _time;
    private readonly Task _listening;

    public Announcements(MappingWish wish, int port, TimeProvider time, ILogger logger)
    {
        _time = time;
        _listening = ListenAsync(wish, port, logger, _end.Token);
    }

    /// <summary>Waits so long, or till the router announces something: then true.</summary>
    public async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(delay, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try { return await _heard.Reader.ReadAsync(either.Token); }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return false; }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        _end.Dispose();
    }

    private async Task ListenAsync(MappingWish wish, int port, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = Open(wish, port);
            var (buffer, anyone) = (new byte[64], new IPEndPoint(wish.Family == IpFamily.V4 ? IPAddress.Any : IPAddress.IPv6Any, 0));
            while (true)
            {
                var from = (IPEndPoint)(await socket.ReceiveFromAsync(buffer, SocketFlags.None, anyone, cancellationToken)).RemoteEndPoint;
                if (!IsRouter(from.Address, wish)) continue;
                _heard.Writer.TryWrite(true);
                await Task.Delay(MappingTimes.Rest, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) { }
        // Without it a restart is found by the next check.
        catch (SocketException e) { logger.LogDebug(e, "Announcements of the router cannot be heard"); }
    }

    private static Socket Open(MappingWish wish, int port)
    {
        var socket = new Socket(wish.Local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true); // others on this machine listen too
            if (wish.Family == IpFamily.V4)
            {
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("224.0.0.1"), wish.Local.Address));
            }
            else
            {
                socket.DualMode = false;
                socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(IPAddress.Parse("ff02::1"), wish.Router.Gateway!.IsIPv6LinkLocal ? wish.Router.Gateway.ScopeId : 0));
            }
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsRouter(IPAddress address, MappingWish wish) => address.GetAddressBytes().AsSpan().SequenceEqual(wish.Router.Gateway!.GetAddressBytes());
}
