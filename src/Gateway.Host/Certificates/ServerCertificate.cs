using System.Collections.Frozen;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>A certificate that an authority issued for a name of this gateway.</summary>
/// <param name="Name">The name; the certificate may have the wildcard below it too.</param>
/// <param name="Leaf">With its private key.</param>
/// <param name="Chain">What stands between it and the root.</param>
internal sealed record IssuedCertificate(string Name, X509Certificate2 Leaf, X509Certificate2Collection Chain)
{
    public DateTimeOffset From { get; } = new(Leaf.NotBefore);

    public DateTimeOffset Until { get; } = new(Leaf.NotAfter);
}

/// <summary>
/// What every HTTPS listener serves: the gateway's own certificate, and those of an authority to who asks for their names. Swapped whole, while connections that are open keep
/// the one they began with.
/// </summary>
internal sealed class ServerCertificate(StatusStore status)
{
    private sealed record Served(SslServerAuthenticationOptions Options, CertificateFacts Facts);

    private readonly Lock _lock = new();
    private Served? _own;
    private CertificateFacts? _first;
    private string? _problem;
    private volatile FrozenDictionary<string, SslServerAuthenticationOptions> _byName = FrozenDictionary<string, SslServerAuthenticationOptions>.Empty;

    /// <summary>What a handshake is answered with; throws before the gateway's own certificate is there.</summary>
    /// <param name="serverName">Whom the client wants to speak with (SNI, RFC 6066 section 3).</param>
    public SslServerAuthenticationOptions For(string? serverName)
    {
        var served = _byName;
        if (!string.IsNullOrEmpty(serverName) && served.Count > 0)
        {
            if (served.TryGetValue(serverName, out var exact)) return exact;
            // A wildcard stands for one label (RFC 9525 section 6.3).
            if (serverName.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && served.TryGetValue("*" + serverName[dot..], out var wildcard)) return wildcard;
        }
        return _own?.Options ?? throw new InvalidOperationException("There is no certificate yet.");
    }

    /// <summary>Serves this one, for which nobody vouches, where there is no better.</summary>
    public void Replace(X509Certificate2 certificate)
    {
        lock (_lock)
        {
            _own = new Served(Options(certificate, []), new CertificateFacts(KeyFingerprint.Of(certificate), IsSelfSigned: true, new DateTimeOffset(certificate.NotAfter)));
            Publish();
        }
    }

    /// <summary>Serves these of an authority, and no others. The first is the one that is told of; null where the first name has none.</summary>
    public void Replace(IReadOnlyList<IssuedCertificate?> issued)
    {
        lock (_lock)
        {
            _byName = issued.OfType<IssuedCertificate>().SelectMany(c => Options(c.Leaf, c.Chain) is var options ? IssuedChain.NamesOf(c.Leaf).Select(n => (Name: n, Options: options)) : [])
                .DistinctBy(n => n.Name, StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(n => n.Name, n => n.Options, StringComparer.OrdinalIgnoreCase);
            _first = issued.Count > 0 && issued[0] is { } first ? new CertificateFacts(KeyFingerprint.Of(first.Leaf), IsSelfSigned: false, first.Until) : null;
            Publish();
        }
    }

    /// <summary>What is wrong with getting or renewing one; null: nothing.</summary>
    public void Say(string? problem)
    {
        lock (_lock)
        {
            _problem = problem;
            Publish();
        }
    }

    private void Publish()
    {
        if ((_first ?? _own?.Facts) is { } facts) status.Update(s => facts with { Problem = _problem } is var next && s.Certificate == next ? s : s with { Certificate = next });
    }

    /// <summary>Offline: looking for intermediates is the one who issued it's work, not each handshake's.</summary>
    private static SslServerAuthenticationOptions Options(X509Certificate2 certificate, X509Certificate2Collection chain) =>
        new() { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true) };
}
