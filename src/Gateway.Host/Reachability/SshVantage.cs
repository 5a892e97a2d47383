using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Looks through a server of the owner's, as <c>ssh -W</c> does: what the server can reach is reached from outside this network.</summary>
internal sealed class SshVantage : IVantage, IAsyncDisposable
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(2), LongestRest = TimeSpan.FromSeconds(10), PermanentRest = TimeSpan.FromMinutes(10);

    private readonly SshServer _server;
    private readonly SshControls _controls;
    private readonly Look _look;
    private readonly StatusStore _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _opening = new(1);
    private SshSession? _session;
    private LookException? _blind;
    private InternetFacts? _blindWhile;
    private long _blindSince;
    private TimeSpan _rest;
    private int _failures;

    public SshVantage(SshServer server, IReadOnlyList<DnsEndPoint> controls, Look look, StatusStore status, TimeProvider time, ILogger<SshVantage> logger)
    {
        (_server, _look, _status, _time, _logger) = (server, look, status, time, logger);
        _controls = new SshControls(server, controls, SessionAsync, time);
    }

    public string Name => _server.Host;

    public VantageKind Kind => VantageKind.Ssh;

    public async Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        LookException? blind = null;
        try { await SessionAsync(cancellationToken); } // before the look's time begins
        catch (LookException e) { blind = e; }
        return await _look.TakeAsync(this, target, (nonce, cancel) => blind is null ? AskAsync(target, nonce, cancel) : throw blind, cancel => _controls.AnswerAsync(target.Family, cancel), cancellationToken, isOwnTunnel: target.Way == _server.Way || _status.Current.Leases.FirstOrDefault(target.IsOf) is { IsTunnel: true } tunnel && (tunnel.Server.Equals(_server.Host, StringComparison.OrdinalIgnoreCase) || target.Address.Equals(_session?.Peer)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is { } session) await session.DisposeAsync();
        _opening.Dispose();
    }

    private async Task<string> AskAsync(ProbeTarget target, string nonce, CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken);
        try
        {
            await using var stream = await session.DialAsync(target.Address.ToString(), target.Port, cancellationToken);
            return await ChallengeClient.AskAsync(stream, target, nonce, cancellationToken);
        }
        catch (SshException e) { throw SshWords.Blind(e); }
        catch (LookException e) when (e.Step == "tcp")
        {
            throw await session.WhyAsync(_server, cancellationToken) ?? e;
        }
    }

    /// <summary>The session that stands, or a new one; not tried again too soon after it failed, unless the internet has come back meanwhile. Throws <see cref="LookException"/>.</summary>
    private async Task<SshSession> SessionAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_session is { IsAlive: true } alive) return alive;
            if (_session is { } dead) await dead.DisposeAsync();
            _session = null;
            if (_blind is { } known && _time.GetElapsedTime(_blindSince) < _rest && _blindWhile == _status.Current.Internet) throw known;
            _session = await SshSession.OpenAsync(_server, _time, cancellationToken);
            if (_blind is not null) _logger.LogInformation("{Server} is reached again and looks from outside", _server.Host);
            (_blind, _failures) = (null, 0);
            return _session;
        }
        catch (SshException e)
        {
            if (_blind?.Message != e.Message) _logger.LogWarning("Nobody looks through {Server}: {Problem}", _server.Host, e.Message);
            (_blind, _blindSince, _blindWhile) = (SshWords.Blind(e), _time.GetTimestamp(), _status.Current.Internet);
            _rest = e.IsPermanent ? PermanentRest : Backoff.After(++_failures, FirstRest, LongestRest, Random.Shared.NextDouble());
            throw _blind;
        }
        finally { _opening.Release(); }
    }
}
