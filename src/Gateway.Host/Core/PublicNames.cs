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

    private static string Whole(string domain, string? provider)
    {
        domain = domain.TrimEnd('.').ToLowerInvariant();
        return provider is null or "duckdns" && !domain.EndsWith(".duckdns.org", StringComparison.Ordinal) && !domain.Contains('.', StringComparison.Ordinal) ? domain + ".duckdns.org" : domain;
    }
}
