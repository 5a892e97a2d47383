using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>The ports at which others are looked at; a service that dialled any would be a port scanner for hire.</summary>
/// <param name="All">The usual one of HTTPS, and the usual second.</param>
internal sealed record DialPorts(IReadOnlyList<int> All)
{
    public static DialPorts Agreed { get; } = new([443, SecondPort.Port]);
}

/// <summary>What somebody wants looked at from here. Where it is, he does not say: that is his own address, or his name's.</summary>
/// <param name="Name">Asked for by SNI and Host.</param>
/// <param name="Port">One of <see cref="DialPorts"/>.</param>
/// <param name="Key">The <see cref="KeyFingerprint"/> that must answer.</param>
/// <param name="Nonce">Of <see cref="Challenge"/>.</param>
internal sealed record DialRequest(string Name, int Port, string Key, string Nonce)
{
    private const int NonceBytes = 16, LongestName = 253; // RFC 1035 section 2.3.4, without the dots at the ends

    /// <summary>What is wrong with it: the field, and what would be right; null for nothing.</summary>
    public static (string Field, string Words)? Refuse(string? name, int? port, string? key, string? nonce, DialPorts ports)
    {
        if (!IsName(name)) return ("name", "A DNS name.");
        if (port is null || !ports.All.Contains(port.Value)) return ("port", $"One of the ports {string.Join(" and ", ports.All)}.");
        if (!KeyFingerprint.IsOne(key)) return ("key", "SHA-256 of a public key: 64 lower-case hex digits.");
        return KeyFingerprint.IsHex(nonce, NonceBytes) ? null : ("nonce", $"{2 * NonceBytes} lower-case hex digits.");
    }

    /// <summary>A whole DNS name in lower case, of plain labels: nothing that could mean something else inside a URL or a header.</summary>
    public static bool IsName(string? name) => name is { Length: > 3 and <= LongestName } && name.Contains('.', StringComparison.Ordinal)
        && name.Split('.').All(l => l.Length is > 0 and < 64 && l[0] != '-' && l[^1] != '-' && l.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        && !name.Split('.')[^1].All(char.IsAsciiDigit);
}
