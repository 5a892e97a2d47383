using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Microsoft.AspNetCore.Http;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

public sealed class DesecTests : ProviderTests
{
    private protected override INameProvider Provider => new Desec(Http);

    private protected override NameOptions Name => new("name", "home.example.dedyn.io", Desec.Key) { Token = Token, Endpoint = new Uri(There.Address, "/api/v1"), CheckIp = new Uri(There.Address, "/checkip") };

    private void Knows(string zones, int status = 200, string answer = "[]") => There.Answer = (context, asked) =>
    {
        if (asked.Authorization != "Token " + Token) context.Response.StatusCode = 401;
        else if (asked.Method == "PATCH") context.Response.StatusCode = status;
        return context.Response.StatusCode == 401 ? Task.CompletedTask : context.Response.WriteAsync(asked.Method == "GET" ? zones : answer);
    };

    [Fact]
    public async Task A_record_is_set_in_the_zone_that_owns_the_name_with_the_shortest_life_it_allows()
    {
        Knows("""[{"name":"example.dedyn.io","minimum_ttl":60}]""");
        var reply = await SetAsync(IpFamily.V6, Both);
        Assert.Equal(ProviderOutcome.Done, reply.Outcome);
        Assert.True(reply.V6!.Value.Is(Six) && reply.V4 is null);
        Assert.Equal("?owns_qname=home.example.dedyn.io", There.Requests.First().Query);
        Assert.Equal("/api/v1/domains/example.dedyn.io/rrsets/", Last.Path);
        Assert.Equal("""[{"subname":"home","type":"AAAA","ttl":60,"records":["2001:db8:1:1::10"]}]""", Last.Body);
    }

    [Fact]
    public async Task A_text_has_a_set_of_its_own()
    {
        Knows("""[{"name":"example.dedyn.io","minimum_ttl":60}]""");
        Assert.Equal(ProviderOutcome.Done, (await Provider.SetTextAsync(Name, "text", default)).Outcome);
        Assert.Equal("""[{"subname":"_acme-challenge.home","type":"TXT","ttl":60,"records":["\u0022text\u0022"]}]""", Last.Body);
        Assert.Equal(ProviderOutcome.Done, (await Provider.ClearTextAsync(Name, "text", default)).Outcome);
        Assert.Equal("""[{"subname":"_acme-challenge.home","type":"TXT","ttl":60,"records":[]}]""", Last.Body);
    }

    [Fact]
    public async Task CAA_records_are_read_and_written_as_one_set()
    {
        There.Answer = (context, asked) => context.Response.WriteAsync(asked.Query.Contains("type=CAA", StringComparison.Ordinal)
            ? """[{"subname":"home","type":"CAA","records":["0 issue \"letsencrypt.org\"","nonsense"]},{"subname":"other","type":"CAA","records":["0 issue \"x.example\""]}]""" : """[{"name":"example.dedyn.io","minimum_ttl":60}]""");
        var caa = (ICaaProvider)Provider;
        Assert.Equal([new CaaRecord(0, "issue", "letsencrypt.org"), new CaaRecord(-1, "", "nonsense")], (await caa.ReadCaaAsync(Name, default)).Records);
        Assert.Equal("?subname=home&type=CAA", Last.Query);
        Assert.Equal(ProviderOutcome.Done, (await caa.WriteCaaAsync(Name, [new CaaRecord(0, "issue", "a.example; accounturi=https://a.example/1")], default)).Outcome);
        Assert.Equal("""[{"subname":"home","type":"CAA","ttl":60,"records":["0 issue \u0022a.example; accounturi=https://a.example/1\u0022"]}]""", Last.Body);
    }

    [Fact]
    public async Task A_record_is_taken_out_by_leaving_it_empty()
    {
        Knows("""[{"name":"home.example.dedyn.io","minimum_ttl":3600}]""");
        Assert.True((await SetAsync(IpFamily.V4, new AddressPair(null, Six))).V4!.Value.Is(null));
        Assert.Equal("""[{"subname":"","type":"A","ttl":3600,"records":[]}]""", Last.Body);
    }

    [Theory]
    [InlineData("[]", 200)]
    [InlineData("""[{"name":"evil.example/../x","minimum_ttl":60}]""", 200)]
    [InlineData("""[{"name":"example.dedyn.io"}]""", 400)]
    [InlineData("""[{"name":"example.dedyn.io"}]""", 403)]
    [InlineData("""[{"name":"example.dedyn.io"}]""", 404)]
    public async Task What_asking_again_does_not_mend_is_a_refusal(string zones, int status)
    {
        Knows(zones, status);
        Assert.Equal(ProviderOutcome.Refused, (await SetAsync(IpFamily.V4, Both)).Outcome);
    }

    [Fact]
    public async Task A_wrong_token_is_a_refusal()
    {
        Knows("[]");
        Assert.Equal(ProviderOutcome.Refused, (await Provider.SetAsync(Name with { Token = "other" }, IpFamily.V4, Both, default)).Outcome);
    }

    [Fact]
    public async Task Its_check_tells_how_the_home_is_seen()
    {
        There.Says("203.0.113.7");
        Assert.Equal(Home, (await Provider.DetectAsync(Name, default)).Seen);
        Assert.Null(Last.Authorization);
    }
}
