using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>An HTTP request as the router got it.</summary>
/// <param name="Line">Method, path and version.</param>
/// <param name="Action">The SOAP action without the service; empty for a plain GET.</param>
/// <param name="Service">The service's type in the header.</param>
/// <param name="Body">What was posted.</param>
public sealed record RouterRequest(string Line, string Action, string Service, string Body)
{
    public string Path => Line.Split(' ')[1];

    /// <summary>An argument of the action.</summary>
    public string this[string name] => Body.Split($"<{name}>")[1].Split($"</{name}>")[0];
}

/// <summary>
/// A router on an address of 127.0.0.0/8 that speaks PCP, NAT-PMP, SSDP and HTTP over real sockets, byte for byte as a test tells it, and counts
/// what comes. By itself it answers nothing: its ports are then closed.
/// </summary>
internal sealed class StrangeRouter : IAsyncDisposable
{
    private static int _count;
    private long _asked;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _loops = [];
    private readonly List<Socket> _udp = [];
    private readonly Socket _http;
    private readonly Socket _stranger = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="overIPv6">On ::1, with ports of its own.</param>
    public StrangeRouter(bool overIPv6 = false)
    {
        var number = Interlocked.Increment(ref _count);
        IPAddress At(int host) => new([127, (byte)(100 + number / 250), (byte)(1 + number % 250), (byte)host]);
        (Address, Client, StrangerAddress) = (At(1), At(2), At(3));
        if (overIPv6) Address = Client = IPAddress.IPv6Loopback;
        _http = new Socket(Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _http.Bind(new IPEndPoint(Address, 0));
        _stranger.Bind(new IPEndPoint(StrangerAddress, 0));
        Ports = overIPv6 ? new RouterPorts(22000 + number, 20000 + number, 24000 + number) : new RouterPorts(5351, 20000 + number, 1900); // on addresses that nobody else has
    }

    public IPAddress Address { get; }

    /// <summary>Our own address.</summary>
    public IPAddress Client { get; }

    /// <summary>Somebody else on the network, who must not be asked anything.</summary>
    public IPAddress StrangerAddress { get; }

    public RouterPorts Ports { get; }

    public string Url => $"http://{(IPEndPoint)_http.LocalEndPoint!}";

    public string StrangerUrl => $"http://{StrangerAddress}:{Port(_stranger)}";

    public ConcurrentQueue<byte[]> UdpRequests { get; } = new();

    public ConcurrentQueue<RouterRequest> HttpRequests { get; } = new();

    /// <summary>How many asked the stranger.</summary>
    public int StrangerRequests { get; private set; }

    public int Searches { get; private set; }

    /// <summary>Somebody asked something a moment ago.</summary>
    public bool IsBusy => TimeProvider.System.GetElapsedTime(Interlocked.Read(ref _asked)) < TimeSpan.FromMilliseconds(100);

    /// <summary>Answers PCP and NAT-PMP.</summary>
    public StrangeRouter OnUdp(Func<byte[], IEnumerable<byte[]>> answer)
    {
        _loops.Add(ServeUdpAsync(Ports.Pcp, request =>
        {
            UdpRequests.Enqueue(request);
            Interlocked.Exchange(ref _asked, TimeProvider.System.GetTimestamp());
            return answer(request);
        }));
        return this;
    }

    /// <summary>Answers searches with these datagrams.</summary>
    public StrangeRouter OnSearch(Func<string, IEnumerable<string>> answer)
    {
        _loops.Add(ServeUdpAsync(Ports.Ssdp, request =>
        {
            Searches++;
            return answer(Encoding.ASCII.GetString(request)).Select(Encoding.Latin1.GetBytes);
        }));
        return this;
    }

    /// <summary>Answers HTTP with these bytes, then closes; null: says nothing for ever.</summary>
    public StrangeRouter OnHttp(Func<RouterRequest, byte[]?> answer)
    {
        _http.Listen();
        _stranger.Listen();
        _loops.Add(AcceptAsync(_http, client => ServeHttpAsync(client, answer)));
        _loops.Add(AcceptAsync(_stranger, client => { StrangerRequests++; client.Dispose(); return Task.CompletedTask; }));
        return this;
    }

    /// <summary>Sends to whoever listens for announcements.</summary>
    public void Announce(byte[] message, IPAddress? from = null)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(from ?? Address, 0));
        socket.SendTo(message, new IPEndPoint(Client, Ports.Announcements));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var socket in new[] { _http, _stranger }.Concat(_udp)) socket.Dispose();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private async Task ServeUdpAsync(int port, Func<byte[], IEnumerable<byte[]>> answer)
    {
        var socket = new Socket(Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _udp.Add(socket);
        socket.Bind(new IPEndPoint(Address, port));
        var buffer = new byte[2048];
        while (true)
        {
            var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(Address, 0), _end.Token);
            foreach (var message in answer(buffer[..received.ReceivedBytes])) await socket.SendToAsync(message, SocketFlags.None, received.RemoteEndPoint, _end.Token);
        }
    }

    private async Task AcceptAsync(Socket listener, Func<Socket, Task> serve)
    {
        while (true) _ = serve(await listener.AcceptAsync(_end.Token));
    }

    private async Task ServeHttpAsync(Socket client, Func<RouterRequest, byte[]?> answer)
    {
        using var disposing = client;
        try
        {
            var text = new StringBuilder();
            var buffer = new byte[8192];
            while (!IsWhole(text.ToString()) && await client.ReceiveAsync(buffer, _end.Token) is > 0 and var length) text.Append(Encoding.UTF8.GetString(buffer, 0, length));
            var parts = text.ToString().Split("\r\n\r\n", 2);
            var header = parts[0].Split("\r\n");
            var action = header.FirstOrDefault(h => h.StartsWith("SOAPAction:", StringComparison.Ordinal))?.Split(':', 2)[1].Trim(' ', '"').Split('#') ?? ["", ""];
            var request = new RouterRequest(header[0], action[1], action[0], parts.Length > 1 ? parts[1] : "");
            HttpRequests.Enqueue(request);
            Interlocked.Exchange(ref _asked, TimeProvider.System.GetTimestamp());
            if (answer(request) is not { } bytes) { await client.ReceiveAsync(buffer, _end.Token); return; }
            await client.SendAsync(bytes, _end.Token);
            client.Shutdown(SocketShutdown.Send);
            while (await client.ReceiveAsync(buffer, _end.Token) > 0) { } // a reset would swallow what was sent
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException) { }
    }

    private static bool IsWhole(string text)
    {
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0) return false;
        var length = text[..head].Split("\r\n").FirstOrDefault(h => h.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return text.Length >= head + 4 + (length is null ? 0 : int.Parse(length.Split(':')[1], CultureInfo.InvariantCulture));
    }
}
