using System.Buffers;
using System.Buffers.Binary;

namespace Gateway.Host.Core;

/// <summary>What comes over a <see cref="VisitorLine"/>.</summary>
public enum VisitorFrame : byte
{
    /// <summary>Nothing happens, and both still live.</summary>
    Alive = 0,
    /// <summary>From the lender: somebody comes. Carries a header of <see cref="ProxyProtocol"/>.</summary>
    Visitor = 1,
    /// <summary>From the borrower: he is let in.</summary>
    Taken = 2,
    /// <summary>What is said, either way.</summary>
    Data = 3,
    /// <summary>Whoever sends this says no more to this visitor. When both have, the line is free for the next.</summary>
    End = 4,
}

/// <summary>
/// One connection between a gateway that lends its way in and one that borrows it, over which one visitor after another is brought: frames of a kind (1 byte), a length (2 bytes, the
/// highest first) and so many bytes. Each side shows that it lives when it has nothing else to say, because a router between forgets a silent connection. One reader; any number of writers.
/// </summary>
public sealed class VisitorLine(Stream stream, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Bytes in a frame, at most.</summary>
    public const int LongestFrame = 16 * 1024;

    /// <summary>Who has been silent for so long says that he lives: the shortest memory of a router that is met is about 30 s.</summary>
    public static readonly TimeSpan AliveEvery = TimeSpan.FromSeconds(20);

    /// <summary>From whom nothing has come for so long, he is gone.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(50);

    private const int Header = 3;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _out = new byte[Header + LongestFrame], _in = new byte[LongestFrame];
    private long _lastSent = time.GetTimestamp();

    /// <summary>The next frame but <see cref="VisitorFrame.Alive"/>; its bytes are good until the next call. Throws <see cref="IOException"/> when the other side is gone or silent, <see cref="InvalidDataException"/> when it sends what is no frame.</summary>
    public async Task<(VisitorFrame Kind, ReadOnlyMemory<byte> Bytes)> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var patience = new CancellationTokenSource(DeadAfter, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                await stream.ReadExactlyAsync(_in.AsMemory(0, Header), either.Token);
                var (kind, length) = ((VisitorFrame)_in[0], BinaryPrimitives.ReadUInt16BigEndian(_in.AsSpan(1)));
                if (kind > VisitorFrame.End || length > LongestFrame) throw new InvalidDataException("What comes over the line is no frame.");
                await stream.ReadExactlyAsync(_in.AsMemory(0, length), either.Token);
                if (kind != VisitorFrame.Alive) return (kind, _in.AsMemory(0, length));
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested) { throw new IOException("The other side of the line is silent.", e); }
        }
    }

    /// <summary>Sends a frame, and waits while the other side takes none.</summary>
    public async Task WriteAsync(VisitorFrame kind, ReadOnlySequence<byte> bytes, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            _out[0] = (byte)kind;
            BinaryPrimitives.WriteUInt16BigEndian(_out.AsSpan(1), checked((ushort)bytes.Length));
            bytes.CopyTo(_out.AsSpan(Header));
            await stream.WriteAsync(_out.AsMemory(0, Header + (int)bytes.Length), cancellationToken);
            _lastSent = time.GetTimestamp();
        }
        finally { _writing.Release(); }
    }

    /// <inheritdoc cref="WriteAsync(VisitorFrame, ReadOnlySequence{byte}, CancellationToken)" />
    public Task WriteAsync(VisitorFrame kind, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => WriteAsync(kind, new ReadOnlySequence<byte>(bytes), cancellationToken);

    /// <summary>Says that this side lives, until it is cancelled; throws when that cannot be said.</summary>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = AliveEvery - time.GetElapsedTime(Volatile.Read(ref _lastSent));
            if (left > TimeSpan.Zero) await Task.Delay(left, time, cancellationToken);
            // Who is in the middle of sending shows it by that.
            else if (_writing.CurrentCount == 0) await Task.Delay(AliveEvery, time, cancellationToken);
            else await WriteAsync(VisitorFrame.Alive, ReadOnlyMemory<byte>.Empty, cancellationToken);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        _writing.Dispose();
    }
}
