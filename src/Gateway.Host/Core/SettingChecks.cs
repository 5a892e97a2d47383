using System.Globalization;
using System.Net;

namespace Gateway.Host.Core;

/// <summary>The forms that values take, for <see cref="SettingDefinition.Check"/>. The words never repeat the value: it may be a secret in the wrong place.</summary>
public static class SettingChecks
{
    /// <summary>One of these words.</summary>
    public static Func<object, string?> OneOf(params string[] words) =>
        value => words.Contains(value as string, StringComparer.Ordinal) ? null : "must be one of " + string.Join(", ", words.Select(w => $"\"{w}\""));

    /// <summary>A whole number or number within these bounds, both included.</summary>
    public static Func<object, string?> Range(double from, double to) =>
        value => Convert.ToDouble(value, CultureInfo.InvariantCulture) is var n && n >= from && n <= to ? null : $"must be from {from} to {to}";

    /// <summary>A TCP or UDP port.</summary>
    public static Func<object, string?> Port { get; } = Range(1, 65535);

    /// <summary>Every value of a list passes <paramref name="check"/>.</summary>
    public static Func<object, string?> Each(Func<object, string?> check) =>
        value => value is string[] list ? list.Select(check).FirstOrDefault(words => words is not null) is { } words ? "each value " + words : null : check(value);

    /// <summary>Empty, or what <paramref name="check"/> wants.</summary>
    public static Func<object, string?> EmptyOr(Func<object, string?> check) => value => value is "" ? null : check(value) is { } words ? words + ", or empty" : null;

    /// <summary>Some text.</summary>
    public static Func<object, string?> NotEmpty { get; } = value => string.IsNullOrWhiteSpace(value as string) ? "must not be empty" : null;

    /// <summary>An absolute path of a file or folder.</summary>
    public static Func<object, string?> AbsolutePath { get; } =
        value => value is string path && Path.IsPathRooted(path) ? null : "must be an absolute path such as \"/var/lib/gateway\"";

    /// <summary>An absolute URL of one of these schemes, without a password in it: it would be shown and logged.</summary>
    public static Func<object, string?> Url(params string[] schemes) => value =>
    {
        var example = $"must be a URL such as \"{schemes[0]}://host/\"" + (schemes.Length > 1 ? $" ({string.Join(", ", schemes)})" : "");
        if (!Uri.TryCreate(value as string, UriKind.Absolute, out var uri) || !schemes.Contains(uri.Scheme, StringComparer.Ordinal) || uri.Host.Length == 0) return example;
        return uri.UserInfo.Contains(':', StringComparison.Ordinal) ? "must not carry a password; it has a key of its own" : null;
    };

    /// <summary><c>ADDRESS:PORT</c> of this machine: an IP address (IPv6 in brackets), <c>*</c> for all, or <c>localhost</c>. Port 0 takes a free one.</summary>
    public static Func<object, string?> ListenAddress { get; } = value => HostAndPort(value) is var (host, _)
        && (host is "*" or "localhost" || IPAddress.TryParse(host, out _)) ? null : "must be ADDRESS:PORT such as \"127.0.0.1:1883\", \"[::1]:1883\" or \"*:1883\"";

    /// <summary><c>HOST</c> or <c>HOST:PORT</c> of another machine.</summary>
    public static Func<object, string?> HostPort { get; } = value =>
        (HostAndPort(value) ?? ((value as string ?? "").Trim('[', ']'), 1)) is var (host, port) && port > 0 && Uri.CheckHostName(host) != UriHostNameType.Unknown
            ? null : "must be HOST or HOST:PORT such as \"relay.example.org:443\"";

    /// <summary>A host name or address, without a port.</summary>
    public static Func<object, string?> HostName { get; } =
        value => value is string host && Uri.CheckHostName(host) != UriHostNameType.Unknown ? null : "must be a host name such as \"home.example.org\", without port or path";

    /// <summary>A network such as <c>203.0.113.0/24</c>.</summary>
    public static Func<object, string?> Network { get; } =
        value => IPNetwork.TryParse(value as string, out _) ? null : "must be a network such as \"203.0.113.0/24\" or \"2001:db8::/32\"";

    /// <summary>Splits <c>HOST:PORT</c>, <c>[IPV6]:PORT</c> or <c>*:PORT</c>; null when it is not that.</summary>
    public static (string Host, int Port)? HostAndPort(object value)
    {
        if (value is not string text || text.LastIndexOf(':') is var colon && colon <= 0) return null;
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return null;
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? (host, port) : null;
    }

    /// <summary>Reads <c>90d</c>, <c>12h</c>, <c>15m</c> or <c>30s</c>; null when it is not that or not positive.</summary>
    public static TimeSpan? Duration(string? text)
    {
        if (text is not { Length: > 1 and < 10 } || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n) || n == 0) return null;
        return text[^1] switch
        {
            'd' when n <= 36500 => TimeSpan.FromDays(n),
            'h' => TimeSpan.FromHours(n),
            'm' => TimeSpan.FromMinutes(n),
            's' => TimeSpan.FromSeconds(n),
            _ => null,
        };
    }
}
