using Gateway.Host.Core;

namespace Gateway.Host.Certificates;

/// <summary>
/// The certificate of a gateway that no authority has vouched for yet: its own key, and the names it has now.
/// Who has seen its fingerprint on the console knows it again.
/// </summary>
internal sealed class SelfSigned(SettingsStore settings, ServerCertificate served, ILogger<SelfSigned> logger)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<string> _names = [];

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
            var certificate = SelfSignedCertificate.Make(GatewayKey.TlsPath(current), names, logger);
            served.Replace(certificate);
            if (_names.Count == 0) logger.LogInformation("HTTPS is served with the gateway's own certificate; SHA-256 of its key: {Fingerprint}", KeyFingerprint.Of(certificate));
            _names = names;
        }
    }

    private static IReadOnlyList<string> Names(Settings settings) =>
        [.. PublicNames.Of(settings).SelectMany(n => new[] { n.Name, "*." + n.Name }).Concat(["gateway.local", "localhost"]).Where(IsDnsName).Distinct(StringComparer.Ordinal)];

    private static bool IsDnsName(string name) => Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns;
}
