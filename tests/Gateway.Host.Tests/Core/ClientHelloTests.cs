using System.Buffers;
using System.Net.Security;
using CsCheck;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

/// <summary>Whom a TLS client asks for, read off its first bytes; with hellos of .NET's own TLS, whole, in pieces and spoilt.</summary>
public sealed class ClientHelloTests
{
    [Theory]
    [InlineData("pycon.duckdns.org", "pycon.duckdns.org")]
    [InlineData("PyCon.DuckDNS.org", "pycon.duckdns.org")]
    [InlineData("a_b.example.org", "a_b.example.org")]
    public async Task A_real_hello_tells_the_name(string asked, string read) => Assert.Equal(new HelloReading(HelloState.Named, read, 0), Read(await HelloAsync(asked)));

    [Theory]
    [InlineData("")]
    [InlineData("192.0.2.7")] // no literal addresses (RFC 6066 section 3)
    public async Task A_hello_without_a_name_has_none(string asked) => Assert.Equal(HelloState.Nameless, Read(await HelloAsync(asked)).State);

    [Fact]
    public async Task It_may_come_in_any_pieces_and_what_is_still_needed_is_never_too_much()
    {
        var hello = await HelloAsync("pycon.duckdns.org");
        for (var here = 0; here < hello.Length; here++)
        {
            var reading = Read(hello[..here]);
            Assert.Equal(HelloState.Unfinished, reading.State);
            Assert.InRange(reading.Needed, here + 1, hello.Length);
        }
        Assert.Equal("pycon.duckdns.org", ClientHello.Read(InSegments(hello, 7)).Name);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task It_may_come_in_any_records(int size)
    {
        var records = InRecords(await HelloAsync("pycon.duckdns.org"), size);
        Assert.Equal("pycon.duckdns.org", Read(records).Name);
        for (var here = 0; here < records.Length; here++) Assert.Equal(HelloState.Unfinished, Read(records[..here]).State);
    }

    [Fact]
    public async Task Whoever_sends_one_byte_after_the_other_is_looked_at_some_dozen_times_only()
    {
        var records = InRecords(await HelloAsync("pycon.duckdns.org"), 1);
        var looks = 0;
        for (var (here, needed) = (1, 0); here < records.Length; here++)
        {
            if (here < needed) continue;
            looks++;
            needed = Read(records[..here]).Needed;
        }
        Assert.InRange(looks, 1, 60);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\u0016HELLO")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0028")] // an alert
    [InlineData("\u0016\u0003\u0001\0\0")] // a record without a byte
    [InlineData("\u0016\u0003\u0001\0\u0004\u0002\0\0\0")] // a ServerHello
    [InlineData("\u0016\u0003\u0001\0\u0004\u0001\u0001\0\0")] // 64 KB long, it says
    public void What_is_no_hello_has_no_name(string bytes) => Assert.Equal(HelloState.Nameless, Read([.. bytes.Select(c => (byte)c)]).State);

    [Fact]
    public void A_hello_that_never_ends_is_none_at_16_KB()
    {
        byte[] begin = [22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xf0]; // as long as a record may be
        Assert.Equal(HelloState.Nameless, Read([.. begin, .. new byte[ClientHello.Longest]]).State);
        Assert.Equal(HelloState.Nameless, Read(begin).State); // it could not be whole within them
    }

    [Fact]
    public async Task Spoilt_hellos_end_nothing_and_never_name_what_could_mean_something_else()
    {
        var hello = await HelloAsync("pycon.duckdns.org");
        Gen.Select(Gen.Int[0, hello.Length - 1], Gen.Byte, Gen.Int[0, hello.Length]).Array[1, 8].Sample(changes =>
        {
            var spoilt = (byte[])hello.Clone();
            var length = spoilt.Length;
            foreach (var (at, value, cut) in changes)
            {
                spoilt[at] = value;
                if (value < 32) length = cut;
            }
            var reading = Read(spoilt[..length]);
            Assert.True(reading.State != HelloState.Named || reading.Name is { Length: > 0 and <= 253 } && reading.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_'));
            Assert.True(reading.State != HelloState.Unfinished || reading.Needed > length && reading.Needed <= ClientHello.Longest);
        }, iter: 20_000);
        Gen.Byte.Array[0, 300].Sample(bytes => _ = Read([22, 3, 1, 0, 200, 1, 0, 0, 196, .. bytes]).State, iter: 20_000);
    }

    private static HelloReading Read(byte[] bytes) => ClientHello.Read(new ReadOnlySequence<byte>(bytes));

    /// <summary>What .NET's TLS says first.</summary>
    public static async Task<byte[]> HelloAsync(string name)
    {
        using var wire = new Wire();
        await using var tls = new SslStream(wire);
        await Assert.ThrowsAnyAsync<IOException>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }));
        return wire.ToArray();
    }

    /// <summary>The same handshake in records of so many bytes.</summary>
    public static byte[] InRecords(byte[] hello, int size) => [.. hello[5..].Chunk(size).SelectMany(part => (byte[])[22, 3, 1, (byte)(part.Length >> 8), (byte)part.Length, .. part])];

    private static ReadOnlySequence<byte> InSegments(byte[] bytes, int size)
    {
        var first = new Segment(bytes.AsMemory(0, size), 0);
        var last = first;
        for (var at = size; at < bytes.Length; at += size) last = last.Then(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    /// <summary>Takes what is written; there is nothing to be read.</summary>
    private sealed class Wire : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("Nobody answers.");
    }
}
