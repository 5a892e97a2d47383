using System.Buffers;
using System.IO.Pipelines;
using Gateway.Host.Core;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Core;

/// <summary>The line between lender and borrower, over two pipes.</summary>
public sealed class VisitorLineTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Pipe _there = new(), _back = new();

    private readonly Both _sent;

    public VisitorLineTests() => _sent = new Both(_back.Reader.AsStream(), _there.Writer.AsStream());

    private VisitorLine Here => field ??= new VisitorLine(_sent, _time);

    private VisitorLine There => field ??= new VisitorLine(new Both(_there.Reader.AsStream(), _back.Writer.AsStream()), _time);

    private static AdmitBytes All => (_, _) => ValueTask.CompletedTask;

    [Fact]
    public async Task Whoever_has_nothing_to_say_says_that_he_lives_and_the_other_hears_it()
    {
        using var end = new CancellationTokenSource();
        var (mine, reading) = (Here.KeepAliveAsync(end.Token), There.ReadAsync(end.Token));
        for (var i = 1; i <= 10; i++)
        {
            _time.Advance(VisitorLine.AliveEvery);
            while (_sent.Written < i) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System).WaitAsync(TimeSpan.FromSeconds(10));
        }
        Assert.False(reading.IsFaulted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => mine);
    }

    [Fact]
    public async Task Who_is_silent_for_too_long_is_gone()
    {
        var reading = There.ReadAsync(default);
        _time.Advance(VisitorLine.DeadAfter);
        await Assert.ThrowsAsync<IOException>(() => reading);
    }

    [Theory]
    [InlineData(5, 0, 0)]
    [InlineData(3, 0x40, 1)]
    public async Task What_is_no_frame_ends_the_line(byte kind, byte high, byte low)
    {
        await _there.Writer.WriteAsync(new byte[] { kind, high, low, 0 });
        await Assert.ThrowsAsync<InvalidDataException>(() => There.ReadAsync(default));
    }

    [Fact]
    public async Task Both_sides_of_a_visit_end_by_themselves_and_the_line_is_free_for_the_next()
    {
        for (var i = 0; i < 3; i++)
        {
            Pipe visitorsIn = new(), visitorsOut = new(), doorsIn = new(), doorsOut = new();
            var lender = VisitorRelay.RunAsync(Here, new Duplex(visitorsIn.Reader, visitorsOut.Writer), All, visitorsOut.Writer.Complete, _time, default);
            var borrower = VisitorRelay.RunAsync(There, new Duplex(doorsIn.Reader, doorsOut.Writer), All, doorsOut.Writer.Complete, _time, default);
            var big = new byte[100_000];
            Random.Shared.NextBytes(big);
            await visitorsIn.Writer.WriteAsync(new byte[] { 1, 2, 3 });
            await visitorsIn.Writer.CompleteAsync(); // says no more, and still listens
            Assert.Equal([1, 2, 3], await AllOfAsync(doorsOut.Reader));
            var writing = doorsIn.Writer.WriteAsync(big).AsTask().ContinueWith(_ => doorsIn.Writer.Complete(), TaskScheduler.Default);
            Assert.Equal(big, await AllOfAsync(visitorsOut.Reader));
            await Task.WhenAll(writing, lender, borrower);
        }
    }

    [Fact]
    public async Task Who_takes_nothing_stops_who_sends()
    {
        Pipe visitorsIn = new(), visitorsOut = new(), doorsIn = new(), doorsOut = new();
        using var end = new CancellationTokenSource();
        var relays = Task.WhenAll(VisitorRelay.RunAsync(Here, new Duplex(visitorsIn.Reader, visitorsOut.Writer), All, visitorsOut.Writer.Complete, _time, end.Token),
            VisitorRelay.RunAsync(There, new Duplex(doorsIn.Reader, doorsOut.Writer), All, doorsOut.Writer.Complete, _time, end.Token));
        var sent = 0;
        while (sent < 100_000_000)
        {
            var writing = doorsIn.Writer.WriteAsync(new byte[8192]).AsTask();
            if (await Task.WhenAny(writing, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)) != writing) break;
            sent += 8192;
        }
        Assert.InRange(sent, 1, 1_000_000);
        _time.Advance(VisitorRelay.SlowestFrame); // and is cut after a while
        await Assert.ThrowsAnyAsync<Exception>(() => relays.WaitAsync(TimeSpan.FromSeconds(5)));
        await end.CancelAsync();
    }

    [Fact]
    public async Task A_visit_in_which_nobody_says_anything_ends()
    {
        Pipe visitorsIn = new(), visitorsOut = new();
        var relay = VisitorRelay.RunAsync(Here, new Duplex(visitorsIn.Reader, visitorsOut.Writer), All, visitorsOut.Writer.Complete, _time, default);
        for (var minute = 0; minute < 15; minute++)
        {
            await There.WriteAsync(VisitorFrame.Alive, ReadOnlyMemory<byte>.Empty, default);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
        await Assert.ThrowsAnyAsync<IOException>(() => relay);
    }

    private static async Task<byte[]> AllOfAsync(PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.IsCompleted) return read.Buffer.ToArray();
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>One stream to read, another to write.</summary>
    private sealed class Both(Stream input, Stream output) : Stream
    {
        public int Written { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => output.Flush();
        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);
        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await output.WriteAsync(buffer, cancellationToken);
            await output.FlushAsync(cancellationToken);
            Written++;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
