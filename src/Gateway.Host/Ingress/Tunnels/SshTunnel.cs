using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary><c>ssh -R</c>: a server of the owner's listens on a port and brings what comes to it here. TLS ends here, so the server sees nothing of what is said.</summary>
/// <param name="server">Whose.</param>
/// <param name="port">The port to open there, 0 for any; null: the first that it opens of the usual ones.</param>
/// <param name="usual">The port wanted on the outside.</param>
/// <param name="time">The clock.</param>
internal sealed class SshTunnel(SshServer server, int? port, int usual, TimeProvider time) : ITunnel
{
    private static readonly TimeSpan TryWithin = TimeSpan.FromSeconds(4);

    public string Way => server.Way;

    public string Server => server.Host;

    public async Task RunAsync(int localPort, Action<TunnelEnd> up, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await SshSession.OpenAsync(server, time, cancellationToken);
            var opened = await OpenAsync(session, localPort, cancellationToken);
            await session.QuickenAsync(cancellationToken);
            await CheckAsync(session, opened, cancellationToken);
            up(new TunnelEnd(server.Host, opened, $"ssh -R to {server.Host}"));
            await session.Ended.WaitAsync(cancellationToken);
            throw new TunnelException($"the connection to {server.Host} broke off", IngressProblem.Lost);
        }
        catch (SshException e)
        {
            throw new TunnelException(e.Message + (e.Refusal == SshRefusal.Key ? $"; put this line into ~/.ssh/authorized_keys there: {AuthorizedKey.Line(server, port)}" : ""), e.Refusal switch
            {
                SshRefusal.HostKey => IngressProblem.WrongServer,
                SshRefusal.Key => IngressProblem.NotAuthorised,
                _ => IngressProblem.NoServer,
            }, e.IsPermanent, e);
        }
    }

    /// <summary>A server's user who is not root opens no port below 1024, and one that a session before this one held may be taken for some seconds yet.</summary>
    private async Task<int> OpenAsync(SshSession session, int localPort, CancellationToken cancellationToken)
    {
        foreach (var wanted in port is { } one ? [one] : new[] { usual, SecondPort.Port, 0 }.Distinct())
        {
            if (await session.ListenAsync(wanted, localPort, cancellationToken) is { } opened) return opened;
        }
        throw new TunnelException($"{server.Host} does not open port {port ?? usual} (something else uses it there, or the user {server.User} may not)", IngressProblem.PortTaken);
    }

    /// <summary>
    /// The trap of <c>GatewayPorts no</c>: the server listens for itself alone and says nothing of it. Seen from there: its own address refuses, and 127.0.0.1 leads here.
    /// A server that lets us open no connections says nothing; whoever looks from elsewhere will.
    /// </summary>
    private async Task CheckAsync(SshSession session, int opened, CancellationToken cancellationToken)
    {
        if (session.Peer is not { } peer || IPAddress.IsLoopback(peer)) return;
        if (await LeadsHereAsync(session, peer.ToString(), opened, cancellationToken) || !await LeadsHereAsync(session, "127.0.0.1", opened, cancellationToken)) return;
        throw new TunnelException($"{server.Host} opened port {opened} for itself alone; it needs \"GatewayPorts clientspecified\" in /etc/ssh/sshd_config there, and its SSH server restarted", IngressProblem.LoopbackOnly);
    }

    /// <summary>Whether a TLS server shows itself there. Which one is for the looks from outside to say.</summary>
    private async Task<bool> LeadsHereAsync(SshSession session, string host, int opened, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(TryWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await using var stream = await session.DialAsync(host, opened, either.Token);
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "gateway.local", CertificateRevocationCheckMode = X509RevocationMode.NoCheck }, either.Token);
            return true;
        }
        catch (AuthenticationException) { return true; } // a certificate that is not trusted here: somebody showed one
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested) { return false; }
    }
}
