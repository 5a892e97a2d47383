using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Core;

/// <summary>How far an address reaches. The IANA special-purpose registries (RFC 6890) say which are not of the public internet.</summary>
public enum AddressScope
{
    /// <summary>Nothing that could be dialled: unspecified, multicast, reserved.</summary>
    Reserved = 0,
    /// <summary>This machine alone: 127.0.0.0/8, ::1.</summary>
    Loopback,
    /// <summary>This link alone: 169.254.0.0/16 (RFC 3927), fe80::/10.</summary>
    LinkLocal,
    /// <summary>A home's own network: RFC 1918, fc00::/7 (RFC 4193).</summary>
    Private,
    /// <summary>One that a provider shares among many homes: 100.64.0.0/10 (RFC 6598), 192.0.0.0/24 (RFC 7335).</summary>
    Shared,
    /// <summary>For books and labs: RFC 5737, 2001:db8::/32 (RFC 3849), 3fff::/20 (RFC 9637), 198.18.0.0/15 (RFC 2544).</summary>
    Documentation,
    /// <summary>IPv6 in name: an IPv4 address in another form (v4-mapped, 6to4, NAT64, Teredo).</summary>
    Translated,
    /// <summary>The internet may know it.</summary>
    Public,
}

/// <summary>Tells how far addresses reach, by the registries and what <c>network.treat-as-public</c> excepts from them.</summary>
public sealed class AddressScopes
{
    private static readonly (IPNetwork Network, AddressScope Scope)[] Registry =
    [
        .. Of(AddressScope.Loopback, "127.0.0.0/8", "::1/128"),
        .. Of(AddressScope.LinkLocal, "169.254.0.0/16", "fe80::/10"),
        .. Of(AddressScope.Private, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        .. Of(AddressScope.Shared, "100.64.0.0/10", "192.0.0.0/24"),
        .. Of(AddressScope.Documentation, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32", "3fff::/20"),
        .. Of(AddressScope.Translated, "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16"),
        .. Of(AddressScope.Reserved, "0.0.0.0/8", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "100::/64", "2001::/23", "5f00::/16", "ff00::/8"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3"); // RFC 4291 section 2.4: what has been given out so far

    private readonly Func<IReadOnlyList<IPNetwork>> _public;

    /// <summary>The setting that excepts networks from the registries.</summary>
    public const string TreatAsPublic = "network.treat-as-public";

    /// <summary>The setting with which the owner wants Teredo; then its addresses are ones that the internet may know.</summary>
    public const string TeredoInterface = "ingress.teredo.interface";

    /// <summary>RFC 4380 section 2.6.</summary>
    public static IPNetwork Teredo { get; } = IPNetwork.Parse("2001::/32");

    /// <summary>Reads <c>network.treat-as-public</c> of the settings in force.</summary>
    public AddressScopes(SettingsStore settings)
    {
        var known = Read(settings.Current);
        settings.OnChange(s => known = Read(s));
        _public = () => known;
    }

    /// <summary>With these networks excepted, and no settings.</summary>
    public AddressScopes(params IReadOnlyList<IPNetwork> treatAsPublic) => _public = () => treatAsPublic;

    /// <summary>How far this address reaches.</summary>
    public AddressScope Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) return AddressScope.Translated; // networks below would look through it
        if (_public().Any(n => n.Contains(address))) return AddressScope.Public;
        foreach (var (network, scope) in Registry) if (network.Contains(address)) return scope;
        return address.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(address) ? AddressScope.Public : AddressScope.Reserved;
    }

    /// <summary>Whether the internet may know this address.</summary>
    public bool IsPublic(IPAddress address) => Of(address) == AddressScope.Public;

    private static IEnumerable<(IPNetwork, AddressScope)> Of(AddressScope scope, params string[] networks) => networks.Select(n => (IPNetwork.Parse(n), scope));

    private static IPNetwork[] Read(Settings settings) => [.. settings.List(TreatAsPublic).Select(IPNetwork.Parse), .. settings.Text(TeredoInterface) is null ? [] : new[] { Teredo }];
}
