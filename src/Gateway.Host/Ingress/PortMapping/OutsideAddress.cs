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
        AddressScope.Reserved when address.IsAny() => (IngressProblem.NoOutsideAddress, $"The router {None}."),
        _ => (IngressProblem.Liar, $"The router says that its outside address is {address}, which nobody on the internet can have."),
    };

    /// <summary>What an honest router keeps to itself, the next one on the way out may give away. It is only asked where the first says that it has no public address: providers use private ones inside also where their customers' are public.</summary>
    /// <param name="result">Without an outside address.</param>
    /// <param name="wish">What the router was asked.</param>
    /// <param name="next">Null when it is not known.</param>
    /// <param name="scopes">Tells what its address means.</param>
    public static MappingResult Explain(MappingResult result, MappingWish wish, IPAddress? next, AddressScopes scopes) => next is null || next.Equals(wish.Router.Gateway) ? result : scopes.Of(next) switch
    {
        AddressScope.Shared => result with
        {
            External = null, Problem = IngressProblem.SharedAddress,
            Words = $"Your provider shares one address among many homes (CGNAT). {wish.TheRouter} has no public address of its own, and the next one on the way out, {next}, is in a network that only such providers use.",
        },
        AddressScope.Private => result with
        {
            External = null, Problem = IngressProblem.DoubleNat,
            Words = $"{wish.TheRouter} has no public address of its own, and the next one on the way out, {next}, is in a private network: another router stands before yours.",
        },
        _ => result,
    };
}
