using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates.Acme;

/// <summary>The certificate authority of the settings. Throws <see cref="AcmeException"/>.</summary>
internal sealed class Authority(SettingsStore settings, StatusStore status, PublishText publish, CanPublishText canPublish, AlpnChallenge alpn, TimeProvider time, ILogger<Authority> logger, BindIssuance? bind = null)
{
    private string _told = "";

    /// <summary>What a certificate for a name shall be good for: the wildcard below it too.</summary>
    public IReadOnlyList<string> NamesFor(string name) => canPublish(name) ? [name, "*." + name] : [name];

    /// <summary>Gets a certificate for a name, and looks at it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="replaced">Which one it takes the place of; null for the first.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public async Task<(IssuedCertificate Certificate, string Pem)> IssueAsync(string name, X509Certificate2? replaced, CancellationToken cancellationToken)
    {
        // TLS-ALPN-01 is looked at on port 443 and no other (RFC 8737 section 3), and only of a name that leads here.
        if (!canPublish(name) && !status.Current.Report.Ways.Any(w => w is { IsPublished: true, Level: >= EvidenceLevel.Believed, Lease.Port: 443 }))
            throw new AcmeException(AcmeFailure.NoAnswer, $"The provider of {name} has no TXT records, so the certificate authority has to get in on port 443, where no way in leads here now.");
        using var key = GatewayKey.Load(GatewayKey.TlsPath(settings.Current), logger);
        return await AskAsync(async client =>
        {
            var offers = await client.DirectoryAsync(cancellationToken);
            if (await client.SignInAsync(settings.Current.Text(AcmeSettings.Email)!, cancellationToken)) logger.LogInformation("This gateway has an account at {Directory} now, whose terms are at {Terms}", settings.Current.Text(AcmeSettings.Directory), AcmeException.Cleaned(offers.Meta?.TermsOfService));
            await BindAsync(name, offers, client.Account!, cancellationToken); // before the order: an account that is new would be kept out by what the last one left
            var names = NamesFor(name);
            var wish = new AcmeNewOrder([.. names.Select(n => new AcmeIdentifier("dns", n))], Profile(offers), offers.RenewalInfo is null || replaced is null ? null : CertificateId.Of(replaced));
            var issuance = new Issuance(client, publish, alpn, time);
            string pem;
            try { pem = await issuance.RunAsync(wish, Request(key, names), cancellationToken); }
            // Replaced already, or of another account or authority than the one asked now (RFC 9773 section 5): then it replaces nothing.
            catch (AcmeException e) when (wish.Replaces is not null && (e.Type == "alreadyReplaced" || e.Failure == AcmeFailure.Refused)) { pem = await issuance.RunAsync(wish with { Replaces = null }, Request(key, names), cancellationToken); }
            return (IssuedChain.Read(pem, key, names, time.GetUtcNow()), pem);
        });
    }

    /// <summary>When the authority wants a certificate renewed, and when to ask again; null where it does not say.</summary>
    public Task<(AcmeWindow? Window, TimeSpan? RetryAfter)> RenewalInfoAsync(X509Certificate2 certificate, CancellationToken cancellationToken) => AskAsync(client => client.RenewalInfoAsync(certificate, cancellationToken));

    /// <summary>Takes a certificate back.</summary>
    public Task RevokeAsync(X509Certificate2 certificate, int reason, CancellationToken cancellationToken) => AskAsync(async client =>
    {
        await client.SignInAsync(settings.Current.Text(AcmeSettings.Email)!, cancellationToken);
        await client.RevokeAsync(certificate, reason, cancellationToken);
        return true;
    });

    /// <summary>That it cannot be done hinders no certificate.</summary>
    private async Task BindAsync(string name, AcmeDirectory offers, Uri account, CancellationToken cancellationToken)
    {
        if (bind is null || !canPublish(name) || settings.Current.Boolean(AcmeSettings.Caa) != true || offers.Meta?.CaaIdentities is not [{ } identity, ..]) return;
        if (await bind(name, identity, account, cancellationToken) is { } words) logger.LogWarning("Who may issue certificates for {Name} was not written down (CAA). {Words}", name, words);
    }

    private async Task<T> AskAsync<T>(Func<AcmeClient, Task<T>> ask)
    {
        var now = settings.Current;
        using var account = GatewayKey.Load(GatewayKey.AccountPath(now), logger);
        using var http = new AcmeHttp(now.Text(AcmeSettings.Ca)!, time);
        return await ask(new AcmeClient(http, new Uri(now.Text(AcmeSettings.Directory)!), new AccountKey(account)));
    }

    /// <summary>Only one that the authority names (draft-aaron-acme-profiles section 4).</summary>
    private string? Profile(AcmeDirectory offers)
    {
        var wanted = settings.Current.Text(AcmeSettings.Profile)!;
        if (wanted.Length == 0 || offers.Meta?.Profiles?.ContainsKey(wanted) == true) return wanted.Length == 0 ? null : wanted;
        if (_told != wanted) logger.LogWarning("The certificate authority has no profile \"{Profile}\" (acme.profile), so its usual one is taken; it has: {Offered}", wanted, AcmeException.Cleaned(string.Join(", ", offers.Meta?.Profiles?.Keys ?? Enumerable.Empty<string>())));
        _told = wanted;
        return null;
    }

    private static byte[] Request(ECDsa key, IReadOnlyList<string> names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        return new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256) { CertificateExtensions = { alternatives.Build() } }.CreateSigningRequest();
    }
}
