using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;

namespace Gateway.Host.Certificates.Transparency;

/// <summary>An issuance as the monitor writes it; nothing is trusted to be there.</summary>
internal sealed record Monitored(string? Id, string? PubkeySha256, string?[]? DnsNames, MonitoredIssuer? Issuer, string? NotBefore, string? NotAfter)
{
    /// <summary>Of those of a certificate so many are kept, the ones that concern us first.</summary>
    private const int MostNames = 10;

    private const int LongestName = 255; // RFC 1035 section 2.3.4

    /// <summary>The certificates of a page; null when it is none, or when one of them lacks what it takes to judge it.</summary>
    public static IReadOnlyList<LoggedCertificate>? Read(byte[] json, string name)
    {
        try
        {
            var page = JsonSerializer.Deserialize(json, MonitorJson.Default.MonitoredArray);
            if (page is null || page.Length > MonitorClient.MostEntries) return null;
            var read = new List<LoggedCertificate>(page.Length);
            foreach (var issuance in page)
            {
                if (issuance?.Certificate(name) is not { } certificate) return null;
                read.Add(certificate);
            }
            return read;
        }
        catch (JsonException) { return null; }
    }

    private LoggedCertificate? Certificate(string name)
    {
        if (Id is not { Length: > 0 and <= LoggedCertificate.LongestId } id || id.Any(char.IsControl) || PubkeySha256?.ToLowerInvariant() is not { } key || !KeyFingerprint.IsOne(key)) return null;
        if (DnsNames is null || Time(NotBefore) is not { } from || Time(NotAfter) is not { } until) return null;
        var names = DnsNames.OfType<string>().Where(n => n.Length <= LongestName && !n.Any(char.IsWhiteSpace)).Select(n => AcmeException.Cleaned(n).ToLowerInvariant())
            .OrderByDescending(n => TransparencyPolicy.IsAtOrBelow(n, name)).ThenByDescending(n => TransparencyPolicy.IsAbove(n, name)).Take(MostNames).ToArray();
        return new LoggedCertificate(id, key, By(Issuer), names, from, until);
    }

    /// <summary>The friendly name where there is one; else the organisation of the distinguished name.</summary>
    private static string By(MonitoredIssuer? issuer)
    {
        var name = issuer?.FriendlyName is { Length: > 0 } friendly ? friendly
            : issuer?.Name?.Split(", ").FirstOrDefault(p => p.StartsWith("O=", StringComparison.Ordinal))?[2..].Trim('"') ?? issuer?.Name;
        return AcmeException.Cleaned(name) is { Length: > 0 } cleaned ? cleaned[..Math.Min(cleaned.Length, 100)] : "An authority";
    }

    private static DateTimeOffset? Time(string? text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}

/// <summary>Who issued it.</summary>
internal sealed record MonitoredIssuer(string? Name, string? FriendlyName);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16)]
[JsonSerializable(typeof(Monitored[]))]
internal sealed partial class MonitorJson : JsonSerializerContext;
