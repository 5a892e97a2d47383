using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>What a router is asked for: TCP from the outside to one endpoint of this machine.</summary>
/// <param name="Family">IPv4: a mapping through the router's NAT. IPv6: a pinhole in its firewall.</param>
/// <param name="Local">Our own address and port, 1 to 65535.</param>
/// <param name="ExternalPort">The port wanted outside, 1 to 65535; another may be granted. Over IPv6 the local one.</param>
/// <param name="Router">The default route: only its gateway is ever asked.</param>
internal sealed record MappingWish(IpFamily Family, IPEndPoint Local, int ExternalPort, DefaultRoute Router)
{
    /// <summary>The router's address; without the scope, which means nothing to people and is another after a restart.</summary>
    public string RouterAddress { get; } = Router.Gateway is { } gateway ? new IPAddress(gateway.GetAddressBytes()).ToString() : "";

    /// <summary>How a sentence about it begins.</summary>
    public string TheRouter => $"The router ({RouterAddress})";
}

/// <summary>How a wish stands.</summary>
/// <param name="State"><see cref="LeaseState.Absent"/>: the router answers no protocol.</param>
/// <param name="External">What the router says leads here; also while that is of no use (<paramref name="State"/> is then <see cref="LeaseState.Refused"/>).</param>
/// <param name="Method"><c>PCP</c>, <c>NAT-PMP</c>, <c>UPnP IGD 2</c> ...; empty while nobody has granted anything.</param>
/// <param name="GoodUntil">When the grant ends unless it is renewed; null: it does not end by itself.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Words">One plain sentence, with addresses and codes.</param>
/// <param name="Epoch">Counts up with every mapping that is a new one: after the router has restarted, another address or port.</param>
internal sealed record MappingResult(LeaseState State, IPEndPoint? External, string Method, DateTimeOffset? GoodUntil, IngressProblem Problem, string Words, long Epoch);
