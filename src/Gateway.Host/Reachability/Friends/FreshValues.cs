using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Friends;

/// <summary>
/// Values that a friend must sign, so that a message counts once and soon. They carry their own time, on a clock that nobody sets, under this process' secret: giving one out
/// costs no memory, so that a stranger who asks for millions takes nobody's place.
/// </summary>
internal sealed class FreshValues(TimeProvider time)
{
    /// <summary>How old one may be.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(30);

    private const int MacBytes = 16;

    private readonly Lock _lock = new();
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, long> _used = new(StringComparer.Ordinal);

    public string New()
    {
        Span<byte> value = stackalloc byte[8 + MacBytes];
        BinaryPrimitives.WriteInt64BigEndian(value, time.GetTimestamp());
        Mac(value[..8], value[8..]);
        return Convert.ToHexStringLower(value);
    }

    /// <summary>Takes a message with such a value: false when the value is none of ours or too old, or the message has been taken before. Only for messages whose signature is right: they are remembered.</summary>
    public bool Take(string? value, string message)
    {
        if (!KeyFingerprint.IsHex(value, 8 + MacBytes)) return false;
        var bytes = Convert.FromHexString(value!);
        Span<byte> mac = stackalloc byte[MacBytes];
        Mac(bytes.AsSpan(0, 8), mac);
        var issued = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(8)) || time.GetElapsedTime(issued) >= GoodFor) return false;
        lock (_lock)
        {
            foreach (var (old, at) in _used.ToArray()) if (time.GetElapsedTime(at) >= GoodFor) _used.Remove(old);
            return _used.TryAdd(message, issued);
        }
    }

    private void Mac(ReadOnlySpan<byte> timestamp, Span<byte> mac)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, timestamp, whole);
        whole[..MacBytes].CopyTo(mac);
    }
}
