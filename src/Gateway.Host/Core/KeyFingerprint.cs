using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Host.Core;

/// <summary>By what a TLS server is known whoever vouches for it: SHA-256 of its public key (SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7; as in RFC 7858 section 4.2), 64 lower-case hex digits.</summary>
public static class KeyFingerprint
{
    /// <summary>Of a certificate's key.</summary>
    public static string Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>Whether this text could be one.</summary>
    public static bool IsOne(string? text) => IsHex(text, SHA256.HashSizeInBytes);

    /// <summary>Whether this text is so many bytes in lower-case hex.</summary>
    internal static bool IsHex(string? text, int bytes) => text?.Length == 2 * bytes && text.All(char.IsAsciiHexDigitLower);
}
