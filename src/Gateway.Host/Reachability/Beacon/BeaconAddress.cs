using Gateway.Host.Core;

namespace Gateway.Host.Reachability.Beacon;

/// <summary>The setting <c>vantage.beacon</c>: <c>https://HOST:PORT/</c>, with <c>#sha256=FINGERPRINT</c> where no authority vouches for the beacon.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Key">Its <see cref="KeyFingerprint"/>; null where authorities vouch for it.</param>
internal sealed record BeaconAddress(string Host, int Port, string? Key)
{
    private const string Pin = "#sha256=";

    /// <summary>Null when the text is not that.</summary>
    public static BeaconAddress? Parse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "https", PathAndQuery: "/", UserInfo: "", DnsSafeHost.Length: > 0 } && (uri.Fragment.Length == 0 || IsPin(uri.Fragment))
            ? new BeaconAddress(uri.DnsSafeHost, uri.Port, uri.Fragment.Length == 0 ? null : uri.Fragment[Pin.Length..]) : null;

    /// <summary>What is wrong with a setting that is not empty.</summary>
    public static string? Check(object value) => Parse(value as string) is null ? $"must be \"https://HOST/\", or \"https://HOST/{Pin}FINGERPRINT\" as \"gateway beacon\" prints it" : null;

    private static bool IsPin(string fragment) => fragment.StartsWith(Pin, StringComparison.Ordinal) && KeyFingerprint.IsOne(fragment[Pin.Length..]);
}
