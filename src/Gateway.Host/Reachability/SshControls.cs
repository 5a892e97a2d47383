using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Whether a server through which we look can reach anybody else: asked once for all looks that fail at about the same time.</summary>
internal sealed class SshControls(SshServer server, IReadOnlyList<DnsEndPoint> controls, Func<CancellationToken, Task<SshSession>> session, TimeProvider time)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(3), Stands = TimeSpan.FromSeconds(2);

    private readonly Dictionary<IpFamily, Task<bool?>> _answers = [];
    private readonly Lock _lock = new();
    private long _asked;

    /// <summary>Over this family; null when nobody is known whom to ask.</summary>
    public Task<bool?> AnswerAsync(IpFamily family, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_asked) >= Stands)
            {
                _answers.Clear();
                _asked = time.GetTimestamp();
            }
            if (!_answers.TryGetValue(family, out var answer)) _answers[family] = answer = AskAsync(family);
            return answer.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool?> AskAsync(IpFamily family)
    {
        bool? sees = null;
        await foreach (var asked in Task.WhenEach(controls.Select(c => TryAsync(async cancel => await AddressAsync(c, family, cancel) is { } address ? await ShowsTlsAsync(address, c, cancel) : null))))
        {
            var answer = await asked;
            if (answer == true) return true;
            sees ??= answer;
        }
        // Nobody else is known: that the server answers us proves that it has the internet over which it does.
        return sees ?? await TryAsync(cancel => AnswersUsAsync(family, cancel));
    }

    private async Task<bool?> TryAsync(Func<CancellationToken, Task<bool?>> ask)
    {
        using var patience = new CancellationTokenSource(Within, time);
        try { return await ask(patience.Token); }
        catch (Exception e) when (e is LookException { End: LookEnd.Blind } or SshException) { return null; }
        catch (Exception e) when (e is OperationCanceledException or LookException or IOException or SocketException) { return false; }
    }

    /// <summary>Looked up here, because only here the family can be chosen; where our resolver fails, the server looks it up.</summary>
    private static async Task<string?> AddressAsync(DnsEndPoint control, IpFamily family, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(control.Host, out var literal)) return literal.Family() == family ? control.Host : null;
        try { return (await System.Net.Dns.GetHostAddressesAsync(control.Host, family == IpFamily.V4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, cancellationToken)).FirstOrDefault()?.ToString(); }
        catch (SocketException) { return family == IpFamily.V4 ? control.Host : null; }
    }

    /// <summary>Whether a TLS server shows itself there. Nothing is said to it, so whose certificate it is does not matter.</summary>
    private async Task<bool?> ShowsTlsAsync(string address, DnsEndPoint control, CancellationToken cancellationToken)
    {
        var ssh = await session(cancellationToken);
        await using var stream = await ssh.DialAsync(address, control.Port, cancellationToken);
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = control.Host, CertificateRevocationCheckMode = X509RevocationMode.NoCheck }, cancellationToken);
            return true;
        }
        catch (AuthenticationException) { return true; } // a certificate that is not trusted here, an alert, no TLS at all: somebody answered
        catch (IOException)
        {
            if (await ssh.WhyAsync(server, cancellationToken) is { } reason) throw reason;
            return false;
        }
    }

    /// <summary>Its own greeting, through the session: the way from here to there and back stands now.</summary>
    private async Task<bool?> AnswersUsAsync(IpFamily family, CancellationToken cancellationToken)
    {
        var ssh = await session(cancellationToken);
        if (ssh.Peer?.Family() != family) return null;
        await using var stream = await ssh.DialAsync(server.Host, server.Port, cancellationToken);
        return await stream.ReadAsync(new byte[1], cancellationToken) > 0;
    }
}
