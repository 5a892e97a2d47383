using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Tests.Dns;

/// <summary>A question as it came in.</summary>
internal sealed record DnsQuestion(byte[] Packet, string Name, DnsType Type, bool IsTcp);

/// <summary>A name server on loopback, over UDP and TCP on one port, that says what a test wants.</summary>
internal sealed class DnsStandIn : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Socket _udp;
    private readonly TcpListener _tcp;
    private readonly Task _running;

    public DnsStandIn()
    {
        (_udp, _tcp) = Ports();
        Address = (IPEndPoint)_udp.LocalEndPoint!;
        _running = Task.WhenAll(UdpAsync(), TcpAsync());
    }

    public IPEndPoint Address { get; }

    public ConcurrentQueue<DnsQuestion> Questions { get; } = new();

    /// <summary>The packets that a question is answered with.</summary>
    public Func<DnsQuestion, IEnumerable<byte[]>> Answer { get; set; } = _ => [];

    /// <summary>A port of loopback that is free over UDP and TCP.</summary>
    public static (Socket Udp, TcpListener Tcp) Ports()
    {
        while (true)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var tcp = new TcpListener((IPEndPoint)udp.LocalEndPoint!);
            try
            {
                tcp.Start();
                return (udp, tcp);
            }
            catch (SocketException)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    /// <summary>Serves these records, as their source; names that are not among them do not exist.</summary>
    public void Serves(params (string Name, DnsType Type, object Value)[] records) => Answer = q =>
    {
        var name = records.Where(r => r.Name == q.Name).ToArray();
        var zone = records.Where(r => r.Type == DnsType.Soa && (q.Name == r.Name || q.Name.EndsWith("." + r.Name, StringComparison.Ordinal))).Select(r => Record(r.Name, DnsType.Soa, 60, new byte[22])).Take(1).ToArray();
        var found = name.Where(r => r.Type == q.Type).Select(r => Record(r.Name, r.Type, 60, r.Value switch { IPAddress a => a.GetAddressBytes(), string s => Wire(s), _ => new byte[22] })).ToArray();
        return [Reply(q, name.Length > 0 || records.Any(r => r.Name.EndsWith("." + q.Name, StringComparison.Ordinal)) ? 0 : 3, 0x84, found, found.Length == 0 ? zone : [])];
    };

    /// <summary>An answer to a question.</summary>
    public static byte[] Reply(DnsQuestion q, int code = 0, int flags = 0x84, IReadOnlyList<byte[]>? answers = null, IReadOnlyList<byte[]>? authorities = null)
    {
        byte[] packet = [.. q.Packet, .. (answers ?? []).SelectMany(r => r), .. (authorities ?? []).SelectMany(r => r)];
        (packet[2], packet[3]) = ((byte)flags, (byte)code);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)(answers?.Count ?? 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(8), (ushort)(authorities?.Count ?? 0));
        return packet;
    }

    public static byte[] Record(string name, DnsType type, int ttl, byte[] data)
    {
        var head = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)type);
        head[3] = 1;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), ttl);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(8), (ushort)data.Length);
        return [.. Wire(name), .. head, .. data];
    }

    public static byte[] A(string name, IPAddress address, int ttl = 60) => Record(name, address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, ttl, address.GetAddressBytes());

    public static byte[] Wire(string name) => [.. name.Split('.').Where(l => l.Length > 0).SelectMany(l => new[] { (byte)l.Length }.Concat(Encoding.ASCII.GetBytes(l))), 0];

    public async ValueTask DisposeAsync()
    {
        if (_running.IsCompleted) return;
        await _end.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task UdpAsync()
    {
        var buffer = new byte[4096];
        while (!_end.IsCancellationRequested)
        {
            var got = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _end.Token);
            foreach (var packet in Ask(buffer.AsSpan(0, got.ReceivedBytes), isTcp: false)) await _udp.SendToAsync(packet, got.RemoteEndPoint, _end.Token);
        }
    }

    private async Task TcpAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            using var client = await _tcp.AcceptTcpClientAsync(_end.Token);
            var stream = client.GetStream();
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, _end.Token);
            var packet = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(packet, _end.Token);
            foreach (var answer in Ask(packet, isTcp: true))
            {
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync(length, _end.Token);
                await stream.WriteAsync(answer, _end.Token);
            }
        }
    }

    private IEnumerable<byte[]> Ask(ReadOnlySpan<byte> packet, bool isTcp)
    {
        var labels = new List<string>();
        var at = 12;
        for (; packet[at] != 0; at += packet[at] + 1) labels.Add(Encoding.ASCII.GetString(packet.Slice(at + 1, packet[at])));
        var question = new DnsQuestion(packet.ToArray(), string.Join('.', labels), (DnsType)BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 1)..]), isTcp);
        Questions.Enqueue(question);
        return Answer(question);
    }
}
