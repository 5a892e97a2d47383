using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Under which name and port the world finds this gateway.</summary>
/// <param name="Name">The first public name.</param>
/// <param name="Port">The port of a way in that the name leads to; 443 while none does.</param>
internal sealed record PublicDoor(string Name, int Port)
{
    private const int Https = 443;

    /// <summary>Null while the gateway has no name.</summary>
    public static PublicDoor? Of(GatewayStatus status)
    {
        if (status.Name is not { } name) return null;
        var ports = status.Leases.Where(l => l.IsOpen && l.Address!.Equals(name[l.Family].Published)).Select(l => l.Port).ToArray();
        return new PublicDoor(name.Name, ports.Contains(Https) ? Https : ports.FirstOrDefault(Https));
    }

    /// <summary>What people open.</summary>
    public Uri Link => new UriBuilder(Uri.UriSchemeHttps, Name, Port).Uri;
}
