using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Direct;

/// <summary>IPv6 by an interface that somebody else configures: the keys of <c>[ingress.ipv6]</c> and <c>[ingress.teredo]</c>.</summary>
internal static class DirectSettings
{
    public const string Ipv6Interface = "ingress.ipv6.interface";

    /// <summary>IFNAMSIZ of linux/if.h, without the 0 at the end.</summary>
    private const int LongestName = 15;

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new(Ipv6Interface, SettingKind.Text, "Only the IPv6 address of this interface is used, and no router is asked to open anything: for IPv6 by a tunnel that you have set up yourself, such as WireGuard, 6in4 or yggdrasil. Without it the way in follows the default route.") { Check = Name },
        new(AddressScopes.TeredoInterface, SettingKind.Text, "The interface that miredo makes, usually `teredo`. Only with this key, and with `teredo` in `ingress.order`, is a Teredo address (2001::/32) used. A NAT of the symmetric kind cannot be passed by it.") { Check = Name },
    ];

    private static string? Name(object value) => value is string { Length: > 0 and <= LongestName } name && !name.Any(c => c is '/' or ':' or > '~' or <= ' ') && name is not "." and not ".."
        ? null : $"must be the name of an interface, as \"ip link\" shows it: at most {LongestName} characters";
}
