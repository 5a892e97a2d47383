using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Microsoft.AspNetCore.Http;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

public sealed class CloudflareTests : ProviderTests
{
    private string _records = "[]";

    private protected override INameProvider Provider => new Cloudflare(Http);

    private protected override NameOptions Name => new("name", "home.example.org", Cloudflare.Key) { Token = Token, Endpoint = new Uri(There.Address, "/client/v4"), CheckIp = new Uri(There.Address, "/cdn-cgi/trace") };

    private void Serves() => There.Answer = (context, asked) => asked switch
    {
        { Authorization: not "Bearer " + Token } => Refuse(context),
        { Path: "/client/v4/zones", Query: "?name=example.org" } => context.Response.WriteAsync("""{"success":true,"result":[{"id":"023e105f4ecef8ad9ca31a8372d0c353","name":"example.org"}]}"""),
        { Path: "/client/v4/zones" } => context.Response.WriteAsync("""{"success":true,"result":[]}"""),
        { Method: "GET" } => context.Response.WriteAsync($$"""{"success":true,"result":{{_records}}}"""),
        _ => context.Response.WriteAsync("""{"success":true,"result":{"id":"1"}}"""),
    };

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = 400;
        return context.Response.WriteAsync("""{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}]}""");
    }

    [Fact]
    public async Task A_record_is_made_in_the_nearest_zone_and_never_proxied()
    {
        Serves();
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.True(reply.V4!.Value.Is(Home) && reply.V6 is null);
        Assert.Equal(("POST", "/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records"), (Last.Method, Last.Path));
        Assert.Equal("""{"type":"A","name":"home.example.org","content":"203.0.113.7","ttl":60,"proxied":false}""", Last.Body);
    }

    [Fact]
    public async Task A_record_that_is_there_is_changed_and_further_ones_go()
    {
        Serves();
        _records = """[{"id":"a1","type":"AAAA","name":"home.example.org"},{"id":"b2","type":"AAAA","name":"HOME.example.org"},{"id":"c3","type":"AAAA","name":"other.example.org"},{"id":"../x","type":"AAAA","name":"home.example.org"}]""";
        Assert.Equal(ProviderOutcome.Done, (await SetAsync(IpFamily.V6, Both)).Outcome);
        Assert.Equal(["DELETE b2", "PATCH a1"], There.Requests.Where(r => r.Method != "GET").Select(r => $"{r.Method} {r.Path[(r.Path.LastIndexOf('/') + 1)..]}"));
    }

    [Fact]
    public async Task A_record_is_taken_out_by_deleting_it()
    {
        Serves();
        _records = """[{"id":"a1","type":"A","name":"home.example.org"}]""";
        Assert.True((await SetAsync(IpFamily.V4, new AddressPair(null, Six))).V4!.Value.Is(null));
        Assert.Equal(("DELETE", true), (Last.Method, Last.Path.EndsWith("/a1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_text_is_put_beside_those_of_others_and_it_alone_is_taken_out()
    {
        Serves();
        _records = """[{"id":"a1","type":"TXT","name":"_acme-challenge.home.example.org","content":"\"another\""}]""";
        Assert.Equal(ProviderOutcome.Done, (await Provider.SetTextAsync(Name, "text", default)).Outcome);
        Assert.Equal(("POST", """{"type":"TXT","name":"_acme-challenge.home.example.org","content":"\u0022text\u0022","ttl":60}"""), (Last.Method, Last.Body));
        _records = """[{"id":"a1","type":"TXT","name":"_acme-challenge.home.example.org","content":"\"another\""},{"id":"b2","type":"TXT","name":"_acme-challenge.home.example.org","content":"\"text\""}]""";
        Assert.Equal(ProviderOutcome.Done, (await Provider.ClearTextAsync(Name, "text", default)).Outcome);
        Assert.Equal(["DELETE b2"], There.Requests.Where(r => r.Method == "DELETE").Select(r => $"{r.Method} {r.Path[(r.Path.LastIndexOf('/') + 1)..]}"));
    }

    [Fact]
    public async Task New_CAA_records_are_made_before_old_ones_go()
    {
        Serves();
        _records = """[{"id":"a1","type":"CAA","name":"home.example.org","data":{"flags":0,"tag":"issue","value":"old.example"}},{"id":"b2","type":"CAA","name":"home.example.org","data":{"flags":0,"tag":"issuewild","value":"a.example"}},{"id":"c3","type":"CAA","name":"example.org","data":{"flags":0,"tag":"issue","value":"x.example"}}]""";
        var caa = (ICaaProvider)Provider;
        Assert.Equal([new CaaRecord(0, "issue", "old.example"), new CaaRecord(0, "issuewild", "a.example")], (await caa.ReadCaaAsync(Name, default)).Records);
        Assert.Equal(ProviderOutcome.Done, (await caa.WriteCaaAsync(Name, [new CaaRecord(0, "issue", "a.example"), new CaaRecord(0, "issuewild", "a.example")], default)).Outcome);
        Assert.Equal(["POST dns_records", "DELETE a1"], There.Requests.Where(r => r.Method != "GET").Select(r => $"{r.Method} {r.Path[(r.Path.LastIndexOf('/') + 1)..]}"));
        Assert.Contains("""{"type":"CAA","name":"home.example.org","data":{"flags":0,"tag":"issue","value":"a.example"},"ttl":60}""", There.Requests.Select(r => r.Body));
    }

    [Fact]
    public async Task A_token_that_may_not_is_a_refusal_and_so_is_a_domain_that_it_does_not_see()
    {
        Serves();
        Assert.Equal(ProviderOutcome.Refused, (await Provider.SetAsync(Name with { Token = "other" }, IpFamily.V4, Both, default)).Outcome);
        Assert.Equal(ProviderOutcome.Refused, (await Provider.SetAsync(Name with { Zone = "example.net" }, IpFamily.V4, Both, default)).Outcome);
        Assert.Equal(ProviderOutcome.Refused, (await Provider.SetAsync(Name with { Name = "home.example.net" }, IpFamily.V4, Both, default)).Outcome);
    }

    [Fact]
    public async Task Its_trace_tells_how_the_home_is_seen()
    {
        There.Says("fl=123f45\nh=api.cloudflare.com\nip=203.0.113.7\nts=1764000000.123\nuag=Gateway/1\ntls=TLSv1.3\n");
        Assert.Equal(Home, (await Provider.DetectAsync(Name, default)).Seen);
    }
}
