using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Gateway.Published;

namespace Gateway.Benchmarks;

/// <summary>One raw connection to a broker, as cheap as can be: what it sends is encoded beforehand, what comes is counted by its headers.</summary>
internal sealed class MqttPeer : IDisposable
{
    private static readonly byte[] Buffer = new byte[256 * 1024];
    private static readonly byte[] Acknowledgements = new byte[256 * 1024];
    private readonly byte[] _rest = new byte[1024];
    private int _restLength;

    private MqttPeer(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    /// <summary>PUBLISH packets that came.</summary>
    public long Published { get; private set; }

    /// <summary>Connects, and subscribes to <paramref name="filter"/> when given.</summary>
    public static MqttPeer Connect(int port, string id, string? password, string? filter = null, int qos = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000, SendTimeout = 20_000 };
        socket.Connect(IPAddress.Loopback, port);
        var peer = new MqttPeer(socket);
        socket.Send(MqttPackets.Connect(id, password is null ? null : "bench", password));
        if (peer.Answer() is not [0x20, 2, _, 0]) throw new InvalidOperationException($"the broker refused {id}");
        if (filter is null) return peer;
        socket.Send(MqttPackets.Subscribe(1, filter, qos));
        if (peer.Answer() is not [0x90, 3, 0, 1, < 3]) throw new InvalidOperationException($"the broker refused the subscription of {id}");
        return peer;
    }

    /// <summary>Takes what has come: counts messages and acknowledges those that want it.</summary>
    public void Receive()
    {
        _rest.AsSpan(0, _restLength).CopyTo(Buffer);
        var n = Socket.Receive(Buffer.AsSpan(_restLength));
        if (n == 0) throw new InvalidOperationException("the broker closed a connection");
        var bytes = Buffer.AsSpan(0, _restLength + n);
        var owed = 0;
        while (MqttPackets.Read(bytes) is var (header, body, length))
        {
            if ((header & 0xF0) == 0x30)
            {
                Published++;
                if ((header & 0x06) != 0)
                {
                    // Section 3.4: PUBACK carries the identifier, which follows the topic.
                    var at = body + 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[body..]);
                    Acknowledgements[owed++] = 0x40;
                    Acknowledgements[owed++] = 2;
                    Acknowledgements[owed++] = bytes[at];
                    Acknowledgements[owed++] = bytes[at + 1];
                }
            }
            bytes = bytes[length..];
        }
        _restLength = bytes.Length;
        bytes.CopyTo(_rest);
        if (owed > 0) Socket.Send(Acknowledgements.AsSpan(0, owed));
    }

    public void Dispose() => Socket.Dispose();

    private byte[] Answer()
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (MqttPackets.Read([.. bytes]) is null)
        {
            if (Socket.Receive(one) == 0) throw new InvalidOperationException("the broker closed a new connection");
            bytes.Add(one[0]);
        }
        return [.. bytes];
    }
}
