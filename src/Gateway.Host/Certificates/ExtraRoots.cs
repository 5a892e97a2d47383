using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Host.Certificates;

/// <summary>Further roots that may vouch for servers beside those of the system: the file of <c>acme.ca</c>.</summary>
internal sealed class ExtraRoots
{
    private readonly X509Certificate2Collection _roots = [];
    private readonly TimeProvider _time;

    /// <param name="file">A PEM file; empty for none. Throws what reading it throws (<see cref="IsUnreadable"/>).</param>
    /// <param name="time">The clock.</param>
    public ExtraRoots(string file, TimeProvider time)
    {
        _time = time;
        if (file.Length > 0) _roots.ImportFromPemFile(file);
    }

    /// <summary>Whether it says that the file cannot be read, or is none.</summary>
    public static bool IsUnreadable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException;

    /// <summary>How a client checks its server.</summary>
    public SslClientAuthenticationOptions Options => new() { RemoteCertificateValidationCallback = (_, shown, chain, errors) => errors == SslPolicyErrors.None || IsOfExtra(shown, chain, errors) };

    private bool IsOfExtra(X509Certificate? shown, X509Chain? usual, SslPolicyErrors errors)
    {
        if (_roots.Count == 0 || errors != SslPolicyErrors.RemoteCertificateChainErrors || shown is not X509Certificate2 leaf || usual is null) return false;
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, VerificationTime = _time.GetUtcNow().UtcDateTime } };
        chain.ChainPolicy.CustomTrustStore.AddRange(_roots);
        chain.ChainPolicy.ExtraStore.AddRange(usual.ChainPolicy.ExtraStore);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // id-kp-serverAuth
        return chain.Build(leaf);
    }
}
