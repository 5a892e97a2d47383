using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Microsoft.AspNetCore.Http;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

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
    public async Task A_text_is_set_and_taken_out_without_a_word_of_addresses()
    {
        There.Answer = (context, asked) => context.Response.WriteAsync(asked.Query.Contains("clear", StringComparison.Ordinal) ? "OK\n\nUPDATED" : "OK\na-text_1\nUPDATED");
        Assert.Equal(ProviderOutcome.Done, (await Provider.SetTextAsync(Name, "a-text_1", default)).Outcome);
        Assert.Equal($"?domains=pycon&token={Token}&txt=a-text_1&verbose=true", Last.Query);
        Assert.Equal(ProviderOutcome.Done, (await Provider.ClearTextAsync(Name, "a-text_1", default)).Outcome);
        Assert.Equal($"?domains=pycon&token={Token}&txt=&clear=true&verbose=true", Last.Query); // without "txt" it would clear the addresses
    }

    [Theory]
    [InlineData("OK\nanother\nUPDATED", ProviderOutcome.Trouble)]
    [InlineData("OK\n203.0.113.7\n\nUPDATED", ProviderOutcome.Trouble)]
    [InlineData("OK", ProviderOutcome.Trouble)]
    [InlineData("<html>OK</html>", ProviderOutcome.Trouble)]
    [InlineData("KO", ProviderOutcome.Refused)]
    public async Task A_text_that_is_not_said_back_was_not_set(string body, object outcome)
    {
        There.Says(body);
        Assert.Equal(outcome, (await Provider.SetTextAsync(Name, "a-text_1", default)).Outcome);
    }

    [Fact]
    public async Task Without_an_IPv4_connection_nothing_is_detected()
    {
        var reply = await Provider.DetectAsync(Name with { Endpoint = new Uri($"http://[::1]:{There.Address.Port}/update") }, default);
        Assert.Equal(ProviderOutcome.NoAnswer, reply.Outcome);
        Assert.Empty(There.Requests);
    }
}
