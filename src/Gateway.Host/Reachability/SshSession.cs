using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// A signed-in <c>ssh</c> that stays, so that a look costs no process and no handshake. Each address that is looked at is a local forwarding from a socket file,
/// added through the control socket; ssh says on stderr why the server could not open one.
/// </summary>
internal sealed class SshSession : IAsyncDisposable
{
    /// <summary>Addresses change seldom; after so many a new session starts with none.</summary>
    private const int MostForwards = 32;

    private const int LongestLine = 512;

    /// <summary>
    /// ssh does not mind its standard input's end when it forwards ports, and .NET cannot ask the kernel to end it with us. The shell that waits for that end can:
    /// however this process dies, the pipe closes, and ssh and its folder go. The shell lets go of its output, so that ssh's end is the pipe's.
    /// </summary>
    private const string Keeper = "\"$@\" </dev/null & exec >/dev/null 2>&1; read -r _; kill $!; wait; rm -rf \"$0\"";

    private static readonly TimeSpan SignInWithin = TimeSpan.FromSeconds(12), HelperWithin = TimeSpan.FromSeconds(4), EndWithin = TimeSpan.FromSeconds(2), ReasonWithin = TimeSpan.FromSeconds(1);

    private readonly SshServer _server;
    private readonly TimeProvider _time;
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-ssh-").FullName;
    private readonly Process _keeper;
    private readonly Dictionary<(string Host, int Port), string> _forwards = [];
    private readonly SemaphoreSlim _forwarding = new(1);
    private readonly Channel<string> _reasons = Channel.CreateBounded<string>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private string _lastLine = "";

    private SshSession(SshServer server, TimeProvider time)
    {
        (_server, _time) = (server, time);
        _keeper = Start("/bin/sh", ["-c", Keeper, _folder, "ssh", .. server.Arguments, "-N", "-M", "-S", Control,
            .. SshServer.Options("PermitLocalCommand=yes", "LocalCommand=echo ready", "ControlPersist=no", "LogLevel=VERBOSE"), "--", server.Host]);
        _reading = Task.WhenAll(ReadLinesAsync(_keeper.StandardOutput, _ => _ready.TrySetResult()), ReadErrorsAsync());
    }

    /// <summary>Whether ssh still runs, signed in.</summary>
    public bool IsAlive => _ready.Task.IsCompletedSuccessfully && !_reading.IsCompleted && _forwards.Count < MostForwards;

    /// <summary>Over which internet the server is reached; null when ssh has not said.</summary>
    public IpFamily? Family { get; private set; }

    private string Control => Path.Combine(_folder, "ctl");

    /// <summary>Signs in; throws <see cref="LookException"/> when that does not succeed.</summary>
    public static async Task<SshSession> OpenAsync(SshServer server, TimeProvider time, CancellationToken cancellationToken)
    {
        SshSession? session = null;
        try
        {
            session = new SshSession(server, time);
            await await Task.WhenAny(session._ready.Task, session._reading).WaitAsync(SignInWithin, time, cancellationToken);
            if (session._ready.Task.IsCompletedSuccessfully) return session;
            throw SshWords.NotSignedIn(server, session._lastLine);
        }
        catch (Exception e)
        {
            if (session is not null) await session.DisposeAsync();
            if (e is TimeoutException) throw new LookException("tcp", $"the server {server.Host} does not answer", LookEnd.Blind, e);
            if (e is Win32Exception or IOException) throw new LookException("tcp", $"the program ssh cannot be run here ({e.Message})", LookEnd.Blind, e);
            throw;
        }
    }

    /// <summary>A stream from the server's network to there. That it cannot be opened shows as its end; <see cref="ReasonAsync"/> says why.</summary>
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
            throw new LookException("tcp", $"the connection to {_server.Host} is gone", LookEnd.Blind, e);
        }
    }

    /// <summary>Why the server could not open the stream that has just ended; null when it could. With two at once the reasons may be swapped: they are words, not the verdict.</summary>
    public async Task<LookException?> ReasonAsync(CancellationToken cancellationToken)
    {
        try { return SshWords.NotOpened(_server, await _reasons.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(ReasonWithin, _time, cancellationToken)); }
        catch (TimeoutException) { return null; }
        catch (ChannelClosedException e) { return new LookException("tcp", $"the connection to {_server.Host} broke off", LookEnd.Blind, e); }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _keeper.StandardInput.Close();
            await _keeper.WaitForExitAsync(CancellationToken.None).WaitAsync(EndWithin, TimeProvider.System);
        }
        catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException)
        {
            if (!_keeper.HasExited) _keeper.Kill(entireProcessTree: true);
        }
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _keeper.Dispose();
        _forwarding.Dispose();
        try { Directory.Delete(_folder, recursive: true); }
        catch (IOException) { } // the keeper has done it
    }

    private async Task<string> ForwardAsync(string host, int port, CancellationToken cancellationToken)
    {
        await _forwarding.WaitAsync(cancellationToken);
        try
        {
            if (_forwards.TryGetValue((host, port), out var known)) return known;
            var path = Path.Combine(_folder, _forwards.Count.ToString());
            var to = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
            using var helper = Start("ssh", ["-F", "none", "-S", Control, "-O", "forward", "-L", $"{path}:{to}", "--", _server.Host]);
            try { await helper.WaitForExitAsync(CancellationToken.None).WaitAsync(HelperWithin, _time, cancellationToken); }
            catch
            {
                helper.Kill();
                throw;
            }
            if (helper.ExitCode != 0) throw new LookException("tcp", $"the connection to {_server.Host} is gone", LookEnd.Blind);
            return _forwards[(host, port)] = path;
        }
        catch (Exception e) when (e is TimeoutException or Win32Exception)
        {
            throw new LookException("tcp", $"ssh does not answer ({e.Message})", LookEnd.Blind, e);
        }
        finally { _forwarding.Release(); }
    }

    private async Task ReadErrorsAsync()
    {
        await ReadLinesAsync(_keeper.StandardError, line =>
        {
            if (line.Contains("open failed:", StringComparison.Ordinal))
            {
                // Of a connection that a look has long given up on.
                if (!line.EndsWith("timed out", StringComparison.Ordinal)) _reasons.Writer.TryWrite(line);
            }
            else if (line.StartsWith("Authenticated to ", StringComparison.Ordinal)) Family = SshWords.FamilyOf(line);
            else if (line.Length > 0) _lastLine = line;
        });
        _reasons.Writer.TryComplete();
    }

    /// <summary>Until the pipe ends; of a longer line only its beginning.</summary>
    private static async Task ReadLinesAsync(StreamReader reader, Action<string> line)
    {
        var (buffer, text) = (new char[LongestLine], new System.Text.StringBuilder());
        while (await reader.ReadAsync(buffer) is var read and > 0)
        {
            foreach (var c in buffer.AsSpan(0, read))
            {
                if (c == '\n')
                {
                    line(text.ToString().Trim());
                    text.Clear();
                }
                else if (text.Length < LongestLine) text.Append(c);
            }
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["SHELL"] = "/bin/sh"; // LocalCommand's; a service's user has none that works
        info.Environment["LC_ALL"] = "C";
        info.Environment.Remove("SSH_AUTH_SOCK");
        return Process.Start(info)!;
    }
}
