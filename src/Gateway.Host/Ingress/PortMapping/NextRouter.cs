using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Finds the router behind the one that a wish goes to: the second on the way into the internet. Null when it does not show itself.</summary>
internal delegate Task<IPAddress?> FindNextRouter(MappingWish wish, CancellationToken cancellationToken);

/// <summary>
/// As traceroute(8) does it: a packet that may pass one router is dropped by the second, which says so from an address of its own (RFC 792, time exceeded).
/// The packet arrives nowhere, and the kernel hands the answer only to the socket that sent it (ip(7), IP_RECVERR): no privilege is needed.
/// </summary>
internal sealed class NextRouter(TimeProvider time)
{
    private const int IpLevel = 0, ReceiveErrors = 11, ErrorQueue = 0x2000, FromIcmp = 2, TimeExceeded = 11; // linux/in.h, linux/errqueue.h, linux/icmp.h
    private const int HeaderLength = 56, ControlAt = 32, ControlLengthAt = 40; // struct msghdr where a pointer has 8 bytes
    private const int ErrorAt = HeaderLength + 16, OriginAt = ErrorAt + 4, TypeAt = ErrorAt + 5, OffenderAt = ErrorAt + 16 + 4; // behind struct cmsghdr: sock_extended_err, sockaddr_in

    private const int Questions = 3;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(0.5);

    /// <summary>Far away, whatever the way: a root name server, at the port of traceroute.</summary>
    private static readonly IPEndPoint FarAway = new(IPAddress.Parse("198.41.0.4"), 33434);

    /// <inheritdoc cref="FindNextRouter" />
    public Task<IPAddress?> FindAsync(MappingWish wish, CancellationToken cancellationToken) => FindAsync(wish.Local.Address, FarAway, 2, cancellationToken);

    /// <summary>Who drops the packet that may pass so many routers less one; null when nobody says so.</summary>
    public async Task<IPAddress?> FindAsync(IPAddress from, IPEndPoint to, short routers, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(from, 0));
            socket.Ttl = routers;
            socket.SetRawSocketOption(IpLevel, ReceiveErrors, BitConverter.GetBytes(1));
            await socket.ConnectAsync(to, cancellationToken);
            for (var i = 0; i < Questions; i++)
            {
                await socket.SendAsync(new byte[1], cancellationToken);
                if (await HasErrorAsync(socket, cancellationToken)) return ReadError(socket);
            }
        }
        catch (SocketException) { } // no way out
        return null;
    }

    private async Task<bool> HasErrorAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try { await socket.ReceiveAsync(new byte[1], either.Token); }
        catch (SocketException) { return true; }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { }
        return false;
    }

    private static IPAddress? ReadError(Socket socket)
    {
        var message = GC.AllocateArray<byte>(HeaderLength + 512, pinned: true);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(ControlAt), Marshal.UnsafeAddrOfPinnedArrayElement(message, HeaderLength));
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(ControlLengthAt), message.Length - HeaderLength);
        if (ReceiveMessage((int)socket.Handle, message, ErrorQueue) < 0) return null;
        return message[OriginAt] == FromIcmp && message[TypeAt] == TimeExceeded ? new IPAddress(message.AsSpan(OffenderAt, 4)) : null;
    }

#pragma warning disable SYSLIB1054 // Blittable: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "recvmsg")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReceiveMessage(int socket, byte[] message, int flags);
#pragma warning restore SYSLIB1054
}
