using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Looks through a server of the owner's, as <c>ssh -W</c> does: what the server can reach is reached from outside this network.</summary>
internal sealed class SshVantage(SshServer server, IReadOnlyList<DnsEndPoint> controls, Look look, TimeProvider time, ILogger<SshVantage> logger) : IVantage, IAsyncDisposable
{
    private static readonly TimeSpan ControlWithin = TimeSpan.FromSeconds(3), ControlStands = TimeSpan.FromSeconds(2), LongestRest = TimeSpan.FromSeconds(10), PermanentRest = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _opening = new(1);
    private readonly Dictionary<IpFamily, Task<bool?>> _controls = [];
    private readonly Lock _lock = new();
    private SshSession? _session;
    private LookException? _blind;
    private long _blindSince, _controlsAt;
    private TimeSpan _rest;
    private int _failures;

    public string Name => server.Host;

    public VantageKind Kind => VantageKind.Ssh;

    public async Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        LookException? blind = null;
        try { await SessionAsync(cancellationToken); } // before the look's time begins
        catch (LookException e) { blind = e; }
        return await look.TakeAsync(this, target, (nonce, cancel) => blind is null ? AskAsync(target, nonce, cancel) : throw blind, cancel => SeesOthersAsync(target.Family, cancel), cancellationToken, isOwnTunnel: target.Way == server.Way);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is { } session) await session.DisposeAsync();
        _opening.Dispose();
    }

    private async Task<string> AskAsync(ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken);
        await using var stream = await session.DialAsync(target.Address.ToString(), target.Port, cancellationToken);
        try { return await ChallengeClient.AskAsync(stream, target, nonce, cancellationToken); }
        catch (LookException e) when (e.Step == "tcp")
        {
            throw await session.ReasonAsync(cancellationToken) ?? e;
        }
    }

    /// <summary>The session that stands, or a new one; not tried again too soon after it failed. Throws <see cref="LookException"/>.</summary>
    private async Task<SshSession> SessionAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_session is { IsAlive: true } alive) return alive;
            if (_session is { } dead) await dead.DisposeAsync();
            _session = null;
            if (_blind is { } known && time.GetElapsedTime(_blindSince) < _rest) throw known;
            _session = await SshSession.OpenAsync(server, time, cancellationToken);
            if (_blind is not null) logger.LogInformation("{Server} is reached again and looks from outside", server.Host);
            (_blind, _failures) = (null, 0);
            return _session;
        }
        catch (LookException e) when (e != _blind)
        {
            if (_blind?.Message != e.Message) logger.LogWarning("Nobody looks through {Server}: {Problem}", server.Host, e.Message);
            (_blind, _blindSince) = (e, time.GetTimestamp());
            _rest = SshWords.IsPermanent(e) ? PermanentRest : Rest(++_failures, Random.Shared.NextDouble());
            throw;
        }
        finally { _opening.Release(); }
    }

    /// <summary>How long to leave a server alone that could not be reached: doubling from two seconds to ten, half of it certain.</summary>
    private static TimeSpan Rest(int failures, double random) =>
        TimeSpan.FromSeconds(Math.Min(LongestRest.TotalSeconds, 2 * Math.Pow(2, Math.Min(failures - 1, 10))) * (0.5 + random / 2));

    /// <summary>Asked once for all looks that fail at about the same time.</summary>
    private Task<bool?> SeesOthersAsync(IpFamily family, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_controlsAt) >= ControlStands)
            {
                _controls.Clear();
                _controlsAt = time.GetTimestamp();
            }
            if (!_controls.TryGetValue(family, out var control)) _controls[family] = control = TryControlsAsync(family);
            return control.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool?> TryControlsAsync(IpFamily family)
    {
        bool? sees = null;
        foreach (var control in controls)
        {
            using var patience = new CancellationTokenSource(ControlWithin, time);
            try
            {
                if (await AddressAsync(control, family, patience.Token) is not { } address) continue;
                if (await AnswersAsync(address, control, patience.Token)) return true;
                sees = false;
            }
            catch (Exception e) when (e is OperationCanceledException or LookException or IOException or SocketException) { sees = false; }
        }
        return sees;
    }

    /// <summary>Looked up here, because only here the family can be chosen; the server's own view counts where our resolver fails.</summary>
    private static async Task<string?> AddressAsync(DnsEndPoint control, IpFamily family, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(control.Host, out var literal)) return literal.Family() == family ? control.Host : null;
        try { return (await System.Net.Dns.GetHostAddressesAsync(control.Host, family == IpFamily.V4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, cancellationToken)).FirstOrDefault()?.ToString(); }
        catch (SocketException) { return family == IpFamily.V4 ? control.Host : null; }
    }

    /// <summary>Whether a TLS server shows itself there. Nothing is said to it, so whose certificate it is does not matter.</summary>
    private async Task<bool> AnswersAsync(string address, DnsEndPoint control, CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken);
        await using var stream = await session.DialAsync(address, control.Port, cancellationToken);
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = control.Host, CertificateRevocationCheckMode = X509RevocationMode.NoCheck }, cancellationToken);
            return true;
        }
        catch (AuthenticationException) { return true; } // a certificate that is not trusted here, an alert, no TLS at all: somebody answered
        catch (IOException)
        {
            await session.ReasonAsync(cancellationToken);
            return false;
        }
    }
}
