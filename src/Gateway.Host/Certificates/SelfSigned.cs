using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>
/// The certificate of a gateway that no authority has vouched for yet: its own key, made once and kept, and the names it has now.
/// Who has seen its fingerprint on the console knows it again.
/// </summary>
internal sealed class SelfSigned(SettingsStore settings, ServerCertificate served, ILogger<SelfSigned> logger) 
{
    // A fixed span: at the first start the clock may stand anywhere, and nobody checks a date of a certificate that nobody vouches for.
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private IReadOnlyList<string> _names = [];

    /// <summary>The file of the private key, PKCS #8 as PEM (RFC 7468), only its owner's.</summary>
    public static string KeyPath(Settings settings) => Path.Combine(settings.Text("data.path")!, "tls.key");

    /// <summary>Serves it, under the names that the gateway has, from now on.</summary>
    public void Serve()
    {
        Serve(settings.Current);
        settings.OnChange(Serve);
    }

    private void Serve(Settings current)
    {
        var names = Names(current);
        lock (_lock)
        {
            if (names.SequenceEqual(_names, StringComparer.Ordinal)) return;
            using var key = Key(KeyPath(current));
            using var made = Make(key, names);
            var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
            served.Replace(certificate, [], isSelfSigned: true);
            if (_names.Count == 0) logger.LogInformation("HTTPS is served with the gateway's own certificate; SHA-256 of its key: {Fingerprint}", ServerCertificate.Fingerprint(certificate));
            _names = names;
        }
    }

    private static IReadOnlyList<string> Names(Settings settings) =>
        [.. PublicNames.Of(settings).SelectMany(n => new[] { n.Name, "*." + n.Name }).Concat(["gateway.local", "localhost"]).Where(IsDnsName).Distinct(StringComparer.Ordinal)];

    private static bool IsDnsName(string name) => Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns;

    private ECDsa Key(string path)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key;
        }
        catch (FileNotFoundException) { }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            logger.LogWarning("{Path} holds no key that can be read; a new one is made, and the fingerprint changes", path);
        }
        key.GenerateKey(ECCurve.NamedCurves.nistP256);
        DurableFile.Write(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        return key;
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
