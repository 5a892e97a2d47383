namespace Gateway.Host.Core;

/// <summary>The names under which the world knows this gateway: <c>[name]</c> first, then <c>[name.NAME]</c>.</summary>
public static class PublicNames
{
    /// <summary>The table and the whole name of each that is set: <c>pycon</c> of DuckDNS is <c>pycon.duckdns.org</c>.</summary>
    public static IReadOnlyList<(string Key, string Name)> Of(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return [.. settings.Values.Keys
            .Where(k => k.EndsWith(".domain", StringComparison.Ordinal) && (k.StartsWith("name.", StringComparison.Ordinal)))
            .Select(k => k[..^".domain".Length]).OrderBy(k => k.Length > "name".Length).ThenBy(k => k, StringComparer.Ordinal)
            .Select(key => (key, Whole(settings.Text(key + ".domain")!, settings.Text(key + ".provider"))))];
    }

    /// <summary>Names that a tunnel's provider has given, by which TLS is passed through to this gateway.</summary>
    public static IEnumerable<string> Others(Settings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new[] { settings.Text("ingress.pagekite.kite"), settings.Text("ingress.frp.domain"), settings.Text("ingress.ngrok.url")?.Split("://")[^1].Split(':')[0] }.OfType<string>().Where(n => n.Length > 0);
    }

    private static string Whole(string domain, string? provider)
    {
        domain = domain.TrimEnd('.').ToLowerInvariant();
        return provider is null or "duckdns" && !domain.EndsWith(".duckdns.org", StringComparison.Ordinal) && !domain.Contains('.', StringComparison.Ordinal) ? domain + ".duckdns.org" : domain;
    }
}
