using System.Net;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

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

    [Fact]
    public async Task It_has_no_texts_and_says_so_without_asking()
    {
        Assert.Equal(ProviderOutcome.NotPossible, (await Provider.SetTextAsync(Name, "text", default)).Outcome);
        Assert.Empty(There.Requests);
    }
}
