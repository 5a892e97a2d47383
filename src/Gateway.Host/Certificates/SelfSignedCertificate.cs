using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Host.Certificates;

/// <summary>A certificate that nobody vouches for but its own key, which is made once and kept.</summary>
internal static class SelfSignedCertificate
{
    // A fixed span: at the first start the clock may stand anywhere, and nobody checks a date of a certificate that nobody vouches for.
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>One for these DNS names, with the key of <paramref name="keyPath"/>: see <see cref="GatewayKey.Load"/>.</summary>
    public static X509Certificate2 Make(string keyPath, IReadOnlyList<string> names, ILogger logger)
    {
        using var key = GatewayKey.Load(keyPath, logger);
        using var made = Make(key, names);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    private static X509Certificate2 Make(ECDsa key, IReadOnlyList<string> names)
    {
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        alternatives.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)); // id-kp-serverAuth
        return request.CreateSelfSigned(From, Until);
    }
}
