using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>What every provider has in common, and a stand-in for it.</summary>
public abstract class ProviderTests : IAsyncLifetime
{
    protected const string Token = "s3cret-t0ken";

    private protected static readonly AddressPair Both = new(Home, Six);
    private protected FakeTimeProvider Time { get; } = new();
    private protected ProviderHttp Http { get; private set; } = null!;
    private protected WebStandIn There { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Http = new ProviderHttp(Time);
        There = await WebStandIn.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await There.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract INameProvider Provider { get; }

    private protected abstract NameOptions Name { get; }

    private protected Task<ProviderReply> SetAsync(IpFamily family, AddressPair wanted) => Provider.SetAsync(Name, family, wanted, default);

    private protected Asked Last => There.Requests.Last();

    [Theory]
    [InlineData(500, "Internal error", ProviderOutcome.Trouble)]
    [InlineData(503, "", ProviderOutcome.Trouble)]
    [InlineData(429, "", ProviderOutcome.Trouble)]
    [InlineData(302, "", ProviderOutcome.Trouble)]
    [InlineData(200, "<html><body>We are down for maintenance. OK? good</body></html>", ProviderOutcome.Trouble)]
    [InlineData(200, "", ProviderOutcome.Trouble)]
    [InlineData(200, "\0\u00ff[{", ProviderOutcome.Trouble)]
    public async Task What_is_no_answer_is_the_providers_trouble(int status, string body, object outcome)
    {
        There.Says(body, status);
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.Equal(outcome, reply.Outcome);
        Assert.DoesNotContain(Token, reply.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_to_be_left_alone_is_heard_within_reason()
    {
        There.Answer = (context, _) =>
        {
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "999999999");
            return Task.CompletedTask;
        };
        Assert.Equal(TimeSpan.FromHours(1), (await SetAsync(IpFamily.V4, Both)).RetryAfter);
    }

    [Fact]
    public async Task An_endless_answer_is_read_so_far_and_no_further()
    {
        There.Answer = async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.WriteAsync(new string('x', 16384), context.RequestAborted);
        };
        Assert.Equal(ProviderOutcome.Trouble, (await SetAsync(IpFamily.V6, Both)).Outcome);
    }

    [Fact]
    public async Task Who_does_not_answer_is_not_waited_for_long()
    {
        There.Answer = (context, _) =>
        {
            Time.Advance(ProviderHttp.Patience);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        Assert.Equal(ProviderOutcome.NoAnswer, (await SetAsync(IpFamily.V4, Both)).Outcome);
    }

    [Fact]
    public async Task Who_hangs_up_gave_no_answer()
    {
        There.Answer = (context, _) => { context.Abort(); return Task.CompletedTask; };
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.Equal(ProviderOutcome.NoAnswer, reply.Outcome);
        Assert.DoesNotContain(Token, reply.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_there_is_no_answer()
    {
        await There.DisposeAsync();
        Assert.Equal(ProviderOutcome.NoAnswer, (await SetAsync(IpFamily.V4, Both)).Outcome);
    }

    [Fact]
    public async Task A_stranger_who_answers_in_the_providers_place_is_not_told_the_token()
    {
        // Whoever listens here speaks no TLS that anybody vouches for.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var heard = ListenAsync();
        var reply = await Provider.SetAsync(Name with { Endpoint = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/") }, IpFamily.V4, Both, default);
        Assert.Equal(ProviderOutcome.NoAnswer, reply.Outcome);
        Assert.DoesNotContain(Token, await heard, StringComparison.Ordinal);

        async Task<string> ListenAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var buffer = new byte[4096];
            var length = await client.GetStream().ReadAsync(buffer);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 302 Found\r\nLocation: http://192.168.77.1/\r\n\r\n"));
            return Encoding.Latin1.GetString(buffer, 0, length);
        }
    }

    [Fact]
    public void Options_do_not_show_the_token() => Assert.DoesNotContain(Token, $"{Name}", StringComparison.Ordinal);
}

public sealed class DuckDnsTests : ProviderTests
{
    private protected override INameProvider Provider => new DuckDns(Http);

    private protected override NameOptions Name => new("name", "pycon.duckdns.org", DuckDns.Key) { Token = Token, Endpoint = new Uri(There.Address, "/update") };

    [Theory]
    [InlineData(IpFamily.V4, "ip=203.0.113.7")]
    [InlineData(IpFamily.V6, "ipv6=2001:db8:1:1::10")]
    public async Task Each_family_is_sent_by_itself_and_its_echo_compared(IpFamily family, string sent)
    {
        There.Says("OK\n203.0.113.7\n2001:db8:1:1::10\nUPDATED");
        var reply = await SetAsync(family, Both);
        Assert.Equal(ProviderOutcome.Done, reply.Outcome);
        Assert.True(reply[family]!.Value.Is(Both[family]));
        Assert.Null(reply[family == IpFamily.V4 ? IpFamily.V6 : IpFamily.V4]);
        Assert.Equal($"?domains=pycon&token={Token}&{sent}&verbose=true", Uri.UnescapeDataString(Last.Query));
    }

    [Fact]
    public async Task No_change_is_a_yes()
    {
        There.Says("OK\r\n203.0.113.7\r\n\r\nNOCHANGE");
        Assert.Equal(ProviderOutcome.Done, (await SetAsync(IpFamily.V4, Both)).Outcome);
    }

    [Theory]
    [InlineData("OK\n\n\nUPDATED", "DuckDNS said yes to 203.0.113.7 and named no address.")]
    [InlineData("OK\n192.0.2.99\n\nUPDATED", "DuckDNS was told 203.0.113.7 and took 192.0.2.99.")]
    [InlineData("OK\n2001:db8::1\n\nUPDATED", "DuckDNS said yes to 203.0.113.7 and named no address.")]
    [InlineData("OK", "DuckDNS answers something that is no answer, such as a page for people.")]
    [InlineData("OKAY\n203.0.113.7\n\nUPDATED", "DuckDNS answers something that is no answer, such as a page for people.")]
    [InlineData("<p>OK\n203.0.113.7\n\nUPDATED", "DuckDNS answers something that is no answer, such as a page for people.")]
    public async Task A_yes_to_something_else_is_trouble(string body, string words)
    {
        There.Says(body);
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.Equal((ProviderOutcome.Trouble, words), (reply.Outcome, reply.Words));
    }

    [Fact]
    public async Task A_no_has_no_reason()
    {
        There.Says("KO");
        var reply = await SetAsync(IpFamily.V4, Both);
        Assert.Equal((ProviderOutcome.Refused, true), (reply.Outcome, reply.IsAmbiguous));
    }

    [Fact]
    public async Task Taking_out_one_family_takes_out_both()
    {
        There.Says("OK\n\n\nUPDATED");
        var wanted = new AddressPair(null, Six);
        Assert.Equal(2, Provider.Changes(IpFamily.V4, wanted).Count);
        var reply = await SetAsync(IpFamily.V4, wanted);
        Assert.True(reply.V4!.Value.Is(null) && reply.V6!.Value.Is(null));
        Assert.Contains("&clear=true", Last.Query, StringComparison.Ordinal);
        Assert.DoesNotContain("ip", Last.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_without_an_address_tells_how_the_home_is_seen()
    {
        There.Says("OK\n203.0.113.7\n2001:db8:9::9\nNOCHANGE");
        var reply = await Provider.DetectAsync(Name, default);
        Assert.Equal(Home, reply.Seen);
        Assert.True(reply.V4!.Value.Is(Home));
        Assert.DoesNotContain("ip", Last.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_IPv4_connection_nothing_is_detected()
    {
        var reply = await Provider.DetectAsync(Name with { Endpoint = new Uri($"http://[::1]:{There.Address.Port}/update") }, default);
        Assert.Equal(ProviderOutcome.NoAnswer, reply.Outcome);
        Assert.Empty(There.Requests);
    }
}

public sealed class DynDns2Tests : ProviderTests
{
    private protected override INameProvider Provider => new DynDns2(Http);

    private protected override NameOptions Name => new("name", "home.example.org", DynDns2.Key) { Token = Token, User = "ada", Endpoint = new Uri(There.Address, "/nic/update") };

    [Theory]
    [InlineData("203.0.113.7", "2001:db8:1:1::10", "?hostname=home.example.org&myip=203.0.113.7,2001:db8:1:1::10")]
    [InlineData("203.0.113.7", null, "?hostname=home.example.org&myip=203.0.113.7")]
    [InlineData(null, "2001:db8:1:1::10", "?hostname=home.example.org&myip=2001:db8:1:1::10")]
    [InlineData(null, null, "?hostname=home.example.org&offline=YES")]
    public async Task A_request_tells_all_that_the_name_shall_say(string? v4, string? v6, string query)
    {
        There.Says("good");
        var wanted = new AddressPair(v4 is null ? null : IPAddress.Parse(v4), v6 is null ? null : IPAddress.Parse(v6));
        var reply = await SetAsync(IpFamily.V4, wanted);
        Assert.True(reply.V4!.Value.Is(wanted.V4) && reply.V6!.Value.Is(wanted.V6));
        Assert.Equal(query, Uri.UnescapeDataString(Last.Query));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ada:" + Token)), Last.Authorization);
    }

    [Theory]
    [InlineData("good 203.0.113.7", ProviderOutcome.Done)]
    [InlineData("nochg 203.0.113.7", ProviderOutcome.Done)]
    [InlineData("good 203.0.113.7,2001:db8:1:1::10", ProviderOutcome.Done)]
    [InlineData("good 127.0.0.1", ProviderOutcome.Trouble)]
    [InlineData("goodbye", ProviderOutcome.Trouble)]
    [InlineData("badauth", ProviderOutcome.Refused)]
    [InlineData("nohost", ProviderOutcome.Refused)]
    [InlineData("!yours", ProviderOutcome.Refused)]
    [InlineData("notfqdn", ProviderOutcome.Refused)]
    [InlineData("numhost", ProviderOutcome.Refused)]
    [InlineData("abuse", ProviderOutcome.Refused)]
    [InlineData("!donator", ProviderOutcome.Refused)]
    [InlineData("badagent", ProviderOutcome.Refused)]
    [InlineData("dnserr", ProviderOutcome.Trouble)]
    [InlineData("911", ProviderOutcome.Trouble)]
    public async Task Each_word_means_what_the_protocol_says(string body, object outcome)
    {
        There.Says(body);
        var reply = await SetAsync(IpFamily.V4, new AddressPair(Home, null));
        Assert.Equal(outcome, reply.Outcome);
        Assert.False(reply.IsAmbiguous);
    }

    [Fact]
    public async Task Its_echo_or_another_site_tells_how_the_home_is_seen()
    {
        There.Says("good 203.0.113.7");
        Assert.Equal(Home, (await Provider.DetectAsync(Name, default)).Seen);
        Assert.Equal("?hostname=home.example.org", Last.Query);
        There.Says("<html><head><title>Current IP Check</title></head><body>Current IP Address: 203.0.113.8</body></html>");
        var other = Name with { CheckIp = new Uri(There.Address, "/checkip") };
        Assert.Equal(Other, (await Provider.DetectAsync(other, default)).Seen);
        Assert.Null(Last.Authorization);
        Assert.Empty(Provider.DetectionChanges(other));
    }
}

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
