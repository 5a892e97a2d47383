using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using static Gateway.Host.Network.NetworkDump;

namespace Gateway.Host.Network;

/// <summary>A socket to the kernel's tables of interfaces, addresses and routes: rtnetlink(7). Needs no privilege; throws <see cref="SocketException"/> where the kernel or a filter before it refuses.</summary>
internal sealed class RouteSocket : IDisposable
{
    /// <summary>The kernel's answers come in datagrams of at most 32 KB (<c>netlink_dump</c>).</summary>
    private const int LongestDatagram = 32 * 1024;

    /// <summary>More than a table that is read to its end ever has; a kernel that goes on telling is not listened to.</summary>
    private const int MostDatagrams = 4096;

    private const int Attempts = 3;

    /// <summary>The kernel answers from memory; it waits only for others who change the tables.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    private static readonly (ushort Type, byte Family, int BodyLength)[] Questions =
        [(GetLink, 0, LinkLength), (GetAddress, 0, AddressLength), (GetRoute, InterNetwork, RouteLength), (GetRoute, InterNetworkV6, RouteLength)];

    private readonly Socket _socket;
    private readonly byte[] _start = new byte[NetlinkFrames.HeaderLength];

    private RouteSocket(uint groups)
    {
        // SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE. .NET names no such family but works with such a socket.
        const int family = NetlinkEndPoint.Family, raw = 3 | 0x80000, route = 0;
        var descriptor = OpenSocket(family, raw, route);
        if (descriptor < 0) throw new SocketException((int)SocketError.AddressFamilyNotSupported, $"The kernel gives no netlink socket (error {Marshal.GetLastPInvokeError()}).");
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        try { _socket.Bind(new NetlinkEndPoint(groups)); }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>One that hears of each change: link, addresses and routes of both families (<c>RTMGRP_*</c>).</summary>
    public static RouteSocket Listen() => new(0x1 | 0x10 | 0x40 | 0x100 | 0x400);

    /// <summary>Ends when something has changed. What it was is not read: whoever asks looks at everything anew, so nothing can be missed.</summary>
    public async Task ChangedAsync(CancellationToken cancellationToken)
    {
        try { await _socket.ReceiveAsync(_start, SocketFlags.None, cancellationToken); }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable) { } // so much has changed that some of it was not told
    }

    /// <summary>Throws away what has been told so far.</summary>
    public void Drain()
    {
        for (var i = 0; i < MostDatagrams && _socket.Poll(0, SelectMode.SelectRead); i++)
        {
            try { _socket.Receive(_start); }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable) { }
        }
    }

    /// <summary>Everything there is now.</summary>
    public static NetworkDump Dump()
    {
        using var socket = new RouteSocket(groups: 0);
        socket._socket.ReceiveTimeout = (int)AnswerWithin.TotalMilliseconds;
        var buffer = new byte[LongestDatagram];
        uint sequence = 0;
        for (var attempt = 1; ; attempt++)
        {
            var dump = new NetworkDump();
            var isWhole = true;
            foreach (var question in Questions) isWhole &= socket.Ask(question, ++sequence, dump, buffer);
            if (isWhole || attempt == Attempts) return dump; // if it changes that fast, there is news of it already
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>False when something changed meanwhile. A kernel without IPv6 answers with an error: nothing there.</summary>
    private bool Ask((ushort Type, byte Family, int BodyLength) question, uint sequence, NetworkDump dump, byte[] buffer)
    {
        _socket.Send(NetlinkFrames.DumpRequest(question.Type, question.Family, question.BodyLength, sequence));
        for (var i = 0; i < MostDatagrams; i++)
        {
            var length = _socket.Receive(buffer);
            var progress = dump.Read(buffer.AsSpan(0, length), sequence);
            if (progress != DumpProgress.More) return progress != DumpProgress.Interrupted;
        }
        return true;
    }

#pragma warning disable SYSLIB1054 // Blittable: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenSocket(int domain, int type, int protocol);
#pragma warning restore SYSLIB1054
}

/// <summary><c>struct sockaddr_nl</c>: family, padding, port (0: the kernel gives one), groups.</summary>
internal sealed class NetlinkEndPoint(uint groups) : EndPoint
{
    /// <summary><c>AF_NETLINK</c>.</summary>
    public const int Family = 16;

    public override AddressFamily AddressFamily => AddressFamily.Unspecified;

    public override SocketAddress Serialize()
    {
        var address = new SocketAddress(AddressFamily.Unspecified, 12);
        var bytes = address.Buffer.Span;
        MemoryMarshal.Write(bytes, (ushort)Family);
        MemoryMarshal.Write(bytes[8..], groups);
        return address;
    }
}
