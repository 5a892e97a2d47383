using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Host.Core;

/// <summary>A private key's file as OpenSSH writes it (PROTOCOL.key): the public half stands before the private one, as it is.</summary>
public static class SshKeyFile
{
    private const string Magic = "openssh-key-v1\0";

    /// <summary>The public key as a line of authorized_keys has it, <c>ssh-ed25519 AAAA...</c>; null where the file is of another format or not whole.</summary>
    public static string? PublicKey(ReadOnlySpan<byte> file)
    {
        Span<char> text = new char[Encoding.ASCII.GetCharCount(file)];
        Encoding.ASCII.GetChars(file, text);
        if (!PemEncoding.TryFind(text, out var pem) || text[pem.Label] is not "OPENSSH PRIVATE KEY") return null;
        var bytes = Convert.FromBase64String(new string(text[pem.Base64Data]));
        if (!bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Magic))) return null;
        ReadOnlySpan<byte> rest = bytes.AsSpan(Magic.Length);
        // The cipher, the key's derivation and its options; how many keys; the public and the private one.
        if (!TryTake(ref rest, out _) || !TryTake(ref rest, out _) || !TryTake(ref rest, out _) || rest.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(rest) != 1) return null;
        rest = rest[4..];
        if (!TryTake(ref rest, out var key) || !TryTake(ref rest, out var secret) || secret.IsEmpty) return null;
        var kind = key;
        return TryTake(ref kind, out var name) && name.Length is > 0 and < 64 && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? $"{Encoding.ASCII.GetString(name)} {Convert.ToBase64String(key)}" : null;
    }

    /// <summary>A string of RFC 4251 section 5: its length in four bytes, then itself.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> from, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(from) is var length && length > from.Length - 4) return false;
        taken = from.Slice(4, (int)length);
        from = from[(4 + (int)length)..];
        return true;
    }
}
