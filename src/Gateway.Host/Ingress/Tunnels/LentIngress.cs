using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>The way in that a friend lends, whoever it is: the owner chooses while the gateway runs, and ends it as quickly.</summary>
internal sealed class LentIngress(LenderChoice choice, Func<Lender, IIngress> tunnel) : IIngress
{
    public string Way => LentTunnel.Name;

    public async Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
    {
        while (true)
        {
            var lender = choice.Current;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var other = choice.WaitForOtherAsync(lender, end.Token);
            if (lender is null) await other;
            else
            {
                var running = tunnel(lender).RunAsync(report, end.Token);
                await Task.WhenAny(running, other);
                if (running.IsFaulted) await running; // the supervisor begins anew
                await end.CancelAsync();
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
            report([]);
        }
    }
}
