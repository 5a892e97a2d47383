using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Ingress.Direct;

/// <summary>
/// The way in by this machine's own public IPv6 address. It is there as soon as the address is; whether the router's firewall lets the world through is another
/// question: it is asked to, and until it says yes the way is a candidate.
/// </summary>
internal sealed class Ipv6Ingress(StatusStore status, SettingsStore settings, AddressScopes scopes, KeepMapping keep, SecondPort second) : IIngress
{
    public const string Name = "ipv6";

    private readonly Lock _lock = new();
    private Door? _door;
    private (IPAddress? Address, int Port, IPAddress? Router, long Mapping) _proven;
    private long _epoch;

    public string Way => Name;

    public async Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        var doors = new List<Door>(); // the last one may be open, the others are closing
        IPAddress? current = null;
        try
        {
            while (true)
            {
                var seen = status.Current;
                var chosen = AddressChoice.Of(seen.Network, a => IsOwn(a) && HttpsPort(a) is not null, current);
                current = chosen?.Address ?? current;
                if (chosen is null || _door is null || !_door.IsFor(chosen))
                {
                    _door?.Close();
                    lock (_lock) _door = chosen is null ? null : new Door(chosen, HttpsPort(chosen.Address)!.Value);
                    if (_door is { } opened)
                    {
                        opened.Open(Task.WhenAll(doors.Where(d => d.Address.Equals(opened.Address)).Select(d => d.Closing)), keep, () => Tell(opened, report), cancellationToken);
                        doors.Add(opened);
                    }
                }
                Tell(_door, report);
                foreach (var closed in doors.Where(d => d != _door && d.Closing.IsCompletedSuccessfully).ToArray())
                {
                    doors.Remove(closed);
                    await closed.DisposeAsync();
                }
                await await Task.WhenAny([status.WaitForOtherAsync(seen, cancellationToken), .. doors.Select(d => d.Closing).Where(t => !t.IsCompletedSuccessfully)]);
            }
        }
        finally
        {
            lock (_lock) _door = null;
            await Task.WhenAll(doors.Select(d => d.DisposeAsync().AsTask()));
            second.Want(Name, false);
        }
    }

    /// <summary>Teredo is a way in of its own.</summary>
    private bool IsOwn(IPAddress address) => scopes.IsPublic(address) && Teredo.Of(address) is null;

    private int? HttpsPort(IPAddress address) => IngressSettings.HttpsPort(settings.Current, address);

    private void Tell(Door? door, Action<IReadOnlyList<IngressLease>> report)
    {
        lock (_lock)
        {
            if (door != _door) return; // one that is closing
            var lease = door?.Lease() ?? Absent();
            second.Want(Name, door is { IsGranted: true } && lease.Port == SecondPort.Port && door.HttpsPort != SecondPort.Port);
            var proven = (lease.Address, lease.Port, door?.Route.Gateway, door?.Mapping ?? 0);
            if (!proven.Equals(_proven)) _epoch++; // not by ==, which takes equal addresses for different ones
            _proven = proven;
            report([lease with { Epoch = _epoch }]);
        }
    }

    private IngressLease Absent()
    {
        var network = status.Current.Network;
        if (network == NetworkFacts.Unknown) return new IngressLease(Name, IpFamily.V6, LeaseState.Unknown) { Words = "The network has not been looked at yet." };
        var hasPublic = network.Interfaces.Any(i => i.Addresses.Any(a => a.Address.Family() == IpFamily.V6 && IsOwn(a.Address)));
        var words = network.Route(IpFamily.V6) is null ? "There is no IPv6 here: no router offers a way to the internet over it."
            : !hasPublic ? "There is a router for IPv6, but it has given this device no public address."
            : Listeners.ServesHttps(settings.Current) ? "No public IPv6 address that lasts is there yet."
            : "Nothing is served over HTTPS (http.listen), so nothing is opened.";
        return new IngressLease(Name, IpFamily.V6, LeaseState.Absent) { Problem = IngressProblem.NoAddress, Words = words };
    }
}
