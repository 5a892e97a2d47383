namespace Gateway.Host.Certificates.Transparency;

/// <summary>A certificate that stands in the public logs, as a monitor tells of it.</summary>
/// <param name="Id">The monitor's own word for it: at most <see cref="LongestId"/> characters.</param>
/// <param name="KeyFingerprint">SHA-256 of its public key (SubjectPublicKeyInfo), lower-case hex.</param>
/// <param name="Issuer">Who issued it, for people; cleaned.</param>
/// <param name="Names">The DNS names that it is good for, lower case; of very many the first that matter.</param>
/// <param name="From">When its life begins. Authorities set that up to an hour back.</param>
/// <param name="Until">When it ends.</param>
internal sealed record LoggedCertificate(string Id, string KeyFingerprint, string Issuer, IReadOnlyList<string> Names, DateTimeOffset From, DateTimeOffset Until)
{
    public const int LongestId = 128;
}

/// <summary>What a certificate in the logs means for one of our names.</summary>
internal enum LoggedKind
{
    /// <summary>It is not for this name at all.</summary>
    Unrelated = 0,
    /// <summary>Its key is the gateway's.</summary>
    Own,
    /// <summary>Its life is over.</summary>
    Ended,
    /// <summary>Its owner said that it is his, or dealt with.</summary>
    Known,
    /// <summary>It was issued before this gateway watched over the name.</summary>
    Before,
    /// <summary>It has the name only by a wildcard of the domain above, so it belongs to whoever has that domain.</summary>
    Above,
    /// <summary>Somebody else's: an alarm.</summary>
    Foreign,
}

/// <summary>Tells which it is: a pure function of what is known.</summary>
internal static class TransparencyPolicy
{
    /// <summary>Authorities set the beginning of a certificate's life so far back, for clocks that are slow (Let's Encrypt: an hour).</summary>
    public static readonly TimeSpan SetBack = TimeSpan.FromHours(1);

    /// <param name="certificate">What to judge.</param>
    /// <param name="name">For which name.</param>
    /// <param name="isServed">Whether a key is or was the gateway's.</param>
    /// <param name="isKnown">Whether the owner said that a key is no stranger's.</param>
    /// <param name="since">Since when this gateway watches over the name.</param>
    /// <param name="now">A moment of a clock that is set.</param>
    public static LoggedKind Judge(LoggedCertificate certificate, string name, Func<string, bool> isServed, Func<string, bool> isKnown, DateTimeOffset since, DateTimeOffset now)
    {
        var isBelow = certificate.Names.Any(n => IsAtOrBelow(n, name));
        if (!isBelow && !certificate.Names.Any(n => IsAbove(n, name))) return LoggedKind.Unrelated;
        if (isServed(certificate.KeyFingerprint)) return LoggedKind.Own;
        if (certificate.Until <= now) return LoggedKind.Ended;
        if (isKnown(certificate.KeyFingerprint)) return LoggedKind.Known;
        // Only whoever controls the domain above can prove such a wildcard: its provider, who serves the name anyhow, or the owner himself. No relay can.
        if (!isBelow) return LoggedKind.Above;
        return certificate.From < since - SetBack ? LoggedKind.Before : LoggedKind.Foreign;
    }

    /// <summary>The name, what is below it, and wildcards there.</summary>
    public static bool IsAtOrBelow(string dnsName, string name) => string.Equals(dnsName, name, StringComparison.OrdinalIgnoreCase) || dnsName.EndsWith("." + name, StringComparison.OrdinalIgnoreCase);

    /// <summary>A wildcard that stands for the name: for its first label (RFC 9525 section 6.3).</summary>
    public static bool IsAbove(string dnsName, string name) =>
        name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && string.Equals(dnsName, "*" + name[dot..], StringComparison.OrdinalIgnoreCase);
}
