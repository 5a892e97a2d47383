using System.Security.Cryptography;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Friends;

/// <summary>What the owner of one gateway hands to the owner of another: <c>gateway-friend://NAME:PORT/SECRET#sha256=FINGERPRINT</c>. Whoever has it becomes a friend, once.</summary>
/// <param name="Name">Who invites.</param>
/// <param name="Port">The HTTPS port under that name.</param>
/// <param name="Secret">256 random bits, hex.</param>
/// <param name="Tls">The <see cref="KeyFingerprint"/> that answers there.</param>
internal sealed record FriendInvitation(string Name, int Port, string Secret, string Tls)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const string Scheme = "gateway-friend", Pin = "#sha256=";
    private const int SecretBytes = 32, Longest = 512;

    public static FriendInvitation New(string name, int port, string tls) => new(name, port, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes)), tls);

    /// <summary>Null when the text is none.</summary>
    public static FriendInvitation? Parse(string? text) =>
        text is { Length: < Longest } && Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri) && uri is { Scheme: Scheme, UserInfo: "", Query: "", Port: > 0 } && DialRequest.IsName(uri.Host)
            && IsSecret(uri.AbsolutePath.TrimStart('/')) && uri.Fragment.StartsWith(Pin, StringComparison.Ordinal) && KeyFingerprint.IsOne(uri.Fragment[Pin.Length..])
            ? new FriendInvitation(uri.Host, uri.Port, uri.AbsolutePath.TrimStart('/'), uri.Fragment[Pin.Length..]) : null;

    public static bool IsSecret(string? text) => KeyFingerprint.IsHex(text, SecretBytes);

    /// <summary>What is stored instead of the secret: it cannot be guessed, so a plain hash is enough.</summary>
    public static byte[] Digest(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    public override string ToString() => $"{Scheme}://{Name}:{Port}/{Secret}{Pin}{Tls}";
}
