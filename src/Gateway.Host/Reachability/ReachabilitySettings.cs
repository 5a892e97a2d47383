using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Beacon;
using Gateway.Host.Reachability.Friends;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Reachability;

/// <summary>The keys of the configuration that this feature reads.</summary>
internal static class ReachabilitySettings
{
    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new("vantage.ssh", SettingKind.Boolean, "Whether SSH servers of `ingress.ssh` also look at the gateway from outside.") { Default = true },
        new(FriendVantages.Setting, SettingKind.TextList, "Which of the paired gateways look from outside: their public names. When empty, all.") { Default = Array.Empty<string>(), Check = Each(HostName), Live = true },
        new(BeaconVantages.Setting, SettingKind.Text, "A dial-back service that looks from outside: the `https://` URL that `gateway beacon` prints, or empty.") { Default = "", Check = EmptyOr(BeaconAddress.Check), Live = true },
        new("vantage.control", SettingKind.TextList, "Servers that tell a blind vantage from a closed door, and an internet that is gone from one that is there: `https://` URLs, best with IPv4 and IPv6. When empty, the servers of name and certificate.") { Default = Array.Empty<string>(), Check = Each(Url("https")) },
        new("clock.synchronised", SettingKind.Text, "Who knows whether the clock is right: `kernel`, or `file:/PATH` that exists when it is.") { Default = "kernel", Check = Clock },
    ];

    /// <summary>What should answer anybody who has the internet: <c>vantage.control</c>, else the servers that name and certificate need anyway.</summary>
    public static IReadOnlyList<DnsEndPoint> Controls(Settings settings)
    {
        IEnumerable<string?> urls = settings.List("vantage.control") is { Count: > 0 } chosen ? chosen
            : PublicNames.Of(settings).Select(n => settings.Text(n.Key + ".endpoint") ?? Usual(settings.Text(n.Key + ".provider"))).Append(settings.Text("acme.directory"));
        return [.. urls.OfType<string>().Where(u => u.Length > 0).Select(u => new Uri(u)).Select(u => new DnsEndPoint(u.DnsSafeHost, u.Port)).Distinct().Take(3)];
    }

    private static string? Usual(string? provider) => provider switch
    {
        null or "duckdns" => "https://www.duckdns.org/",
        "desec" => "https://desec.io/",
        "cloudflare" => "https://api.cloudflare.com/",
        _ => null,
    };

    private static string? Clock(object value) => value is string s && (s == "kernel" || s.StartsWith("file:/", StringComparison.Ordinal)) ? null : "must be \"kernel\" or \"file:/PATH\"";
}
