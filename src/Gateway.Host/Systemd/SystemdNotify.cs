using System.Net.Sockets;
using System.Text;

namespace Gateway.Host.Systemd;

/// <summary>Tells the service manager how we are: sd_notify(3), lines of <c>KEY=VALUE</c> as one datagram to the socket that it names.</summary>
/// <param name="address">The value of <c>$NOTIFY_SOCKET</c>: a path, or after <c>@</c> an abstract name. One that cannot be is an <see cref="ArgumentException"/>.</param>
internal sealed class SystemdNotify(string address) : IDisposable
{
    private readonly UnixDomainSocketEndPoint _manager = new(address.StartsWith('@') ? '\0' + address[1..] : address);
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };

    /// <summary>Never waits, never throws: who does not listen is not told.</summary>
    public void Send(params ReadOnlySpan<string> lines)
    {
        try { _socket.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', lines)), _manager); }
        catch (Exception e) when (e is SocketException or ObjectDisposedException) { }
    }

    public void Dispose() => _socket.Dispose();
}
