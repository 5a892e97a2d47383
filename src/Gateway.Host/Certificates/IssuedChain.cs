using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Certificates.Acme;

namespace Gateway.Host.Certificates;

/// <summary>What an authority handed out, looked at before it is served: also it makes mistakes, and a file may be damaged.</summary>
internal static class IssuedChain
{
    private const int Longest = 8;

    /// <summary>Reads a chain as PEM, the leaf first (RFC 8555 section 7.4.2), and puts the key to it. Throws <see cref="AcmeException"/> with what is wrong with it.</summary>
    /// <param name="pem">The chain.</param>
    /// <param name="key">Our key, for which it must be.</param>
    /// <param name="names">What it must be good for; the first is the name it is kept under.</param>
    /// <param name="now">When it must be good; null for any time: a clock that is wrong makes no certificate worthless.</param>
    public static IssuedCertificate Read(string pem, ECDsa key, IReadOnlyList<string> names, DateTimeOffset? now)
    {
        var all = new X509Certificate2Collection();
        try { all.ImportFromPem(pem); }
        catch (CryptographicException e) { throw Wrong("cannot be read", e); }
        if (all.Count is 0 or > Longest) throw Wrong("has no certificate, or too many, in it");
        var leaf = all[0];
        if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo())) throw Wrong("is for another key");
        if (names.Except(NamesOf(leaf), StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } missing) throw Wrong($"is not good for {missing}");
        if (all.Count > 1 && !leaf.IssuerName.RawData.AsSpan().SequenceEqual(all[1].SubjectName.RawData)) throw Wrong("was not issued by the next in its chain");
        all.RemoveAt(0);
        var issued = new IssuedCertificate(names[0], leaf.CopyWithPrivateKey(key), all);
        return now is { } at && (at < issued.From || at >= issued.Until) ? throw Wrong("is not good at this time") : issued;
    }

    /// <summary>The DNS names that a certificate is good for.</summary>
    public static IEnumerable<string> NamesOf(X509Certificate2 certificate) => certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames());

    private static AcmeException Wrong(string words, Exception? inner = null) => new(AcmeFailure.Trouble, $"The certificate that the authority issued {words}.", inner);
}
