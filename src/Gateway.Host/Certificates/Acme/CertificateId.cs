using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Host.Certificates.Acme;

/// <summary>By what an authority knows a certificate of its own (RFC 9773 section 4.1).</summary>
internal static class CertificateId
{
    /// <summary>The key identifier of who issued it and its serial number; null where it has not both.</summary>
    public static string? Of(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier is not { } issuer) return null;
        return Of(issuer.Span, certificate.SerialNumberBytes.Span);
    }

    /// <summary>The number as DER has it: a zero goes before a first bit that is set.</summary>
    public static string Of(ReadOnlySpan<byte> issuer, ReadOnlySpan<byte> serial)
    {
        serial = serial.TrimStart((byte)0);
        byte[] number = serial.IsEmpty || serial[0] >= 0x80 ? [0, .. serial] : serial.ToArray();
        return $"{Base64Url.EncodeToString(issuer)}.{Base64Url.EncodeToString(number)}";
    }
}
