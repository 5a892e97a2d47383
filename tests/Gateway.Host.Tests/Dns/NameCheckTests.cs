using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Wire;
using static Gateway.Host.Tests.Dns.DnsStandIn;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>Finding the source of a name, asking it, and telling why it does not answer.</summary>
public sealed class NameCheckTests : IAsyncDisposable
{
    private const string Name = "pycon.duckdns.org";

    private readonly DnsStandIn _server = new();
    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly SystemResolver _resolver;
    private readonly NameServers _servers;

    public NameCheckTests()
    {
        _resolver = new SystemResolver(_client, () => [_server.Address]);
        _servers = new NameServers(_resolver, _server.Address.Port);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private void ServesZone(params (string, DnsType, object)[] records) => _server.Serves([("duckdns.org", DnsType.Soa, 0), ("duckdns.org", DnsType.NS, "ns1.duckdns.org"), ("duckdns.org", DnsType.NS, "ns2.duckdns.org"),
        ("ns1.duckdns.org", DnsType.A, IPAddress.Loopback), ("ns2.duckdns.org", DnsType.A, IPAddress.Parse("127.0.0.2")), .. records]);

    [Fact]
    public async Task The_source_is_found_by_way_of_the_zone()
    {
        ServesZone((Name, DnsType.A, Home), (Name, DnsType.Aaaa, Six));
        var search = await _servers.FindAsync(Name, [], default);
        Assert.Equal(["ns1.duckdns.org (127.0.0.1)", "ns2.duckdns.org (127.0.0.2)"], search.Servers.Select(s => s.ToString()));
        var check = await NameCheck.AskAsync(_client, Name, search, default);
        Assert.Equal((true, Home, TimeSpan.FromSeconds(60)), (check[IpFamily.V4].IsKnown, check[IpFamily.V4].Address, check[IpFamily.V4].Ttl));
        Assert.Equal(Six, check[IpFamily.V6].Address);
        Assert.Equal("says 203.0.113.7 and 2001:db8:1:1::10", check.Answers[0].Words);
        Assert.Equal("is not there", check.Answers[1].Words); // nobody listens on 127.0.0.2: it does not count
    }

    [Fact]
    public async Task The_zone_is_found_where_resolvers_tell_no_more_than_they_must()
    {
        _server.Serves((Name, DnsType.A, Home), ("duckdns.org", DnsType.NS, "ns1.duckdns.org"), ("ns1.duckdns.org", DnsType.A, IPAddress.Loopback));
        var full = _server.Answer;
        _server.Answer = q => q is { Type: DnsType.Soa, Name: "duckdns.org" } ? [Reply(q, answers: [Record("duckdns.org", DnsType.Soa, 60, new byte[22])])] : full(q);
        Assert.Single((await _servers.FindAsync(Name, [], default)).Servers);
    }

    [Fact]
    public async Task Servers_that_the_owner_names_are_asked_instead()
    {
        _server.Answer = q => [Reply(q, flags: 0x80, answers: q.Type == DnsType.A ? [A(Name, Home)] : [])];
        var search = await _servers.FindAsync(Name, [_server.Address.ToString()], default);
        Assert.Equal(Home, (await NameCheck.AskAsync(_client, Name, search, default))[IpFamily.V4].Address);
    }

    [Fact]
    public async Task Who_is_not_the_source_does_not_count()
    {
        ServesZone();
        var search = await _servers.FindAsync(Name, [], default);
        _server.Answer = q => [Reply(q, flags: 0x80, answers: q.Type == DnsType.A ? [A(Name, Other)] : [])];
        Assert.False((await NameCheck.AskAsync(_client, Name, search, default)).IsAnswered);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task No_name_and_no_record_both_mean_nothing(int code)
    {
        ServesZone();
        var search = await _servers.FindAsync(Name, [], default);
        _server.Answer = q => [Reply(q, code)];
        var check = await NameCheck.AskAsync(_client, Name, search, default);
        Assert.Equal((true, null), (check[IpFamily.V4].IsKnown, check[IpFamily.V4].Address));
        Assert.Equal(code == 3, check.IsNoSuchName);
    }

    [Fact]
    public void Those_who_answer_must_agree_and_those_who_fail_do_not_count()
    {
        static ServerAnswer Says(DnsOutcome outcome, params IPAddress[] v4) => new(new NameServer("ns", new IPEndPoint(IPAddress.Loopback, 53), true), new FamilyAnswer(outcome, v4, TimeSpan.FromSeconds(60)), new FamilyAnswer(DnsOutcome.Answered, [], default));
        static FamilyVerdict Of(params ServerAnswer[] answers) => new NameCheck(answers, DnsOutcome.Answered)[IpFamily.V4];
        Assert.Equal((true, Home), (Of(Says(DnsOutcome.Answered, Home), Says(DnsOutcome.Failed), Says(DnsOutcome.Silent)) is var v ? (v.IsKnown, v.Address) : default));
        Assert.True(Of(Says(DnsOutcome.Answered, Home), Says(DnsOutcome.Answered, Other)) is { IsSplit: true, IsKnown: false });
        Assert.True(Of(Says(DnsOutcome.Answered, Home), Says(DnsOutcome.NoSuchName)) is { IsSplit: true });
        Assert.True(Of(Says(DnsOutcome.Failed)) is { IsSplit: false, IsKnown: false });
        Assert.False(Of().IsKnown);
    }

    [Theory]
    [InlineData("", "127.0.0.1")]
    [InlineData("# none\nsearch lan\n", "127.0.0.1")]
    [InlineData("nameserver 192.168.77.1\nnameserver\t2001:db8::1\noptions timeout:1\nnameserver fe80::1%1\nnameserver 192.0.2.9\nnameserver nonsense", "192.168.77.1 2001:db8::1 fe80::1%1")]
    public void Resolvers_are_those_of_the_system(string text, string servers)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        Assert.Equal(servers, string.Join(' ', SystemResolver.InFile(file).Select(s => s.Address)));
        File.Delete(file);
        Assert.Empty(SystemResolver.InFile(file));
    }

    // Whose fault it is

    private async Task<Cause> BlameAsync(bool? doOthersAnswer = null, InternetFacts? internet = null)
    {
        var status = new StatusStore();
        status.Update(s => s with { Internet = internet ?? s.Internet });
        return await new WayOut(_resolver, status).BlameAsync("www.duckdns.org", "DuckDNS", doOthersAnswer is { } answer ? _ => Task.FromResult(answer) : null, default);
    }

    [Fact]
    public async Task A_resolver_that_makes_addresses_up_is_a_captive_network()
    {
        _server.Answer = q => [Reply(q, answers: q.Type == DnsType.A ? [A(q.Name, IPAddress.Parse("192.168.77.1"))] : [])];
        Assert.Equal(new Cause(NameProblem.Captive, "Every name leads to 192.168.77.1 here: the network wants something first, such as a sign-in or a payment."), await BlameAsync(true));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_resolver_that_fails_for_every_name_is_no_way_out(int code)
    {
        _server.Answer = q => [Reply(q, code)];
        Assert.Equal(NameProblem.NoWayOut, (await BlameAsync(true)).Problem);
    }

    [Fact]
    public async Task A_resolver_that_does_not_answer_is_no_way_out()
    {
        await _server.DisposeAsync();
        var cause = await BlameAsync(true);
        Assert.Equal((NameProblem.NoWayOut, "The name server that this network uses (127.0.0.1) is not there, so no name can be resolved here."), (cause.Problem, cause.Words));
    }

    [Fact]
    public async Task Where_other_names_resolve_it_is_the_providers_trouble()
    {
        // SERVFAIL and "no such name" for the provider itself are its trouble.
        _server.Answer = q => [q.Name == "" ? Reply(q, answers: [Record("", DnsType.NS, 60, Wire("a.root"))]) : Reply(q, q.Name.EndsWith("invalid", StringComparison.Ordinal) ? 3 : 2)];
        Assert.Equal(NameProblem.Provider, (await BlameAsync()).Problem);
        Assert.Equal(NameProblem.Provider, (await BlameAsync(true)).Problem);
        Assert.Equal(NameProblem.NoWayOut, (await BlameAsync(false)).Problem);
        Assert.Equal(NameProblem.NoWayOut, (await BlameAsync(null, new InternetFacts(false, ""))).Problem);
    }

    [Fact]
    public async Task A_resolver_that_keeps_the_root_to_itself_is_no_reason_to_blame_it()
    {
        _server.Answer = q => [q.Name == "" ? Reply(q, 5) : q.Name == "www.duckdns.org" ? Reply(q, answers: [A(q.Name, Other)]) : Reply(q, 3)];
        Assert.Equal(NameProblem.Provider, (await BlameAsync()).Problem);
    }
}
