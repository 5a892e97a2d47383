using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.DialBack;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability.DialBack;

public sealed class DiallerTests
{
    private const string Nonce = "00112233445566778899aabbccddeeff";
    private static readonly string Answer = new('a', 64), NoKey = new('0', 64);
    private static readonly AddressScopes LoopbackIsPublic = new(IPNetwork.Parse("127.0.0.0/8"));

    private static Dialler NewDialler(TimeProvider? time = null, params string[] own) => new(LoopbackIsPublic, new OwnNetworks(() => own.Select(IPNetwork.Parse)), time ?? TimeProvider.System);

    private static Task<DialReport> DialAsync(Dialler dialler, IPEndPoint at, string key, bool seesOthers = true) =>
        dialler.DialAsync(at.Address, new DialRequest(HouseWithDoors.Name, at.Port, key, Nonce), _ => Task.FromResult(seesOthers), default);

    private static IPEndPoint Nobody(string address = "127.0.0.1")
    {
        using var probe = new TcpListener(IPAddress.Parse(address), 0);
        probe.Start();
        return (IPEndPoint)probe.LocalEndpoint;
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.7")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("192.0.0.8")]
    [InlineData("192.168.1.1")]
    [InlineData("192.0.2.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2001:0:c6c6:3a42::1")]
    [InlineData("2002:808:808::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fc00::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public async Task An_address_that_is_none_of_the_public_internet_is_not_dialled(string address)
    {
        var dialler = new Dialler(new AddressScopes(), new OwnNetworks(() => []), TimeProvider.System);
        Assert.Equal(DialReport.NotDialled(DialReport.Address), await DialAsync(dialler, new IPEndPoint(IPAddress.Parse(address), 443), NoKey));
        Assert.True(dialler.May(IPAddress.Parse("8.8.8.8")) && dialler.May(IPAddress.Parse("2600::1")));
    }

    [Theory]
    [InlineData("203.0.113.7")]           // an interface
    [InlineData("203.0.113.200")]         // its neighbour on the link
    [InlineData("192.0.2.1")]             // seen by somebody
    [InlineData("192.0.2.2")]             // a way in
    [InlineData("192.0.2.3")]             // what the name says
    [InlineData("2001:db8:1:1::10")]      // an interface
    [InlineData("2001:db8:1:1::99")]      // its neighbour
    [InlineData("2001:db8:1:ff::1")]      // another network of this home
    [InlineData("2001:db8:2:0:5::1")]     // what leads here over IPv6, and its home
    public void What_is_of_this_home_is_never_dialled(string address)
    {
        var store = new StatusStore();
        IPAddress A(string text) => IPAddress.Parse(text);
        store.Update(s => s with
        {
            Network = new NetworkFacts([new NetworkInterfaceFacts("eth0", 2, true, false, [new InterfaceAddress(A("203.0.113.7"), 24, AddressFlags.None), new InterfaceAddress(A("2001:db8:1:1::10"), 64, AddressFlags.None), new InterfaceAddress(A("fe80::1%2"), 64, AddressFlags.None)])], []),
            Seen = [new SeenAddress(IpFamily.V4, A("192.0.2.1"), "DuckDNS", default, 0)],
            Leases = [new IngressLease("portmap", IpFamily.V4, LeaseState.Granted) { Address = A("192.0.2.2"), Port = 443 }, new IngressLease("ipv6", IpFamily.V6, LeaseState.Candidate) { Address = A("2001:db8:2::1"), Port = 443 }, new IngressLease("pagekite", IpFamily.V4, LeaseState.Absent)],
            Names = [Facts.Says(A("192.0.2.3"), null)],
        });
        var dialler = new Dialler(new AddressScopes(IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("::/0")), new OwnNetworks(store), TimeProvider.System);
        Assert.False(dialler.May(A(address)));
        foreach (var other in new[] { "192.0.2.4", "203.0.112.7", "2001:db8:1:100::1", "2001:db8:3::1" }) Assert.True(dialler.May(A(other)), other);
    }

    [Theory]
    [InlineData("name", "localhost", 443, null, null)]
    [InlineData("name", "127.0.0.1", 443, null, null)]
    [InlineData("name", "::1", 443, null, null)]
    [InlineData("name", "a.example.org/..", 443, null, null)]
    [InlineData("name", "a.example.org:22", 443, null, null)]
    [InlineData("name", "user@a.example.org", 443, null, null)]
    [InlineData("name", "a.example.org\r\nX: y", 443, null, null)]
    [InlineData("name", "-a.example.org", 443, null, null)]
    [InlineData("name", "A.example.org", 443, null, null)]
    [InlineData("name", "a..org", 443, null, null)]
    [InlineData("name", null, 443, null, null)]
    [InlineData("port", "a.example.org", null, null, null)]
    [InlineData("port", "a.example.org", 22, null, null)]
    [InlineData("port", "a.example.org", 80, null, null)]
    [InlineData("port", "a.example.org", -443, null, null)]
    [InlineData("key", "a.example.org", 8443, "ab12", null)]
    [InlineData("nonce", "a.example.org", 443, null, "../../api/session")]
    [InlineData("nonce", "a.example.org", 443, null, "00112233445566778899AABBCCDDEEFF")]
    public void What_could_mean_something_else_is_refused(string field, string? name, int? port, string? key, string? nonce) =>
        Assert.Equal(field, DialRequest.Refuse(name, port, key ?? NoKey, nonce ?? Nonce, DialPorts.Agreed)?.Field);

    [Fact]
    public void A_whole_question_is_taken_at_both_agreed_ports() =>
        Assert.All(DialPorts.Agreed.All, port => Assert.Null(DialRequest.Refuse("xn--pycn-1na.duckdns.org", port, NoKey, Nonce, DialPorts.Agreed)));

    [Fact]
    public async Task Only_who_has_the_key_and_answers_like_an_answer_is_reached()
    {
        using var right = CannedServer.Ok(Answer);
        Assert.Equal(new DialReport(ProbeOutcome.Reached, "", Answer), await DialAsync(NewDialler(), right.Address, right.Key));
        Assert.Equal(new DialReport(ProbeOutcome.Failed, DialReport.Key), await DialAsync(NewDialler(), right.Address, NoKey));
        foreach (var (says, step) in new[]
        {
            ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", DialReport.Nonce),
            ("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + Answer.ToUpperInvariant(), DialReport.Nonce),
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 64\r\n\r\n" + Answer, DialReport.Http),
            ("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", DialReport.Http),
            ("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + new string('x', 10_000), DialReport.Http),
            ("HTTP/1.1 200 OK\r\nX: " + new string('x', 100_000), DialReport.Http),
            ("SSH-2.0-OpenSSH_9.2\r\n", DialReport.Http),
            ("", DialReport.Http),
        })
        {
            using var server = new CannedServer(says);
            Assert.Equal(new DialReport(ProbeOutcome.Failed, step), await DialAsync(NewDialler(), server.Address, server.Key));
        }
    }

    [Fact]
    public async Task A_closed_door_a_silent_one_and_one_without_TLS_are_told_apart_and_nothing_else()
    {
        Assert.Equal(new DialReport(ProbeOutcome.Failed, DialReport.Refused), await DialAsync(NewDialler(), Nobody(), NoKey));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        foreach (var (seesOthers, outcome) in new[] { (true, ProbeOutcome.Failed), (false, ProbeOutcome.Unknown) })
            Assert.Equal(new DialReport(outcome, DialReport.Tcp), await DialAsync(NewDialler(), (IPEndPoint)silent.LocalEndpoint, NoKey, seesOthers));
        await using var gateway = await GatewayUnderTest.StartAsync();
        Assert.Equal(new DialReport(ProbeOutcome.Failed, DialReport.Tls), await DialAsync(NewDialler(), new IPEndPoint(IPAddress.Loopback, gateway.Address.Port), NoKey));
    }

    [Fact]
    public async Task A_network_is_looked_at_so_often_whichever_of_its_addresses_is_named()
    {
        var time = new FakeTimeProvider();
        var dialler = NewDialler(time);
        for (var i = 1; i <= Dialler.OfOneNetwork; i++) Assert.Equal(DialReport.Refused, (await DialAsync(dialler, Nobody($"127.0.0.{i}"), NoKey)).Step);
        Assert.Equal(DialReport.NotDialled(DialReport.Busy), await DialAsync(dialler, Nobody("127.0.0.200"), NoKey));
        Assert.Equal(DialReport.Refused, (await DialAsync(dialler, Nobody("127.0.1.1"), NoKey)).Step);
        time.Advance(Dialler.Apart);
        Assert.Equal(DialReport.Refused, (await DialAsync(dialler, Nobody("127.0.0.200"), NoKey)).Step);
        Assert.Equal(DialReport.Busy, (await DialAsync(dialler, Nobody("127.0.0.201"), NoKey)).Step);
    }

    [Fact]
    public async Task Only_so_many_looks_are_under_way_at_once()
    {
        var time = new FakeTimeProvider();
        var dialler = NewDialler(time);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var waiting = Enumerable.Range(0, Dialler.AtOnce).Select(_ => DialAsync(dialler, (IPEndPoint)silent.LocalEndpoint, NoKey)).ToArray();
        Assert.Equal(DialReport.NotDialled(DialReport.Busy), await DialAsync(dialler, Nobody("127.0.1.1"), NoKey));
        time.Advance(Dialler.Patience);
        Assert.All(await Task.WhenAll(waiting), r => Assert.Equal(DialReport.Tcp, r.Step));
        Assert.Equal(DialReport.Refused, (await DialAsync(dialler, Nobody("127.0.1.1"), NoKey)).Step);
    }

    [Fact]
    public void What_others_report_is_read_in_our_own_words()
    {
        Assert.Equal(Answer, DialReport.Read("reached", "", Answer)!.AnswerOrThrow());
        Assert.Null(DialReport.Read("reached", "", "<script>"));
        Assert.Null(DialReport.Read("REACHED", "", Answer));
        Assert.Null(DialReport.Read(null, null, null));
        var strange = Assert.Throws<LookException>(() => DialReport.Read("failed", "\e[31m<b>rubbish", "x")!.AnswerOrThrow());
        Assert.Equal(("nonce", LookEnd.Failed), (strange.Step, strange.End));
        Assert.DoesNotContain("rubbish", strange.Message, StringComparison.Ordinal);
        Assert.Equal(("tcp", LookEnd.Failed), Assert.Throws<LookException>(() => DialReport.Read("failed", "refused", null)!.AnswerOrThrow()) is var e ? (e.Step, e.End) : default);
        Assert.Equal(LookEnd.Blind, Assert.Throws<LookException>(() => DialReport.Read("unknown", "busy", null)!.AnswerOrThrow()).End);
    }
}
