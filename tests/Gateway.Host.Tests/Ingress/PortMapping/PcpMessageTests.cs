using System.Net;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

public sealed class PcpMessageTests
{
    private static readonly byte[] Nonce = Convert.FromHexString("0102030405060708090a0b0c");
    private static readonly IPEndPoint Local = IPEndPoint.Parse("192.168.77.10:443");

    [Fact]
    public void A_map_request_is_as_the_RFC_draws_it() => Assert.Equal(
        "02010000" + "000004b0" + "00000000000000000000ffffc0a84d0a"
        + "0102030405060708090a0b0c" + "06000000" + "01bb01bc" + "00000000000000000000ffff00000000",
        Convert.ToHexStringLower(Pcp.MapRequest(Nonce, Local, IPEndPoint.Parse("0.0.0.0:444"), TimeSpan.FromMinutes(20))));

    [Fact]
    public void Over_IPv6_the_clients_address_is_its_own_and_the_suggested_one_is_none() => Assert.Equal(
        "02010000" + "00000000" + "20010db8000100010000000000000010"
        + "0102030405060708090a0b0c" + "06000000" + "01bb01bb" + "00000000000000000000000000000000",
        Convert.ToHexStringLower(Pcp.MapRequest(Nonce, IPEndPoint.Parse("[2001:db8:1:1::10]:443"), IPEndPoint.Parse("[::]:443"), TimeSpan.Zero)));

    [Fact]
    public void An_announce_request_is_the_header_alone() =>
        Assert.Equal("02000000" + "00000000" + "00000000000000000000ffffc0a84d0a", Convert.ToHexStringLower(Pcp.AnnounceRequest(Local.Address)));

    [Fact]
    public void A_granted_mapping_is_read()
    {
        var answer = Pcp.ReadMap(Answer(), Nonce, 443)!;
        Assert.Equal((PcpResult.Success, TimeSpan.FromSeconds(600), 77u, IPEndPoint.Parse("203.0.113.7:4443")), (answer.Result, answer.Lifetime, answer.Epoch, answer.External));
    }

    [Theory]
    [InlineData(1, 0x01)] // a request
    [InlineData(1, 0x80)] // another opcode's answer
    [InlineData(24, 0xFF)] // another nonce
    [InlineData(36, 17)] // UDP
    [InlineData(41, 0)] // another port of ours
    public void An_answer_to_something_else_is_none(int at, int octet)
    {
        var message = Answer();
        message[at] = (byte)octet;
        Assert.Null(Pcp.ReadMap(message, Nonce, 443));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(59)]
    public void A_yes_that_is_cut_off_is_none(int length) => Assert.Null(Pcp.ReadMap(Answer().AsSpan(0, length), Nonce, 443));

    [Theory]
    [InlineData("00810001" + "00000010")] // a NAT-PMP router
    [InlineData("00800001" + "00000010")]
    [InlineData("01810001" + "00000000" + "00000010")] // the draft that came before the RFC
    [InlineData("02810001" + "00000000" + "00000010" + "000000000000000000000000")] // by the book
    public void A_router_of_another_version_is_understood(string message) =>
        Assert.Equal(PcpResult.UnsupportedVersion, Pcp.ReadMap(Convert.FromHexString(message), Nonce, 443)!.Result);

    [Theory]
    [InlineData("0080000000000007cb007107", NatPmpResult.Success, "203.0.113.7")]
    [InlineData("0080000300000007", NatPmpResult.NetworkFailure, null)]
    [InlineData("0080000300000007cb007107", NatPmpResult.NetworkFailure, null)]
    [InlineData("02800001000000000000000700000000000000000000000000", NatPmpResult.UnsupportedVersion, null)]
    public void NatPmp_tells_the_outside_address_or_why_not(string message, object result, string? address)
    {
        var answer = NatPmp.ReadAddress(Convert.FromHexString(message))!;
        Assert.Equal((result, address), (answer.Result, answer.Address?.ToString()));
    }

    [Theory]
    [InlineData("0080000000000007")] // no address in it
    [InlineData("0082000000000007cb007107")] // the answer to another question
    [InlineData("00000000")]
    [InlineData("")]
    public void What_is_no_NatPmp_address_is_none(string message) => Assert.Null(NatPmp.ReadAddress(Convert.FromHexString(message)));

    [Theory]
    [InlineData("008200000000000701bb01bc00000e10", true)]
    [InlineData("00820000000000070000000e00000e10", false)] // ports cut down to a byte (miniupnpd issue 196)
    [InlineData("008200000000000701bb01bc", false)]
    public void A_NatPmp_mapping_counts_only_for_our_port(string message, bool counts) =>
        Assert.Equal(counts, NatPmp.ReadMap(Convert.FromHexString(message), 443) is { ExternalPort: 444, Lifetime.TotalSeconds: 3600 });

    [Fact]
    public void NatPmp_requests_are_as_the_RFC_draws_them()
    {
        Assert.Equal("0000", Convert.ToHexStringLower(NatPmp.AddressRequest()));
        Assert.Equal("0002000001bb01bc000004b0", Convert.ToHexStringLower(NatPmp.MapRequest(443, 444, TimeSpan.FromMinutes(20))));
    }

    private static byte[] Answer() => Convert.FromHexString(
        "02810000" + "00000258" + "0000004d" + "000000000000000000000000"
        + "0102030405060708090a0b0c" + "06000000" + "01bb115b" + "00000000000000000000ffffcb007107");
}
