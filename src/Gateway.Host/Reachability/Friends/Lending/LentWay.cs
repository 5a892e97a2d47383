using System.Threading.Channels;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Host.Reachability.Friends.Lending;

/// <summary>
/// This gateway's way in as one friend has it: the friend's gateway keeps some lines open to here, and each visitor that asks for the friend's name is brought over one of them.
/// What he says is encrypted for the friend, and goes on as it came.
/// </summary>
internal sealed class LentWay(Friend friend, DateTimeOffset since, LentVolume volume, Func<LendLimits> limits, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>So many wait for a line at once, for so long; a friend's gateway opens another within a second.</summary>
    public const int MostWaiting = 32;

    public static readonly TimeSpan WaitsFor = TimeSpan.FromSeconds(5);

    /// <summary>A line that is in order says so within a round trip.</summary>
    private static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(3);

    private readonly Channel<Visit> _waiting = Channel.CreateBounded<Visit>(MostWaiting);
    private CancellationTokenSource _cut = new();
    private volatile bool _isOver;
    private int _lines, _visitors, _isToldUsedUp;
    private long _bytes;

    public Friend Friend => friend;

    public DateTimeOffset Since => since;

    public LentVolume Volume => volume;

    /// <summary>Connections of the friend's gateway.</summary>
    public int Lines => Volatile.Read(ref _lines);

    /// <summary>So many at most.</summary>
    public int MostLines => limits().Lines;

    /// <summary>Who is in just now.</summary>
    public int Visitors => Volatile.Read(ref _visitors);

    /// <summary>Bytes since the start, both directions.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public bool IsUsedUp => volume.Bytes >= limits().BytesPerMonth;

    /// <summary>Whether this name is the friend's, or lies below it.</summary>
    public bool Has(string name) => name == friend.Name || name.EndsWith("." + friend.Name, StringComparison.Ordinal);

    /// <summary>Fires when all that is under way is to end.</summary>
    private CancellationToken Uncut
    {
        get
        {
            try { return Volatile.Read(ref _cut).Token; }
            catch (ObjectDisposedException) { return new CancellationToken(canceled: true); }
        }
    }

    /// <summary>Ends it for good, with all that is under way.</summary>
    public void Dispose()
    {
        _isOver = true;
        Cut();
        _cut.Dispose();
    }

    /// <summary>Brings a visitor to the friend; returns when he has gone.</summary>
    public async Task BringAsync(ConnectionContext connection)
    {
        var visit = new Visit(connection);
        var cut = Uncut;
        if (_isOver || IsUsedUp || !_waiting.Writer.TryWrite(visit))
        {
            connection.Abort(new ConnectionAbortedException("Nobody can be brought to this friend now."));
            return;
        }
        while (!visit.Over.IsCompleted)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cut, connection.ConnectionClosed);
            await Task.WhenAny(visit.Over, Task.Delay(WaitsFor, time, patience.Token));
            await patience.CancelAsync();
            if (visit.Over.IsCompleted) return;
            if (visit.TryLeave())
            {
                connection.Abort(new ConnectionAbortedException("No line to this friend is free."));
                return;
            }
            await visit.Over.WaitAsync(WaitsFor, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a line has him
        }
    }

    /// <summary>Uses a line that the friend has opened until one of both ends it; false when there are too many.</summary>
    public async Task<bool> ServeAsync(VisitorLine line, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _lines) > limits().Lines || _isOver || IsUsedUp) return false;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Uncut, cancellationToken);
            try { await Task.WhenAny(line.KeepAliveAsync(end.Token), BringAllAsync(line, end.Token)).Unwrap(); }
            finally { await end.CancelAsync(); }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException or TimeoutException or ObjectDisposedException)
        {
            if (!cancellationToken.IsCancellationRequested && !_isOver) logger.LogDebug(e, "A line of {Friend} ended", friend.Name);
        }
        finally { Interlocked.Decrement(ref _lines); }
        return true;
    }

    /// <summary>One visitor after the other. While nobody comes it listens to the line: that is how its end is found.</summary>
    private async Task BringAllAsync(VisitorLine line, CancellationToken cancellationToken)
    {
        while (true)
        {
            var reading = line.ReadAsync(cancellationToken);
            Visit? visit = null;
            while (visit is null)
            {
                var coming = _waiting.Reader.WaitToReadAsync(cancellationToken).AsTask();
                if (await Task.WhenAny(reading, coming) == reading)
                {
                    await reading;
                    throw new InvalidDataException("The friend's gateway speaks although nobody was brought.");
                }
                await coming;
                if (_waiting.Reader.TryRead(out var next) && next.TryBegin() && await IsThereAsync(next, cancellationToken)) visit = next;
            }
            await BringAsync(visit, line, reading, cancellationToken);
        }
    }

    /// <summary>Whether a visitor has not left again: that is no fault of the line.</summary>
    private static async Task<bool> IsThereAsync(Visit visit, CancellationToken cancellationToken)
    {
        try
        {
            visit.First ??= await visit.Connection.Transport.Input.ReadAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            visit.Connection.Abort(new ConnectionAbortedException("The visitor has left."));
            visit.End();
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    private async Task BringAsync(Visit visit, VisitorLine line, Task<(VisitorFrame Kind, ReadOnlyMemory<byte>)> reading, CancellationToken cancellationToken)
    {
        var isTaken = false;
        try
        {
            await OfferAsync(visit, line, reading, cancellationToken);
            isTaken = true;
            Interlocked.Increment(ref _visitors);
            try { await VisitorRelay.RunAsync(line, visit.Connection.Transport, AdmitAsync, visit.Connection.Transport.Output.Complete, time, cancellationToken); }
            finally { Interlocked.Decrement(ref _visitors); }
            visit.End();
        }
        catch
        {
            if (!isTaken && !_isOver)
            {
                visit.WaitAgain();
                if (_waiting.Writer.TryWrite(visit)) throw;
            }
            visit.Connection.Abort(new ConnectionAbortedException("The line to this friend broke off."));
            visit.End();
            throw;
        }
    }

    /// <summary>Says who comes, with the first that he says; returns once the friend's gateway has taken him. Until then nothing of that is gone.</summary>
    private async Task OfferAsync(Visit visit, VisitorLine line, Task<(VisitorFrame Kind, ReadOnlyMemory<byte>)> reading, CancellationToken cancellationToken)
    {
        var all = visit.First!.Value.Buffer;
        var first = all.Slice(0, Math.Min(all.Length, VisitorLine.LongestFrame));
        await line.WriteAsync(VisitorFrame.Visitor, ProxyProtocol.Write(visit.Connection.RemoteEndPoint, visit.Connection.LocalEndPoint), cancellationToken);
        await AdmitAsync((int)first.Length, cancellationToken);
        await line.WriteAsync(VisitorFrame.Data, first, cancellationToken);
        var (kind, _) = await reading.WaitAsync(TakenWithin, time, cancellationToken);
        if (kind != VisitorFrame.Taken) throw new InvalidDataException("The friend's gateway does not say that it has taken the visitor.");
        visit.Connection.Transport.Input.AdvanceTo(first.End);
    }

    private async ValueTask AdmitAsync(int bytes, CancellationToken cancellationToken)
    {
        var now = limits();
        var wait = volume.Take(bytes, now.BytesPerSecond);
        Interlocked.Add(ref _bytes, bytes);
        if (volume.Bytes >= now.BytesPerMonth)
        {
            if (Interlocked.Exchange(ref _isToldUsedUp, 1) == 0) logger.LogWarning("{Friend} has taken all that is lent to it this month ({Setting})", friend.Name, LendLimits.Volume);
            Cut();
        }
        else _isToldUsedUp = 0;
        cancellationToken.ThrowIfCancellationRequested();
        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellationToken);
    }

    private void Cut() => Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();
}
