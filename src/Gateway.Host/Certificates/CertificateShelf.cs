using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>The certificates of an authority for the names that the gateway has now: read once, served, kept when a new one comes.</summary>
internal sealed class CertificateShelf(SettingsStore settings, CertificateStore store, ServerCertificate served, ILogger<CertificateShelf> logger)
{
    private readonly Lock _lock = new();
    private Dictionary<string, IssuedCertificate?> _issued = new(StringComparer.Ordinal);

    /// <summary>That of a name; null where there is none.</summary>
    public IssuedCertificate? Of(string name)
    {
        lock (_lock) return _issued.GetValueOrDefault(name);
    }

    /// <summary>Serves what is on the disk for the names of now. A clock that is not set keeps none from being served.</summary>
    public void Load()
    {
        lock (_lock)
        {
            var names = PublicNames.Of(settings.Current).Select(n => n.Name).Distinct(StringComparer.Ordinal).ToArray();
            if (names.Length == _issued.Count && names.All(_issued.ContainsKey)) return;
            using var key = GatewayKey.Load(GatewayKey.TlsPath(settings.Current), logger);
            _issued = names.ToDictionary(n => n, n => _issued.TryGetValue(n, out var known) ? known : store.Read(n, key), StringComparer.Ordinal);
            Serve(names);
        }
    }

    /// <summary>Keeps and serves a new one. Throws what file access throws; the old one is served then.</summary>
    public void Put(IssuedCertificate certificate, string pem)
    {
        store.Write(certificate.Name, pem);
        lock (_lock)
        {
            if (!_issued.ContainsKey(certificate.Name)) return; // the name is gone meanwhile
            _issued[certificate.Name] = certificate;
            Serve(PublicNames.Of(settings.Current).Select(n => n.Name));
        }
    }

    private void Serve(IEnumerable<string> names) => served.Replace([.. names.Select(n => _issued.GetValueOrDefault(n))]);
}
