using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Attack.Tests;

/// <summary>A phone that is signed in and switches a light many times a second, on a thread of its own; sometimes it comes back over a new connection. Its address is not the attackers'.</summary>
internal sealed class Phone(int port, string cookie) : IDisposable
{
    private static readonly IPEndPoint Home = new(IPAddress.Parse("127.0.0.2"), 0);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(4);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;
    private int _count;

    /// <summary>Commands until <paramref name="stop"/> and gives how many milliseconds each took.</summary>
    public Task<List<double>> SwitchAsync(CancellationToken stop) => Task.Factory.StartNew(() =>
    {
        // It is a machine of its own: its clock does not stand still while attackers fill this one's core. Without the right to it the times are a little worse.
        _ = SetPriority(PriorityOfProcess, 0, -15);
        var times = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            times.Add(Switch().TotalMilliseconds);
            stop.WaitHandle.WaitOne(Pace);
        }
        return times;
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A connection from the phone's own address.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(Home);
        await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public void Dispose() => _socket?.Dispose();

    // setpriority(2): with PRIO_PROCESS and 0 it is the calling thread whose niceness is set.
    private const int PriorityOfProcess = 0;

#pragma warning disable SYSLIB1054 // Blittable: LibraryImport would only ask for unsafe code.
    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int niceness);
#pragma warning restore SYSLIB1054

    private TimeSpan Switch()
    {
        var body = $"{{\"state\":\"ON\",\"brightness\":{1 + _count++ % 255}}}";
        var request = Encoding.ASCII.GetBytes(
            $"PATCH /api/lights/desk HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var start = TimeProvider.System.GetTimestamp();
        if (_socket is null || _count % 20 == 0)
        {
            _socket?.Dispose();
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000, SendTimeout = 30_000 };
            _socket.Bind(Home);
            _socket.Connect(IPAddress.Loopback, port);
        }
        _socket.Send(request);
        var answer = Receive(_socket);
        var took = TimeProvider.System.GetElapsedTime(start);
        Assert.StartsWith("HTTP/1.1 202 ", answer, StringComparison.Ordinal);
        return took;
    }

    private string Receive(Socket socket)
    {
        for (var read = 0; ;)
        {
            var n = socket.Receive(_buffer.AsSpan(read));
            Assert.True(n > 0, "the gateway hung up on the phone");
            read += n;
            var text = Encoding.ASCII.GetString(_buffer, 0, read);
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            const string Length = "Content-Length: ";
            var at = text.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
            // RFC 9112, section 7.1: chunks end with one of length 0.
            if (at < 0 || at > head ? text.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
                : read >= head + 4 + int.Parse(text.AsSpan(at + Length.Length, text.IndexOf('\r', at) - at - Length.Length), CultureInfo.InvariantCulture)) return text;
        }
    }
}
