using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>The certificate that every HTTPS listener serves: swapped whole, while connections that are open keep the one they began with.</summary>
internal sealed class ServerCertificate(StatusStore status)
{
    private volatile SslServerAuthenticationOptions? _options;

    /// <summary>What a handshake is answered with; throws before <see cref="Replace"/> was first called.</summary>
    public SslServerAuthenticationOptions Options => _options ?? throw new InvalidOperationException("There is no certificate yet.");

    /// <summary>Serves this one from the next handshake on, and says so.</summary>
    /// <param name="certificate">The leaf, with its private key.</param>
    /// <param name="chain">What stands between it and the root; empty for a self-signed one.</param>
    /// <param name="isSelfSigned">No authority vouches for it.</param>
    public void Replace(X509Certificate2 certificate, X509Certificate2Collection chain, bool isSelfSigned)
    {
        // Offline: looking for intermediates is the one who issued it's work, not each handshake's.
        var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        _options = new SslServerAuthenticationOptions { ServerCertificateContext = context };
        status.Update(s => s with { Certificate = new CertificateFacts(KeyFingerprint.Of(certificate), isSelfSigned, new DateTimeOffset(certificate.NotAfter)) });
    }
}
