using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>"Mapped" is not "reachable": what an outside address, as the router tells it, is good for.</summary>
internal static class OutsideAddress
{
    /// <summary>An honest router behind a shared address says no more than that.</summary>
    public const string None = "has no public address of its own: the line is down, or the provider shares one address among many homes (CGNAT)";

    /// <summary>What is wrong with it, and words that begin with the router; nothing and empty when the world can dial it.</summary>
    public static (IngressProblem Problem, string Words) Judge(IPAddress address, AddressScopes scopes) => scopes.Of(address) switch
    {
        AddressScope.Public => (IngressProblem.None, ""),
        AddressScope.Shared => (IngressProblem.SharedAddress, $"Your provider shares one address among many homes (CGNAT: {address} is not public). Port forwarding cannot work. Turn on IPv6, use a tunnel, or ask the provider for an address of your own."),
        AddressScope.Private => (IngressProblem.DoubleNat, $"The router's own outside address, {address}, is a private one: another router stands before it. Open the port there too, or put the first one into bridge mode."),
        AddressScope.LinkLocal => (IngressProblem.NoOutsideAddress, $"The router has been given no address by the provider (it says {address})."),
        AddressScope.Reserved when IsNone(address) => (IngressProblem.NoOutsideAddress, $"The router {None}."),
        _ => (IngressProblem.Liar, $"The router says that its outside address is {address}, which nobody on the internet can have."),
    };

    private static bool IsNone(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
