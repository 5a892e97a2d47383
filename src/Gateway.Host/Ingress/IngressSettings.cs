using System.Net;
using Gateway.Host.Core;
using static Gateway.Host.Core.SettingChecks;

namespace Gateway.Host.Ingress;

/// <summary>The keys of <c>[ingress]</c> that are no single way's.</summary>
internal static class IngressSettings
{
    public const string Order = "ingress.order";
    public const string ExternalPort = "ingress.external-port";

    private static readonly string[] Ways = ["ipv6", "portmap", "ssh", "pagekite", "ngrok", "cloudflared", "frp", "teredo", "command", "lend"];

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(Order, SettingKind.TextList, "Ways in, the first the most wanted: `ipv6`, `portmap`, `ssh`, `pagekite`, `ngrok`, `cloudflared`, `frp`, `teredo`, `command`, `lend` (what a friend lends), or one of several as `ssh.NAME`. A way that is not built yet, or lacks its section, is off.")
            { Default = new[] { "ipv6", "portmap", "ssh", "pagekite", "lend" }, Check = Each(value => ((string)value).Split('.', 2) is [var way, .. var name] && Ways.Contains(way, StringComparer.Ordinal) && (name.Length == 0 || way == "ssh") ? null : $"must be one of {string.Join(", ", Ways)}, or ssh.NAME") },
        new(ExternalPort, SettingKind.Integer, "The port wanted on the outside: 1 to 65535.") { Default = 443L, Check = Port },
    ];

    /// <summary>The place of a way in the owner's order, from 0; -1 where it is not wanted. <c>ssh</c> stands for every <c>ssh.NAME</c> too.</summary>
    public static int Place(Settings settings, string way) =>
        settings.List(Order).ToList().FindIndex(wanted => way == wanted || way.StartsWith(wanted + ".", StringComparison.Ordinal));

    /// <summary>The port on which the world is served over HTTPS at this address of ours; null where it is not.</summary>
    public static int? HttpsPort(Settings settings, IPAddress local) => settings.List("http.listen").Select(Listeners.Parse)
        .FirstOrDefault(url => url?.Scheme == Uri.UriSchemeHttps && IPAddress.TryParse(url.Host, out var address) && address.Hears(local))?.Port;
}
