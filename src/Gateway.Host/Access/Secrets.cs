using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Host.Access;

/// <summary>
/// SHA-256 of a random secret: what is stored and looked up instead of it. A plain hash is enough, as 256 random bits cannot be guessed,
/// and a lookup by it tells nothing through its timing, as nobody can choose a digest's first bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Digest(UInt128 Low, UInt128 High)
{
    /// <summary>The longest text that is hashed; longer ones are nobody's secret.</summary>
    private const int Longest = 128;

    public static Digest? Of(ReadOnlySpan<char> secret)
    {
        Span<byte> bytes = stackalloc byte[Longest];
        if (!Encoding.UTF8.TryGetBytes(secret, bytes, out var length)) return null;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], hash);
        return FromBytes(hash);
    }

    public static Digest FromBytes(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<Digest>(bytes);

    public byte[] ToBytes()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        MemoryMarshal.Write(bytes, this);
        return bytes;
    }
}

/// <summary>Random secrets and ids.</summary>
internal static class Secrets
{
    /// <summary>256 random bits as 43 characters fit for cookies, headers and links.</summary>
    public static string New(string prefix = "") => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A name for a thing in the API; no secret.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
