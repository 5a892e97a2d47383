using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Where the gateway stands in its network, as far as a port mapping depends on it. When it changes, all begins anew.</summary>
/// <param name="Router">The IPv4 default route; null without one.</param>
/// <param name="Address">Our own IPv4 address on it.</param>
/// <param name="IsPublic">Whether that address is itself one of the internet.</param>
/// <param name="Port">Where the gateway serves HTTPS; null when it serves none to the network.</param>
/// <param name="ExternalPort">The port wanted outside.</param>
internal sealed record PortMapPlan(DefaultRoute? Router, IPAddress? Address, bool IsPublic, int? Port, int ExternalPort)
{
    public static PortMapPlan Of(NetworkFacts network, Settings settings, AddressScopes scopes)
    {
        // A metric that changes moves nothing.
        var (router, address) = (network.Route(IpFamily.V4) is { } route ? route with { Metric = 0 } : null, network.LocalAddress(IpFamily.V4));
        return new PortMapPlan(router, address, address is not null && scopes.IsPublic(address), address is null ? null : IngressSettings.HttpsPort(settings, address), (int)settings.Integer(IngressSettings.ExternalPort)!);
    }

    /// <summary>What the router is to be asked; null when there is nothing to ask, or nobody.</summary>
    public MappingWish? Wish => Router?.Gateway is not null && Address is not null && !IsPublic && Port is { } port ? new MappingWish(IpFamily.V4, new IPEndPoint(Address, port), ExternalPort, Router) : null;

    /// <summary>The lease that this comes to.</summary>
    /// <param name="mapping">What the mapper said last; null before, and where nobody is asked.</param>
    /// <param name="seen">With which IPv4 address somebody outside saw this home; null when nobody did.</param>
    /// <param name="granted">To which port of ours the router leads.</param>
    public IngressLease Lease(MappingResult? mapping, IPAddress? seen, int granted)
    {
        var lease = new IngressLease(PortMapIngress.Name, IpFamily.V4, LeaseState.Absent);
        if (Address is null) return lease with { Problem = IngressProblem.NoAddress, Words = Router is null ? "There is no IPv4 router on this network." : "This machine has no IPv4 address." };
        if (Port is not { } port) return lease with { Words = "The gateway serves no HTTPS to the network (http.listen), so there is nothing to open a port for." };
        lease = lease with { Local = new IPEndPoint(Address, port) };
        if (IsPublic) return lease with { State = LeaseState.Granted, Address = Address, Port = port, Method = "public address", Words = $"This machine has a public IPv4 address of its own, {Address}." };
        if (Router?.Gateway is null) return lease with { Problem = IngressProblem.NoAddress, Words = $"This machine's address, {Address}, is not public, and there is no router that could be asked for a port." };
        if (mapping is null) return lease with { State = LeaseState.Asking };
        if (mapping.State == LeaseState.Granted) lease = lease with { Local = new IPEndPoint(Address, granted) };
        lease = lease with { State = mapping.State, Address = mapping.External?.Address, Port = mapping.External?.Port ?? 0, Method = mapping.Method, GoodUntil = mapping.GoodUntil, Problem = mapping.Problem, Words = mapping.Words };
        return MayBeForwardedByHand(mapping)
            ? lease with { State = LeaseState.Candidate, Address = seen, Port = ExternalPort, Method = "forwarded by hand", Words = $"{mapping.Words} Forward TCP port {ExternalPort} to {Address}, port {port}, by hand in the router's settings." }
            : lease;
    }

    /// <summary>A router that opens nothing for devices may have been told by its owner; one without a public address is of no use whatever it was told.</summary>
    private static bool MayBeForwardedByHand(MappingResult mapping) => mapping.State == LeaseState.Absent
        || mapping is { State: LeaseState.Refused, Problem: IngressProblem.NotAuthorised or IngressProblem.PortTaken or IngressProblem.RouterFailed };
}
