using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary><c>ssh -R</c>: a server of the owner's listens on a port and brings what comes to it here. TLS ends here, so the server sees nothing of what is said.</summary>
/// <param name="server">Whose.</param>
/// <param name="usual">The port wanted on the outside, where the server's table names none.</param>
/// <param name="status">Knows our key.</param>
/// <param name="time">The clock.</param>
internal sealed class SshTunnel(SshServer server, int usual, StatusStore status, TimeProvider time) : ITunnel
{
    public string Way => server.Way;

    public string Server => server.Host;

    public async Task RunAsync(int localPort, Action<TunnelEnd> up, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await SshSession.OpenAsync(server, time, cancellationToken);
            var opened = await OpenAsync(session, localPort, cancellationToken);
            await session.QuickenAsync(cancellationToken);
            up(new TunnelEnd(server.Host, opened, $"ssh -R to {server.Host}"));
            await session.Ended.WaitAsync(cancellationToken);
            throw new TunnelException($"the connection to {server.Host} broke off", IngressProblem.Lost);
        }
        catch (SshException e)
        {
            throw new TunnelException(e.Message + (e.Refusal == SshRefusal.Key ? $"; put this line into ~/.ssh/authorized_keys there: {AuthorizedKey.Line(server, usual)}" : ""), e.Refusal switch
            {
                SshRefusal.HostKey => IngressProblem.WrongServer,
                SshRefusal.Key => IngressProblem.NotAuthorised,
                SshRefusal.NoKey => IngressProblem.TunnelFailed,
                _ => IngressProblem.NoServer,
            }, e.IsPermanent, e);
        }
    }

    /// <summary>A server's user who is not root opens no port below 1024, and one that a session before this one held may be taken for some seconds yet.</summary>
    private async Task<int> OpenAsync(SshSession session, int localPort, CancellationToken cancellationToken)
    {
        foreach (var wanted in server.RemotePort is { } one ? [one] : new[] { usual, SecondPort.Port, 0 }.Distinct())
        {
            if (await session.ListenAsync(wanted, localPort, cancellationToken) is not { } opened) continue;
            if (await IsOursAsync(session, opened, cancellationToken)) return opened;
            await session.StopListeningAsync(opened, localPort, cancellationToken);
        }
        throw new TunnelException($"{server.Host} does not open port {server.RemotePort ?? usual} (something else uses it there, or the user {server.User} may not)", IngressProblem.PortTaken);
    }

    /// <summary>
    /// False where another program has the port at one of the server's addresses. Throws in the trap of <c>GatewayPorts no</c>: none of its addresses leads here, and 127.0.0.1 does.
    /// A server that lets us open no connections shows nothing; whoever looks from elsewhere will see.
    /// </summary>
    private async Task<bool> IsOursAsync(SshSession session, int opened, CancellationToken cancellationToken)
    {
        Task<RelayAnswer> AskAsync(string host) => RelayCheck.AskAsync(session, host, opened, status.Current.Certificate?.KeyFingerprint, time, cancellationToken);
        if (session.Peer is not { } peer || IPAddress.IsLoopback(peer)) return true;
        var addresses = (await HostAddresses.OfAsync(server.Host, cancellationToken)).Append(peer).Distinct();
        var answers = new List<RelayAnswer>();
        foreach (var address in addresses) answers.Add(await AskAsync(address.ToString()));
        if (answers.Contains(RelayAnswer.Other)) return false;
        if (answers.Contains(RelayAnswer.Own) || await AskAsync("127.0.0.1") != RelayAnswer.Own) return true;
        throw new TunnelException($"{server.Host} opened port {opened} for itself alone; it needs \"GatewayPorts clientspecified\" in /etc/ssh/sshd_config there, and its SSH server restarted", IngressProblem.LoopbackOnly);
    }
}
