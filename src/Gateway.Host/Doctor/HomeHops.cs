using System.Globalization;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>The first two hops: what can be told without leaving the house.</summary>
internal static class HomeHops
{
    public static Hop Device(GatewayStatus status, TimeProvider time)
    {
        Hop Broken(Cause cause) => new(HopKind.Device, HopState.Broken, cause.Title + ".") { Cause = cause };
        Hop NotYet(Cause cause) => status.Report.Pattern == LedPattern.Starting ? new(HopKind.Device, HopState.Unknown, "The gateway is starting.") : Broken(cause);
        if (status.Report.Pattern == LedPattern.BadConfig) return Broken(Causes.BadConfiguration);
        if (!status.IsClaimed) return Broken(Causes.Unclaimed);
        if (status.Name is null) return NotYet(Causes.NoName);
        if (status.Certificate is not { } certificate) return NotYet(Causes.NoHttps);
        if (status.Clock.IsSynchronised is not true)
            return new Hop(HopKind.Device, HopState.Unknown, status.Clock.Words) { Cause = status.Clock.IsSynchronised is false ? Causes.Clock : null };
        if (certificate.Expires <= time.GetUtcNow()) return Broken(Causes.Certificate);
        return new Hop(HopKind.Device, HopState.Ok, "The gateway has an owner and a name, and its clock is right.")
        {
            Details = [certificate.IsSelfSigned
                ? "Its certificate is its own, so browsers ask before they open the page for the first time."
                : $"Its certificate is good until {Day(certificate.Expires)}.", status.Clock.Words],
        };
    }

    public static Hop Network(GatewayStatus status, IngressLease? way)
    {
        var network = status.Network;
        if (network.Interfaces.Count == 0) return new Hop(HopKind.Network, HopState.Unknown, "The network has not been looked at yet.");
        Hop Broken(Cause cause, string words) => new(HopKind.Network, HopState.Broken, words) { Cause = cause, Details = Interfaces(network) };
        if (!network.HasLink) return Broken(Causes.NoLink, $"No cable and no Wi-Fi: {List(network.Interfaces.Select(i => i.Name))} {(network.Interfaces.Count == 1 ? "is" : "are")} not connected.");
        var addresses = network.Interfaces.Where(i => i.IsUp).SelectMany(i => i.Addresses).Select(a => a.Address).ToArray();
        if (!addresses.Any(a => !a.IsIPv6LinkLocal && !a.IsSelfAssigned()))
            return Broken(Causes.NoAddress, addresses.FirstOrDefault(a => a.IsSelfAssigned()) is { } made ? $"No address from the router; {made} is one that this gateway made up itself." : "No address in the home network.");
        if (network.Routes.Count == 0) return Broken(Causes.NoRoute, "No router leads out of this network.");
        if (way is { Interface: "", IsTunnel: false } && network.Route(way.Family) is null) // whoever comes by a tunnel has the IPv6 of its other end
            return way.Family == IpFamily.V6 ? Broken(Causes.NoIpv6, "The router offers no IPv6.") : Broken(Causes.NoIpv4, "This network has no IPv4.");
        if (way is { Family: IpFamily.V6, Problem: IngressProblem.NoAddress }) return Broken(Causes.NoIpv6, way.Words.Length > 0 ? way.Words : "No IPv6 address that could be used.");
        var route = network.Route(way?.Family ?? IpFamily.V4) ?? network.Routes[0];
        return new Hop(HopKind.Network, HopState.Ok, $"Connected by {route.Interface}{(network.LocalAddress(route.Family) is { } local ? $" as {local}" : "")}{(route.Gateway is { } router ? $"; the router is {Plain(router)}" : "")}.") { Details = Interfaces(network) };
    }

    private static string[] Interfaces(NetworkFacts network) =>
        [.. network.Interfaces.Select(i => $"{i.Name}: {(!i.IsUp ? "not connected" : i.Addresses.Count == 0 ? "connected, no address" : string.Join(", ", i.Addresses.Select(a => Plain(a.Address))))}.")];

    /// <summary>Without the scope id, which says nothing to people.</summary>
    public static string Plain(IPAddress address) => address.ToString().Split('%')[0];

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    private static string List(IEnumerable<string> names) => string.Join(" and ", names);
}
