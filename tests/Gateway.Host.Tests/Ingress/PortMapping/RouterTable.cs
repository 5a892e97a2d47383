using System.Buffers.Binary;
using System.Net;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>What a well-behaved router would know and say by PCP and NAT-PMP; tests bend what it says.</summary>
internal sealed class RouterTable(TimeProvider time)
{
    private long _started = time.GetTimestamp();

    public IPAddress Outside { get; set; } = IPAddress.Parse("203.0.113.7");

    /// <summary>External port to internal one.</summary>
    public Dictionary<int, int> Mappings { get; } = [];

    public uint Lifetime { get; set; } = 1200;

    public uint Epoch => (uint)time.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Forgets all and counts anew.</summary>
    public void Restart()
    {
        lock (Mappings) Mappings.Clear();
        _started = time.GetTimestamp();
    }

    public bool Leads(int external)
    {
        lock (Mappings) return Mappings.ContainsKey(external);
    }

    public byte[] Answer(byte[] request) => request[0] == 0 ? NatPmp(request) : Pcp(request);

    public byte[] Pcp(byte[] request)
    {
        var answer = request.ToArray();
        answer[1] |= 0x80;
        answer[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(8), Epoch);
        answer.AsSpan(12, 12).Clear();
        if (request[1] != 1) return answer;
        var (asked, inside, outside) = (Uint32(request, 4), Uint16(request, 40), Uint16(request, 42));
        var external = Map(inside, outside, asked);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(4), asked == 0 ? 0 : Lifetime);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(42), (ushort)external);
        Outside.MapToIPv6().TryWriteBytes(answer.AsSpan(44), out _);
        return answer;
    }

    public byte[] NatPmp(byte[] request)
    {
        var answer = new byte[request[1] == 0 ? 12 : 16];
        answer[1] = (byte)(request[1] | 0x80);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(4), Epoch);
        if (request[1] == 0)
        {
            if (Outside.Equals(IPAddress.Any)) answer[3] = 3;
            Outside.TryWriteBytes(answer.AsSpan(8), out _);
            return answer;
        }
        var (inside, outside, asked) = (Uint16(request, 4), Uint16(request, 6), Uint32(request, 8));
        request.AsSpan(4, 4).CopyTo(answer.AsSpan(8));
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(10), (ushort)Map(inside, outside, asked));
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(12), asked == 0 ? 0 : Lifetime);
        return answer;
    }

    /// <summary>An answer that says no.</summary>
    public static byte[] Refuse(byte[] request, byte code)
    {
        var answer = request.ToArray();
        answer[1] |= 0x80;
        answer[3] = code;
        return answer;
    }

    public static int Uint16(byte[] message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));

    public static uint Uint32(byte[] message, int at) => BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(at));

    private int Map(int inside, int outside, uint lifetime)
    {
        lock (Mappings)
        {
            foreach (var (port, _) in Mappings.Where(m => m.Value == inside).ToArray()) Mappings.Remove(port);
            if (lifetime > 0) Mappings[outside] = inside;
        }
        return outside;
    }
}
