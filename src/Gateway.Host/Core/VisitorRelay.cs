using System.Buffers;
using System.IO.Pipelines;

namespace Gateway.Host.Core;

/// <summary>Waits until so many bytes of a visit may go on; what it throws ends the visit.</summary>
public delegate ValueTask AdmitBytes(int count, CancellationToken cancellationToken);

/// <summary>One visit over a <see cref="VisitorLine"/>: what the visitor says and what he is told, both ways at once. No more is held than one frame each way: who takes nothing stops who sends.</summary>
public static class VisitorRelay
{
    /// <summary>A visitor who does not take one frame within this is cut: 16 KB in so long is slower than any line in use.</summary>
    public static readonly TimeSpan SlowestFrame = TimeSpan.FromSeconds(60);

    /// <summary>A visit in which nobody says anything for so long is over.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(15);

    /// <summary>Relays until both have ended; then the line is free. When it throws, the line is of no use any more.</summary>
    /// <param name="line">Lender and borrower.</param>
    /// <param name="visitor">The visitor's connection, or at the borrower the one to its own door.</param>
    /// <param name="admit">Counts what goes either way.</param>
    /// <param name="close">Tells the visitor's side that no more comes; what it still says is taken.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(VisitorLine line, IDuplexPipe visitor, AdmitBytes admit, Action<Exception?> close, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(visitor);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var last = time.GetTimestamp();
        ValueTask Admit(int count, CancellationToken cancel)
        {
            Volatile.Write(ref last, time.GetTimestamp());
            return admit(count, cancel);
        }
        var sending = SendAsync(line, visitor.Input, Admit, end.Token);
        var receiving = ReceiveAsync(line, visitor.Output, Admit, close, time, end.Token);
        var both = Task.WhenAll(sending, receiving);
        try
        {
            while (!both.IsCompleted)
            {
                var left = LongestSilence - time.GetElapsedTime(Volatile.Read(ref last));
                if (left <= TimeSpan.Zero) throw new IOException("Nobody has said anything for too long.");
                using var other = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
                var first = await Task.WhenAny(Unless(sending), Unless(receiving), both, Task.Delay(left, time, other.Token));
                await other.CancelAsync();
                if (first.IsFaulted || sending.IsFaulted || sending.IsCanceled || receiving.IsFaulted || receiving.IsCanceled) break;
            }
        }
        finally
        {
            if (!both.IsCompletedSuccessfully) await end.CancelAsync();
            await both.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await both;

        // Half of it that ended well is no reason to look.
        Task Unless(Task half) => half.IsCompletedSuccessfully ? both : half;
    }

    private static async Task SendAsync(VisitorLine line, PipeReader from, AdmitBytes admit, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read;
            try { read = await from.ReadAsync(cancellationToken); }
            catch (Exception e) when (e is IOException || e is OperationCanceledException && !cancellationToken.IsCancellationRequested) { break; } // it broke off, which ends it too
            var rest = read.Buffer;
            while (rest.Length > 0)
            {
                var part = rest.Slice(0, Math.Min(rest.Length, VisitorLine.LongestFrame));
                await admit((int)part.Length, cancellationToken);
                await line.WriteAsync(VisitorFrame.Data, part, cancellationToken);
                rest = rest.Slice(part.End);
            }
            from.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        await line.WriteAsync(VisitorFrame.End, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    private static async Task ReceiveAsync(VisitorLine line, PipeWriter to, AdmitBytes admit, Action<Exception?> close, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var isOpen = true; ;)
        {
            var (kind, bytes) = await line.ReadAsync(cancellationToken);
            if (kind == VisitorFrame.End) break;
            if (kind != VisitorFrame.Data) throw new InvalidDataException("The line says something in the middle of a visit that does not belong there.");
            await admit(bytes.Length, cancellationToken);
            if (!isOpen) continue; // whoever is gone takes no more, and the line is in order
            using var patience = new CancellationTokenSource(SlowestFrame, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try { isOpen = !(await to.WriteAsync(bytes, either.Token)).IsCompleted; }
            // Who takes nothing is cut alone: the line is others' too.
            catch (Exception e) when (e is IOException || e is OperationCanceledException && !cancellationToken.IsCancellationRequested) { isOpen = false; }
        }
        close(null);
    }
}
