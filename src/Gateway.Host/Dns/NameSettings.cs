using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Dns.Providers;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Dns;

/// <summary>A name as it is configured.</summary>
internal sealed record NameOptions(string Key, string Name, string Provider)
{
    /// <summary>The provider's secret; null while the owner has set none. Goes to the provider and nowhere else.</summary>
    public string? Token { get; init; }

    /// <summary>Of dyndns2.</summary>
    public string? User { get; init; }

    /// <summary>The zone that the name lies in, where the owner names it.</summary>
    public string? Zone { get; init; }

    /// <summary>Where the provider is asked; null: at its usual place.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Who tells with which IPv4 address this home is seen; null: whom the provider offers.</summary>
    public Uri? CheckIp { get; init; }

    /// <summary>Whom to ask what the name says, instead of the authoritative servers.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>Where a certificate authority looks for a TXT record (RFC 8555 section 8.4); of the wildcard below the name too.</summary>
    public string ChallengeName => "_acme-challenge." + Name;

    /// <summary>Whether it is the same in all that matters.</summary>
    public bool Equals(NameOptions? other) => other is not null && (Key, Name, Provider, Token, User, Zone, Endpoint, CheckIp) == (other.Key, other.Name, other.Provider, other.Token, other.User, other.Zone, other.Endpoint, other.CheckIp)
        && Servers.SequenceEqual(other.Servers, StringComparer.Ordinal);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Key, Name, Provider, Token);

    /// <summary>The name: what a record would print has the token in it.</summary>
    public override string ToString() => Name;
}

/// <summary>The keys of <c>[name]</c> and <c>[name.NAME]</c>. All take effect at once.</summary>
internal static class NameSettings
{
    public static IReadOnlyList<SettingDefinition> Definitions { get; } = [.. Keys("name").Concat(Keys("name.*")).Select(d => d with { Live = true })];

    /// <summary>Every name that is set, the first of them <c>[name]</c>.</summary>
    public static IReadOnlyList<NameOptions> Read(Settings settings) => [.. PublicNames.Of(settings).Select(n => new NameOptions(n.Key, n.Name, settings.Text(n.Key + ".provider")!)
    {
        Token = settings.Text(n.Key + ".token"),
        User = settings.Text(n.Key + ".user"),
        Zone = settings.Text(n.Key + ".zone")?.TrimEnd('.').ToLowerInvariant(),
        Endpoint = Address(settings.Text(n.Key + ".endpoint")),
        CheckIp = Address(settings.Text(n.Key + ".checkip")),
        Servers = settings.List(n.Key + ".servers"),
    })];

    /// <summary>One of them by its whole name; null where it is none.</summary>
    public static NameOptions? Find(Settings settings, string name) => Read(settings).FirstOrDefault(n => n.Name == name);

    /// <summary>What a provider needs.</summary>
    public static IEnumerable<SettingProblem> Check(Settings settings)
    {
        foreach (var name in Read(settings))
        {
            if (!name.Name.Contains('.', StringComparison.Ordinal)) yield return new SettingProblem(name.Key + ".domain", "must be the whole name, such as \"home.example.org\"");
            if (!Ascii.IsValid(name.Name)) yield return new SettingProblem(name.Key + ".domain", "must be written as the DNS has it, in letters from a to z: \"xn--...\"");
            if (name.Zone is { } zone && name.Name != zone && !name.Name.EndsWith("." + zone, StringComparison.Ordinal)) yield return new SettingProblem(name.Key + ".zone", "must be the ending of the name");
            if (name is { Provider: DynDns2.Key, Endpoint: null }) yield return new SettingProblem(name.Key + ".endpoint", "is needed with the provider \"dyndns2\": its update address, such as \"https://members.dyndns.org/nic/update\"");
        }
    }

    private static IEnumerable<SettingDefinition> Keys(string table) =>
    [
        new($"{table}.provider", SettingKind.Text, "Who serves the name: `duckdns`, `desec`, `cloudflare`, or `dyndns2` for the many that speak that protocol.")
            { Default = DuckDns.Key, Check = OneOf(DuckDns.Key, DynDns2.Key, Desec.Key, Cloudflare.Key) },
        new($"{table}.domain", SettingKind.Text, "The name; of DuckDNS with or without `.duckdns.org`.") { Check = HostName },
        new($"{table}.token", SettingKind.Secret, "The provider's token, or the password of `dyndns2`. With most providers it moves every name of the account.") { Check = NotEmpty },
        new($"{table}.user", SettingKind.Text, "The user of `dyndns2`; others need none.") { Check = NotEmpty },
        new($"{table}.zone", SettingKind.Text, "The domain that the name lies in, for `desec` and `cloudflare`; found out unless set.") { Check = HostName },
        new($"{table}.endpoint", SettingKind.Text, "The provider's update address: an `https://` or `http://` URL. Its usual one unless set, `https://www.duckdns.org/update` for DuckDNS; `dyndns2` needs one. Over `http://` the token can be read on its way.") { Check = Url("https", "http") },
        new($"{table}.checkip", SettingKind.Text, "Who tells with which IPv4 address this home is seen: an `https://` or `http://` URL whose answer has the address in it. The provider itself unless set.") { Check = Url("https", "http") },
        new($"{table}.servers", SettingKind.TextList, "Name servers to ask what the name says, instead of the authoritative ones: HOST or HOST:PORT.") { Default = Array.Empty<string>(), Check = Each(HostPort) },
    ];

    private static Uri? Address(string? text) => text is null ? null : new Uri(text);
}
