using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// This gateway itself, looking at its tunnels: out into the internet to the tunnel's public end, and in again through it. That it comes through shows that the tunnel carries;
/// it proves nothing of who else gets in, but that another key answers there is seen from here as well as from anywhere.
/// </summary>
internal sealed class RoundVantage(Vantages vantages, Look look, StatusStore status) : IVantage, IHostedService
{
    public string Name => "this gateway";

    public VantageKind Kind => VantageKind.Hairpin;

    public bool LooksAt(IngressLease lease) => lease.IsTunnel;

    public Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken) =>
        look.TakeAsync(this, target, (nonce, cancel) => AskAsync(target, nonce, cancel), _ => Task.FromResult<bool?>(status.Current.Internet.Answers ?? true), cancellationToken);

    /// <summary>It is there as soon as there is a tunnel to look at.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        status.OnChange((before, after) =>
        {
            if (!ReferenceEquals(before.Leases, after.Leases) && after.Leases.Any(l => l.IsTunnel) && !vantages.All.Contains(this)) vantages.Put(this);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Where our own side of the internet knows no way there, nothing has been seen.</summary>
    private static async Task<string> AskAsync(ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        try { return await ChallengeClient.DialAsync(target, nonce, cancellationToken); }
        catch (LookException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.HostUnreachable }) { throw new LookException(e.Step, e.Message, LookEnd.Blind, e); }
    }
}
