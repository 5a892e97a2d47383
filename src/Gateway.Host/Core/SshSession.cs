using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Gateway.Host.Core;

/// <summary>
/// A signed-in <c>ssh</c> that stays, so that a look or a tunnel costs no process and no handshake of its own. Whatever is forwarded is added through the control socket (ssh(1), <c>-O</c>);
/// each address that is dialled is a local forwarding from a socket file, and ssh says on stderr why the server could not open one.
/// </summary>
public sealed class SshSession : IAsyncDisposable
{
    /// <summary>Addresses change seldom; after so many a new session starts with none.</summary>
    private const int MostForwards = 32;

    private static readonly TimeSpan SignInWithin = TimeSpan.FromSeconds(12), HelperWithin = TimeSpan.FromSeconds(8), ReasonWithin = TimeSpan.FromSeconds(1);

    private readonly SshServer _server;
    private readonly TimeProvider _time;
    private readonly KeptProcess _ssh;
    private readonly Dictionary<(string Host, int Port), string> _forwards = [];
    private int _paths;
    private readonly SemaphoreSlim _forwarding = new(1);
    private readonly Channel<string> _reasons = Channel.CreateBounded<string>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SshSession(SshServer server, TimeProvider time)
    {
        (_server, _time) = (server, time);
        _ssh = KeptProcess.Start("ssh", folder => [.. server.Arguments, "-N", "-M", "-S", Path.Combine(folder, "ctl"),
            .. SshServer.Options("PermitLocalCommand=yes", "LocalCommand=echo ready", "ControlPersist=no", "LogLevel=VERBOSE"), "--", server.Host], _ => _ready.TrySetResult(), ReadError);
        Ended = EndAsync();
    }

    /// <summary>Completes when ssh has ended; never fails.</summary>
    public Task Ended { get; }

    /// <summary>Whether ssh still runs, signed in.</summary>
    public bool IsAlive => _ready.Task.IsCompletedSuccessfully && !Ended.IsCompleted && _paths < MostForwards;

    /// <summary>The server's address, to which ssh connected; null when ssh has not said.</summary>
    public IPAddress? Peer { get; private set; }

    /// <summary>The last that ssh said of itself, for whoever has to tell why it ended.</summary>
    public string LastLine { get; private set; } = "";

    private string Control => Path.Combine(_ssh.Folder, "ctl");

    /// <summary>Signs in; throws <see cref="SshException"/> when that does not succeed.</summary>
    public static async Task<SshSession> OpenAsync(SshServer server, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        SshSession? session = null;
        try
        {
            await OwnSshKey.ReadyAsync(server, time, cancellationToken);
            session = new SshSession(server, time);
            await await Task.WhenAny(session._ready.Task, session.Ended).WaitAsync(SignInWithin, time, cancellationToken);
            if (session._ready.Task.IsCompletedSuccessfully) return session;
            throw SshException.NotSignedIn(server, session.LastLine);
        }
        catch (Exception e)
        {
            if (session is not null) await session.DisposeAsync();
            if (e is TimeoutException) throw new SshException($"the server {server.Host} does not answer", isPermanent: false, e);
            if (e is Win32Exception or IOException) throw new SshException($"the program ssh cannot be run here ({e.Message})", isPermanent: false, e);
            throw;
        }
    }

    /// <summary>A stream from the server's network to there. That it cannot be opened shows as its end; <see cref="ReasonAsync"/> says why. Throws <see cref="SshException"/>.</summary>
    public async Task<Stream> DialAsync(string host, int port, CancellationToken cancellationToken)
    {
        var path = await ForwardAsync(host, port, cancellationToken);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Gone(e);
        }
    }

    /// <summary>
    /// ssh's line about why the server could not open the stream that has just ended; null when it could. Throws <see cref="SshException"/> when ssh has ended.
    /// With two at once the reasons may be swapped: they are words, not the verdict.
    /// </summary>
    public async Task<string?> ReasonAsync(CancellationToken cancellationToken)
    {
        try { return await _reasons.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(ReasonWithin, _time, cancellationToken); }
        catch (TimeoutException) { return null; }
        catch (ChannelClosedException e) { throw new SshException($"the connection to {_server.Host} broke off", isPermanent: false, e); }
    }

    /// <summary>
    /// Has the server listen on a port at all its addresses, and brings what comes there to a port of this machine's loopback (RFC 4254 section 7.1). With the server's usual setting
    /// (<c>GatewayPorts no</c>) it says yes and listens for itself alone: whoever needs to know has to try.
    /// </summary>
    /// <param name="port">0: any that is free.</param>
    /// <param name="localPort">Where it goes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The port, or null when the server does not open this one. Throws <see cref="SshException"/> when ssh has ended or forwards nothing.</returns>
    public async Task<int?> ListenAsync(int port, int localPort, CancellationToken cancellationToken)
    {
        var (code, output, errors) = await HelpAsync(["-O", "forward", "-R", $"*:{port}:127.0.0.1:{localPort}"], cancellationToken);
        if (code == 0) return port != 0 ? port : int.TryParse(output.Trim(), out var given) ? given : throw new SshException($"{_server.Host} did not say which port it opened", isPermanent: false);
        if (errors.Contains("forwarding failed", StringComparison.Ordinal) || errors.Contains("forwarding request failed", StringComparison.Ordinal)) return null;
        throw Gone(null);
    }

    /// <summary>Takes back what <see cref="ListenAsync"/> opened; an answer is not waited for.</summary>
    public async Task StopListeningAsync(int port, int localPort, CancellationToken cancellationToken) => await HelpAsync(["-O", "cancel", "-R", $"*:{port}:127.0.0.1:{localPort}"], cancellationToken);

    /// <summary>
    /// Switches Nagle's algorithm off at both ends (RFC 896): without it each small answer waits 40 ms for a delayed acknowledgement. ssh and sshd do that when a command is
    /// run in the connection, whatever becomes of the command, so a relay's user that may run none will do; where the server allows no commands at all, it stays slow.
    /// </summary>
    public async Task QuickenAsync(CancellationToken cancellationToken)
    {
        try { await HelpAsync(["-T"], cancellationToken, "true"); }
        catch (SshException) { } // that it ended is seen elsewhere
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ssh.DisposeAsync();
        await Ended;
        _forwarding.Dispose();
    }

    private async Task<string> ForwardAsync(string host, int port, CancellationToken cancellationToken)
    {
        await _forwarding.WaitAsync(cancellationToken);
        try
        {
            if (_forwards.TryGetValue((host, port), out var known)) return known;
            // Never the same again: of one that was asked for and not waited for, nobody knows whether it is there.
            var path = Path.Combine(_ssh.Folder, (_paths++).ToString());
            var to = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
            var (code, _, _) = await HelpAsync(["-O", "forward", "-L", $"{path}:{to}"], cancellationToken);
            return code == 0 ? _forwards[(host, port)] = path : throw Gone(null);
        }
        finally { _forwarding.Release(); }
    }

    /// <summary>Asks the ssh that is signed in.</summary>
    private async Task<(int ExitCode, string Output, string Errors)> HelpAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken, params string[] command)
    {
        try { return await KeptProcess.RunAsync("ssh", ["-F", "none", "-S", Control, .. arguments, .. SshServer.Options("ControlMaster=no", "BatchMode=yes", "ProxyCommand=false"), "--", _server.Host, .. command], HelperWithin, _time, cancellationToken); }
        catch (Exception e) when (e is TimeoutException or Win32Exception)
        {
            throw new SshException($"ssh does not answer ({e.Message})", isPermanent: false, e);
        }
    }

    private SshException Gone(Exception? cause) => new($"the connection to {_server.Host} is gone", isPermanent: false, cause);

    private async Task EndAsync()
    {
        await _ssh.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _reasons.Writer.TryComplete();
    }

    private void ReadError(string line)
    {
        if (line.Contains("open failed:", StringComparison.Ordinal))
        {
            // Of a connection that a look has long given up on.
            if (!line.EndsWith("timed out", StringComparison.Ordinal)) _reasons.Writer.TryWrite(line);
        }
        else if (line.StartsWith("Authenticated to ", StringComparison.Ordinal)) Peer = SshException.PeerOf(line);
        else if (line.Length > 0) LastLine = line;
    }
}
