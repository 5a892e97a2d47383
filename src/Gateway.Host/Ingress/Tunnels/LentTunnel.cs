using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>
/// A friend's gateway brings visitors: this one keeps a few lines open to it, and each visitor comes over one of them, with his address before his first byte. TLS ends here, so the friend
/// sees nothing of what is said.
/// </summary>
internal sealed class LentTunnel(Lender lender, DialLender dial, TimeProvider time) : ITunnel
{
    public const string Name = "lend";

    /// <summary>So many lines wait for visitors, and there are so many at most; a page opens six at once.</summary>
    public const int Waiting = 6, Most = 64;

    /// <summary>After a line that could not be opened while others stand.</summary>
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1), LongestRest = TimeSpan.FromMinutes(1);

    public string Way => Name;

    public string Server => lender.Name;

    public async Task RunAsync(int localPort, Action<TunnelEnd> up, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pool = new Pool(new Bell(time));
        var running = new HashSet<Task<bool>>();
        try
        {
            for (var (failures, useless) = (0, 0); ;)
            {
                Task<bool>[] ended = [.. running.Where(l => l.IsCompleted)];
                running.ExceptWith(ended);
                if (ended.Length > 0) useless = ended.Any(l => l is { IsCompletedSuccessfully: true, Result: true }) ? 0 : useless + 1;
                // A lender that closes each line at once is not asked again and again without a rest.
                if (ended.Length > 0 && useless > 0) await Task.Delay(Backoff.After(useless, FirstRest, LongestRest, Random.Shared.NextDouble()), time, cancellationToken);
                if (pool.Waiting >= Waiting || running.Count >= Most)
                {
                    await pool.Changed.WaitAsync(null, cancellationToken);
                    continue;
                }
                try
                {
                    var line = new VisitorLine(await dial(lender, cancellationToken), time);
                    // The first, also after all others have gone: the lender may have another address now.
                    if (running.All(l => l.IsCompleted)) up(new TunnelEnd(lender.Name, lender.Port, $"lent by {lender.Name}"));
                    running.Add(UseAsync(line, localPort, pool, life.Token));
                    failures = 0;
                }
                catch (LenderException e)
                {
                    if (e.Refusal == LenderRefusal.NotLent || running.All(l => l.IsCompleted)) throw Words(e);
                    await Task.Delay(Backoff.After(++failures, FirstRest, LongestRest, Random.Shared.NextDouble()), time, cancellationToken);
                }
            }
        }
        finally
        {
            await life.CancelAsync();
            await Task.WhenAll(running);
        }
    }

    private TunnelException Words(LenderException e) => new($"{lender.Name} {e.Message}", e.Refusal == LenderRefusal.Unreachable ? IngressProblem.NoServer : IngressProblem.NotLent, inner: e);

    /// <summary>One line, until it ends: one visitor after the other. Gives whether it was of any use.</summary>
    private async Task<bool> UseAsync(VisitorLine line, int localPort, Pool pool, CancellationToken cancellationToken)
    {
        pool.Add(1);
        var (waits, begun, hasBrought) = (true, time.GetTimestamp(), false);
        try
        {
            await using (line)
            {
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var visits = VisitsAsync(end.Token);
                try { await Task.WhenAny(line.KeepAliveAsync(end.Token), visits).Unwrap(); }
                finally
                {
                    await end.CancelAsync();
                    await visits.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it counts who waits
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or OperationCanceledException or ObjectDisposedException) { } // another one is opened
        finally { pool.Add(waits ? -1 : 0); }
        return hasBrought || time.GetElapsedTime(begun) >= FirstRest;

        async Task VisitsAsync(CancellationToken cancel)
        {
            while (true)
            {
                var (kind, header) = await line.ReadAsync(cancel);
                if (kind != VisitorFrame.Visitor) throw new InvalidDataException("The lender speaks although it brings nobody.");
                (waits, hasBrought) = (false, true);
                pool.Add(-1);
                await LetInAsync(line, header, localPort, cancel);
                pool.Add(1);
                waits = true;
            }
        }
    }

    /// <summary>Brings a visitor to the door that is meant for him. The header goes on as it came: that door reads it, and cuts who has none.</summary>
    private async Task LetInAsync(VisitorLine line, ReadOnlyMemory<byte> header, int localPort, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, localPort), cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(header, cancellationToken);
        await line.WriteAsync(VisitorFrame.Taken, ReadOnlyMemory<byte>.Empty, cancellationToken);
        var pipe = new Pipes(PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: VisitorLine.LongestFrame, leaveOpen: true)), PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        await VisitorRelay.RunAsync(line, pipe, (_, _) => ValueTask.CompletedTask, _ => socket.Shutdown(SocketShutdown.Send), time, cancellationToken);
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>How many lines wait for visitors.</summary>
    private sealed class Pool(Bell changed)
    {
        private int _waiting;

        public Bell Changed => changed;

        public int Waiting => Volatile.Read(ref _waiting);

        public void Add(int lines)
        {
            Interlocked.Add(ref _waiting, lines);
            changed.Ring();
        }
    }
}
