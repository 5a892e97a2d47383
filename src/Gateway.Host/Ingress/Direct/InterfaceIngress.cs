using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Direct;

/// <summary>
/// The way in by an IPv6 address of one interface, which somebody else sets up: miredo, WireGuard, 6in4, yggdrasil. It is used and checked, never configured; nobody is asked to
/// open anything, so it stays a candidate until somebody has come in.
/// </summary>
/// <param name="way"><c>ipv6</c> or <c>teredo</c>; of the second only Teredo addresses count.</param>
/// <param name="name">The interface.</param>
/// <param name="status">Where the kernel's facts are.</param>
/// <param name="settings">Where HTTPS is served.</param>
/// <param name="scopes">What the world could dial.</param>
internal sealed class InterfaceIngress(string way, string name, StatusStore status, SettingsStore settings, AddressScopes scopes) : IIngress
{
    public const string TeredoWay = "teredo";

    public string Way => way;

    public async Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        IPAddress? current = null;
        var epoch = 0L;
        while (true)
        {
            var seen = status.Current;
            var lease = Lease(seen.Network, current);
            if (!Equals(lease.Address, current)) epoch++;
            current = lease.Address;
            report([lease with { Epoch = epoch, Interface = name }]);
            await status.WaitForOtherAsync(seen, cancellationToken);
        }
    }

    private IngressLease Lease(NetworkFacts network, IPAddress? current)
    {
        if (network == NetworkFacts.Unknown) return new IngressLease(way, IpFamily.V6, LeaseState.Unknown) { Words = "The network has not been looked at yet." };
        if (network.Interfaces.FirstOrDefault(i => i.Name == name) is not { } found) return None($"There is no interface {name}. {(way == TeredoWay ? "It is miredo that makes it: install and start that (apt install miredo)." : "Whatever makes it does not run.")}");
        if (!found.IsUp) return None($"The interface {name} is there, but it is down.");
        IPAddress[] all = [.. found.Addresses.Where(a => a.Address.Family() == IpFamily.V6 && !a.Address.IsIPv6LinkLocal && a.IsSettled).Select(a => a.Address)];
        IPAddress[] usable = [.. all.Where(a => scopes.IsPublic(a) && (way != TeredoWay || Teredo.Of(a) is not null))];
        if (usable.Length == 0) return None(WhyNone(all));
        var address = usable.FirstOrDefault(a => a.Equals(current)) ?? usable[0];
        if (IngressSettings.HttpsPort(settings.Current, address) is not { } port) return None("Nothing is served over HTTPS (http.listen), so nothing is opened.") with { Problem = IngressProblem.NoAddress };
        return new IngressLease(way, IpFamily.V6, LeaseState.Candidate)
        {
            Address = address, Port = port, Local = new IPEndPoint(address, port), Method = $"interface {name}", Words = Words(address) + Answers(network),
        };
    }

    private IngressLease None(string words) => new(way, IpFamily.V6, LeaseState.Absent) { Problem = IngressProblem.NoInterface, Words = words };

    private string WhyNone(IPAddress[] all)
    {
        if (way == TeredoWay) return $"The interface {name} has no Teredo address. Either its server does not answer, or the NAT of this home is one that Teredo cannot pass (symmetric); miredo says which in the system's log.";
        return all.Length == 0 ? $"The interface {name} has no IPv6 address." : $"The interface {name} has {string.Join(" and ", all.Take(3))}, which is no address of the public internet ({AddressScopes.TreatAsPublic} can except it).";
    }

    private string Words(IPAddress address) => way == TeredoWay && Teredo.Of(address) is { } teredo
        ? $"{address} is the Teredo address of this machine: the server {teredo.Server} sees it as {teredo.Outside}."
        : $"{address} is the address of the interface {name}.";

    /// <summary>Answers that leave by another interface are lost, unless a rule of the kernel's (ip rule) sends them this way.</summary>
    private string Answers(NetworkFacts network) => network.Routes.Any(r => r.Family == IpFamily.V6 && r.Interface == name) ? ""
        : $" No default route leads through {name}, so a rule (ip rule) has to send the answers there.";
}
