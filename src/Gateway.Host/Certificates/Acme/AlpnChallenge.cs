using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Certificates.Acme;

/// <summary>
/// Answers an authority that comes to port 443 itself (TLS-ALPN-01, RFC 8737), for names whose provider has no TXT records. Only while one is expected is a ClientHello looked at,
/// and only one that offers <c>acme-tls/1</c> sees the certificate that is made for it.
/// </summary>
internal sealed class AlpnChallenge(TimeProvider time)
{
    private static readonly SslApplicationProtocol Protocol = new("acme-tls/1");

    /// <summary>RFC 8737 section 6.1: id-pe-acmeIdentifier.</summary>
    private const string Identifier = "1.3.6.1.5.5.7.1.31";

    /// <summary>A record's header, and as much as a record may have (RFC 8446 section 5.1).</summary>
    private const int HeaderLength = 5, LongestHello = HeaderLength + 16384;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The protocol's name as it stands in a ClientHello: its length before it (RFC 7301 section 3.1).</summary>
    private static ReadOnlySpan<byte> OnTheWire => "\nacme-tls/1"u8; // ten characters, and the line feed is 10

    private volatile SslServerAuthenticationOptions? _offered;

    /// <summary>Answers for a name until the result is disposed.</summary>
    public IDisposable Offer(string name, string keyAuthorization)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        byte[] digest = [4, SHA256.HashSizeInBytes, .. SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization))]; // an OCTET STRING
        request.CertificateExtensions.Add(new X509Extension(Identifier, digest, critical: true));
        var certificate = request.CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddDays(1));
        _offered = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [], offline: true), ApplicationProtocols = [Protocol] };
        return new Offered(this, certificate);
    }

    /// <summary>What the handshake of this connection is answered with, where it is the authority's.</summary>
    public SslServerAuthenticationOptions? For(BaseConnectionContext connection) => connection.Items.ContainsKey(this) ? _offered : null;

    /// <summary>Looks at what clients offer, before TLS does, while an authority is expected.</summary>
    public ListenOptions Watch(ListenOptions listener)
    {
        listener.Use(next => async connection =>
        {
            if (_offered is not null && await IsAskedAsync(connection.Transport.Input, connection.ConnectionClosed)) connection.Items[this] = true;
            await next(connection);
        });
        return listener;
    }

    /// <summary>Reads the first record without taking it away.</summary>
    private async Task<bool> IsAskedAsync(PipeReader input, CancellationToken closed)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, closed);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(either.Token);
                var (buffer, isWhole) = (read.Buffer, read.IsCompleted);
                if (buffer.Length >= HeaderLength)
                {
                    var header = buffer.Slice(0, HeaderLength).ToArray();
                    isWhole |= header[0] != 22 || buffer.Length >= HeaderLength + (header[3] << 8 | header[4]) || buffer.Length >= LongestHello; // 22: a handshake
                }
                var isAsked = isWhole && buffer.Slice(0, Math.Min(buffer.Length, LongestHello)).ToArray().AsSpan().IndexOf(OnTheWire) >= 0;
                // All but one byte counts as looked at: what was, cannot be taken back, and who reads next gets all of it at once.
                input.AdvanceTo(buffer.Start, isWhole ? buffer.GetPosition(Math.Max(0, buffer.Length - 1)) : buffer.End);
                if (isWhole) return isAsked;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException) { return false; } // TLS has a patience of its own, and sees who has gone
    }

    private sealed class Offered(AlpnChallenge owner, X509Certificate2 certificate) : IDisposable
    {
        public void Dispose()
        {
            owner._offered = null;
            certificate.Dispose();
        }
    }
}
