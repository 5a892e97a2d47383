using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>The way in over IPv4 through the home's router: a port that it opens, an address of our own, or a port that the owner has forwarded by hand.</summary>
internal sealed class PortMapIngress(StatusStore status, SettingsStore settings, AddressScopes scopes, KeepMapping keep, SecondPort second) : IIngress
{
    public const string Name = "portmap";

    private readonly Lock _lock = new();
    private MappingResult? _mapping;
    private int _port;
    private IngressLease? _said;
    private long _epoch;

    public string Way => Name;

    public async Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        _said = null;
        try { while (!cancellationToken.IsCancellationRequested) await FollowAsync(Plan(), report, cancellationToken); }
        finally { second.Want(Name, false); }
    }

    /// <summary>Keeps to a plan as long as it is the right one.</summary>
    private async Task FollowAsync(PortMapPlan plan, Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _mapping = null;
        var keeping = plan.Wish is { } wish ? new TwoPorts(wish, keep).KeepAsync((port, m) => Take(port, m, plan, report), over.Token) : null;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var seen = status.Current;
                if (Plan() != plan) break;
                Say(plan, report); // somebody outside may have seen us meanwhile
                var change = status.WaitForOtherAsync(seen, over.Token);
                if (await Task.WhenAny([change, .. keeping is null ? Array.Empty<Task>() : [keeping]]) == keeping) break;
            }
        }
        finally
        {
            await over.CancelAsync();
            try { if (keeping is not null) await keeping; }
            catch (OperationCanceledException) { }
        }
    }

    private PortMapPlan Plan() => PortMapPlan.Of(status.Current.Network, settings.Current, scopes);

    private void Take(int port, MappingResult mapping, PortMapPlan plan, Action<IReadOnlyList<IngressLease>> report)
    {
        lock (_lock)
        {
            // Even where the same is granted again, a router that had forgotten it makes it another.
            if (mapping.Epoch != _mapping?.Epoch) _epoch++;
            (_mapping, _port) = (mapping, port);
            Say(plan, report);
        }
    }

    private void Say(PortMapPlan plan, Action<IReadOnlyList<IngressLease>> report)
    {
        lock (_lock)
        {
            var lease = plan.Lease(_mapping, Seen(), _port);
            second.Want(Name, lease is { State: LeaseState.Granted, Local.Port: SecondPort.Port } && plan.Port != SecondPort.Port);
            if (_said is not { } said || !Equals((lease.Address, lease.Port, lease.Local), (said.Address, said.Port, said.Local))) _epoch++;
            lease = lease with { Epoch = _epoch };
            if (lease == _said) return;
            _said = lease;
            report([lease]);
        }
    }

    private IPAddress? Seen() => status.Current.Seen.Where(s => s.Family == IpFamily.V4 && scopes.IsPublic(s.Address)).OrderByDescending(s => s.Timestamp).Select(s => s.Address).FirstOrDefault();
}
