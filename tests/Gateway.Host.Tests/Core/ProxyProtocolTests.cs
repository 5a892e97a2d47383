using System.Buffers;
using System.Net;
using CsCheck;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class ProxyProtocolTests
{
    private static readonly byte[] Signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

    private static (int Length, IPEndPoint? Source)? Read(params byte[] bytes) => ProxyProtocol.Read(new ReadOnlySequence<byte>(bytes));

    [Theory]
    [InlineData("203.0.113.9:40000", "192.0.2.1:443", "203.0.113.9:40000")]
    [InlineData("[2001:db8::9]:40000", "[2001:db8::1]:443", "[2001:db8::9]:40000")]
    [InlineData("[::ffff:203.0.113.9]:40000", "[::ffff:192.0.2.1]:443", "203.0.113.9:40000")] // a socket for both families
    [InlineData("203.0.113.9:40000", "[2001:db8::1]:443", null)]
    public void What_is_written_is_read(string source, string destination, string? read)
    {
        var header = ProxyProtocol.Write(IPEndPoint.Parse(source), IPEndPoint.Parse(destination));
        Assert.Equal((header.Length, read is null ? null : IPEndPoint.Parse(read)), Read([.. header, 22, 3, 1]));
        for (var here = 0; here < header.Length; here++) Assert.Null(Read(header[..here]));
    }

    [Fact]
    public void Nobody_known_is_said_so() => Assert.Equal((16, null), Read(ProxyProtocol.Write(null, new IPEndPoint(IPAddress.Loopback, 1))));

    [Fact]
    public void It_stands_as_the_specification_has_it() =>
        Assert.Equal([.. Signature, 0x21, 0x11, 0, 12, 203, 0, 113, 9, 192, 0, 2, 1, 0x9c, 0x40, 0x01, 0xbb], ProxyProtocol.Write(IPEndPoint.Parse("203.0.113.9:40000"), IPEndPoint.Parse("192.0.2.1:443")));

    [Fact]
    public void What_is_added_is_passed_over_and_a_health_check_speaks_for_itself()
    {
        Assert.Equal((31, IPEndPoint.Parse("203.0.113.9:40000")), Read([.. Signature, 0x21, 0x11, 0, 15, 203, 0, 113, 9, 192, 0, 2, 1, 0x9c, 0x40, 0x01, 0xbb, 1, 2, 3, 22]));
        Assert.Equal((28, null), Read([.. Signature, 0x20, 0x11, 0, 12, 203, 0, 113, 9, 192, 0, 2, 1, 0x9c, 0x40, 0x01, 0xbb]));
        Assert.Equal((16 + 216, null), Read([.. Signature, 0x21, 0x31, 0, 216, .. new byte[216]])); // a Unix socket
    }

    [Theory]
    [InlineData(new byte[] { 22, 3, 1 })] // TLS without it
    [InlineData(new byte[] { 0x50, 0x52, 0x4f, 0x58, 0x59 })] // version 1
    public void What_is_none_is_refused_at_its_first_byte(byte[] bytes) => Assert.Throws<InvalidDataException>(() => Read(bytes));

    [Theory]
    [InlineData(0x11, 0x11, 0, 12)] // version 1 in this form
    [InlineData(0x22, 0x11, 0, 12)] // a command that there is not
    [InlineData(0x21, 0x11, 0, 11)] // shorter than its addresses
    [InlineData(0x21, 0x21, 0, 35)]
    [InlineData(0x21, 0x11, 0xff, 0xff)] // longer than any
    public void What_lies_about_itself_is_refused(byte command, byte family, byte high, byte low) =>
        Assert.Throws<InvalidDataException>(() => Read([.. Signature, command, family, high, low, .. new byte[600]]));

    [Fact]
    public void Rubbish_ends_nothing() => Gen.Byte.Array[0, 600].Sample(bytes =>
    {
        try { Assert.True(Read([.. Signature, .. bytes]) is not var (length, _) || length <= ProxyProtocol.Longest); }
        catch (InvalidDataException) { }
    }, iter: 20_000);
}
