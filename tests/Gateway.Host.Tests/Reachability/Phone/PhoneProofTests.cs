using System.Net;
using System.Net.Http.Json;
using System.Xml.Linq;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.Phone;
using Gateway.Host.Tests.Access;
using Microsoft.AspNetCore.Http;

namespace Gateway.Host.Tests.Reachability.Phone;

public sealed class PhoneProofTests
{
    private const string Firefox = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";

    /// <summary>A house whose front door the public name leads to, through a tunnel: so it is from outside on loopback too.</summary>
    private static async Task<HouseWithDoors> OpenAsync()
    {
        var house = await HouseWithDoors.OpenAsync(new Dictionary<string, object>(StringComparer.Ordinal) { ["name.domain"] = HouseWithDoors.Name });
        house.LeadTo(house.Front, way: "front");
        return house;
    }

    /// <summary>The owner's phone at a door, signed in.</summary>
    private static async Task<HttpClient> PhoneAsync(HouseWithDoors house, IPEndPoint? door = null, string? host = null)
    {
        var phone = house.Browser(door ?? house.Front);
        phone.DefaultRequestHeaders.Host = host ?? $"{HouseWithDoors.Name}:{house.Front.Port}";
        phone.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", Firefox);
        Assert.Equal(HttpStatusCode.OK, (await phone.SignInAsync()).StatusCode);
        return phone;
    }

    private static async Task<(HttpStatusCode Status, string Words)> AskAsync(HttpClient client)
    {
        var reply = await client.PostAsync("/api/reachability/proof", null);
        return (reply.StatusCode, (await reply.JsonAsync()) is var json && json.TryGetProperty("detail", out var detail) ? detail.GetString()! : json.GetProperty("path").GetString()!);
    }

    private static async Task<string> PathAsync(HttpClient phone)
    {
        var (status, path) = await AskAsync(phone);
        Assert.True(status == HttpStatusCode.OK, path);
        return path;
    }

    [Fact]
    public async Task The_whole_gateway_becomes_verified_by_the_owners_phone_and_only_when_the_nonce_has_come()
    {
        await using var house = await OpenAsync();
        using var phone = await PhoneAsync(house);
        Assert.True((await (await phone.GetAsync("/api/session")).JsonAsync()).GetProperty("outside").GetBoolean());
        var path = await PathAsync(phone);
        Assert.Empty(house.Status.Current.Observations);
        Assert.Equal(HttpStatusCode.OK, (await phone.GetAsync(path)).StatusCode);
        var verified = await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);
        Assert.Equal("Ana's Firefox on Android got in.", Assert.Single(verified.Report.Ways).Words);
        Assert.Equal(HttpStatusCode.NotFound, (await phone.GetAsync(path)).StatusCode);
        Assert.Single(house.Status.Current.Observations);
        // A new mapping of the router, and all of that says nothing any more.
        house.LeadTo(house.Front, way: "front", epoch: 1);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Believed);
    }

    [Fact]
    public async Task Strangers_programs_and_whoever_comes_in_the_clear_prove_nothing()
    {
        await using var house = await OpenAsync();
        using var stranger = house.Browser(house.Front);
        stranger.DefaultRequestHeaders.Host = $"{HouseWithDoors.Name}:{house.Front.Port}";
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(stranger)).Status);
        using var program = await house.Gateway.ProgramAsync("everything", [.. Scopes.All]);
        stranger.DefaultRequestHeaders.Authorization = program.DefaultRequestHeaders.Authorization;
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(stranger)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(house.Gateway.Local)).Status);
        using var inTheClear = house.Gateway.Browser();
        await inTheClear.SignInAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(inTheClear)).Status);
        using var strangers = house.Gateway.Get<Challenges>().Issue()!;
        stranger.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(ChallengeEndpoint.Path + strangers.Nonce)).StatusCode); // another vantage's nonce makes no phone's proof
        Assert.Empty(house.Status.Current.Observations);
    }

    [Fact]
    public async Task Another_sites_page_cannot_use_who_is_signed_in()
    {
        await using var house = await OpenAsync();
        using var phone = await PhoneAsync(house);
        phone.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-site");
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(phone)).Status);
        phone.DefaultRequestHeaders.Remove("Sec-Fetch-Site");
        phone.DefaultRequestHeaders.Add("Origin", "https://neighbour.example.org");
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(phone)).Status);
        phone.DefaultRequestHeaders.Remove("Origin");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await phone.GetAsync("/api/reachability/proof")).StatusCode);
    }

    [Fact]
    public async Task A_device_at_home_or_at_another_door_or_under_another_name_proves_nothing_and_hears_why()
    {
        await using var house = await OpenAsync();
        async Task<string> RefusedAsync(IPEndPoint? door, string? host)
        {
            using var phone = await PhoneAsync(house, door, host);
            var (status, words) = await AskAsync(phone);
            Assert.Equal(HttpStatusCode.Conflict, status);
            return words;
        }
        Assert.Contains("at home", await RefusedAsync(house.Inside, null), StringComparison.Ordinal);
        Assert.Contains("public name", await RefusedAsync(house.Front, $"127.0.0.1:{house.Front.Port}"), StringComparison.Ordinal);
        Assert.Contains("the way by which", await RefusedAsync(house.Front, HouseWithDoors.Name), StringComparison.OrdinalIgnoreCase); // port 443
        Assert.Contains("the way by which", await RefusedAsync(house.Back, null), StringComparison.OrdinalIgnoreCase);
        house.Status.Update(s => s with { Names = [s.Names[0] with { V4 = s.Names[0].V4 with { Published = IPAddress.Parse("127.0.0.9") } }] });
        Assert.Contains("the way by which", await RefusedAsync(house.Front, null), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_nonce_that_comes_in_by_another_door_than_that_for_which_it_was_given_proves_nothing()
    {
        await using var house = await OpenAsync();
        using var phone = await PhoneAsync(house);
        foreach (var door in new[] { house.Inside, house.Back })
        {
            var path = await PathAsync(phone);
            using var elsewhere = house.Browser(door);
            Assert.Equal(HttpStatusCode.OK, (await elsewhere.GetAsync(path)).StatusCode);
        }
        var clear = await PathAsync(phone);
        Assert.Equal(HttpStatusCode.OK, (await house.Gateway.Http.GetAsync(clear)).StatusCode);
        // While it was on its way, the way has become another.
        var late = await PathAsync(phone);
        house.LeadTo(house.Front, way: "front", epoch: 7);
        Assert.Equal(HttpStatusCode.OK, (await phone.GetAsync(late)).StatusCode);
        Assert.Empty(house.Status.Current.Observations);
    }

    [Fact]
    public async Task A_page_that_asks_without_end_waits_and_leaves_the_table_to_others()
    {
        await using var house = await OpenAsync();
        using var phone = await PhoneAsync(house);
        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++) codes.Add((await AskAsync(phone)).Status);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (codes[0], codes[^1]));
        Assert.NotNull(house.Gateway.Get<Challenges>().Issue());
    }

    [Fact]
    public async Task The_proofs_of_many_devices_are_a_bounded_number()
    {
        await using var house = await OpenAsync();
        var proofs = house.Gateway.Get<PhoneProofs>();
        var (challenges, host) = (house.Gateway.Get<Challenges>(), new HostString(HouseWithDoors.Name, house.Front.Port));
        var origin = new ClientOrigin(OriginKind.OutsideTunnel, null, "front");
        for (var i = 0; i < 30; i++)
        {
            var caller = new Caller(CallerKind.Session, "id", "Ana", "owner", [], default) { Device = "device " + i };
            var nonce = proofs.Issue(caller, proofs.Judge(origin, house.Front, host).Target!, host)!;
            Assert.NotNull(challenges.Arrive(nonce, new Arrival(house.Front, true, origin)));
        }
        Assert.Equal(Enumerable.Range(0, PhoneProofs.Remembered).Select(i => $"Ana's device {29 - i}"), house.Status.Current.Observations.Select(o => o.Vantage));
    }

    [Theory]
    [InlineData("198.51.100.10", true)]          // mobile data
    [InlineData("2001:db8:f:10::10", false)]     // but IPv6 does not come in at an IPv4 door
    [InlineData("203.0.113.7", false)]           // round through the router, which has put its own address
    [InlineData("203.0.113.9", false)]           // how somebody has seen this home
    [InlineData("100.64.0.9", false)]            // within the provider's network, before its NAT
    [InlineData("192.0.2.12", false)]            // a neighbour on the link of an own public address
    public void Who_comes_with_this_homes_own_address_is_at_home(string address, bool isOutside)
    {
        var (proofs, _) = Made(Facts.Well with
        {
            Network = new NetworkFacts([.. Facts.Well.Network.Interfaces, new NetworkInterfaceFacts("eth1", 3, true, false, [new InterfaceAddress(IPAddress.Parse("192.0.2.10"), 28, AddressFlags.None)])], []),
            Seen = [new SeenAddress(IpFamily.V4, IPAddress.Parse("203.0.113.9"), "DuckDNS", default, 0)],
        });
        var origin = new ClientOrigin(OriginKind.OutsideDirect, IPAddress.Parse(address));
        var local = origin.Address!.Family() == IpFamily.V4 ? new IPEndPoint(IPAddress.Parse("192.168.77.10"), 443) : new IPEndPoint(Facts.V6, 443);
        Assert.Equal(isOutside, proofs.Judge(origin, local, new HostString(Facts.Name)).Target is not null);
    }

    [Fact]
    public void The_way_is_the_one_by_which_the_device_came()
    {
        var (proofs, status) = Made(Facts.Both);
        ProbeTarget? Judge(string from, string local, int port = 443, string host = Facts.Name) => proofs.Judge(new ClientOrigin(OriginKind.OutsideDirect, IPAddress.Parse(from)), new IPEndPoint(IPAddress.Parse(local), port), new HostString(host)).Target;
        Assert.Equal(("portmap", Facts.V4), Judge("198.51.100.10", "192.168.77.10") is { } four ? (four.Way, four.Address) : default);
        Assert.Equal(("ipv6", Facts.V6), Judge("2001:db8:f:10::10", Facts.V6.ToString()) is { } six ? (six.Way, six.Address) : default);
        Assert.NotNull(Judge("198.51.100.10", "192.168.77.10", host: "PYCON.duckdns.org."));
        Assert.Null(Judge("198.51.100.10", "192.168.77.11"));
        Assert.Null(Judge("198.51.100.10", "192.168.77.10", 80));
        Assert.Null(Judge("198.51.100.10", "192.168.77.10", host: "desk.pycon.duckdns.org"));
        Assert.Null(Judge("198.51.100.10", "192.168.77.10", host: Facts.Name + ":8443"));
        Assert.Null(Judge("2001:db8:1:1::77", Facts.V6.ToString())); // a neighbour
        Assert.Null(Judge("2001:db8:1:7::77", Facts.V6.ToString())); // the guests' network of the same home
        // Router and name say 8443, which arrives at 443 here.
        status.Update(s => s with { Leases = [.. s.Leases.Select(l => l with { Port = 8443 })] });
        Assert.Null(Judge("198.51.100.10", "192.168.77.10"));
        Assert.Equal(8443, Judge("198.51.100.10", "192.168.77.10", host: Facts.Name + ":8443")?.Port);
        // The owner has gone.
        status.Update(s => s with { Names = [] });
        Assert.Null(Judge("198.51.100.10", "192.168.77.10", host: Facts.Name + ":8443"));
    }

    [Fact]
    public void What_cannot_be_told_is_no_proof()
    {
        var (proofs, _) = Made(Facts.Well);
        var local = new IPEndPoint(IPAddress.Parse("192.168.77.10"), 443);
        foreach (var origin in new[] { new ClientOrigin(OriginKind.Unknown, IPAddress.Parse("198.51.100.10")), new ClientOrigin(OriginKind.OutsideTunnel, null, "proxy"), new ClientOrigin(OriginKind.OutsideTunnel, null, "ssh"), ClientOrigin.LocalSocket, new ClientOrigin(OriginKind.ThisMachine, IPAddress.Loopback), new ClientOrigin(OriginKind.HomeNetwork, IPAddress.Parse("192.168.77.20")) })
            Assert.Null(proofs.Judge(origin, local, new HostString(Facts.Name)).Target);
    }

    [Fact]
    public async Task The_link_comes_as_a_QR_code_to_who_lives_here()
    {
        await using var house = await OpenAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await house.Gateway.Http.GetAsync("/api/reachability/qr")).StatusCode);
        var reply = await house.Gateway.Local.GetAsync("/api/reachability/qr");
        Assert.Equal("image/svg+xml", reply.Content.Headers.ContentType!.MediaType);
        var svg = XDocument.Parse(await reply.Content.ReadAsStringAsync()).Root!;
        Assert.Equal(["fill", "d"], svg.Elements().First().Attributes().Select(a => a.Name.LocalName));
        await using var nameless = await GatewayUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await nameless.Local.GetAsync("/api/reachability/qr")).StatusCode);
    }

    [Fact]
    public void The_link_carries_the_port_of_the_way_that_the_name_leads_to()
    {
        Assert.Equal("https://pycon.duckdns.org/", PublicDoor.Of(Facts.Both)!.Link.ToString());
        Assert.Equal("https://pycon.duckdns.org:8443/", PublicDoor.Of(Facts.Well.With(l => l with { Port = 8443 }))!.Link.ToString());
        Assert.Equal("https://pycon.duckdns.org/", PublicDoor.Of(Facts.Both with { Leases = [Facts.Lease(IpFamily.V6) with { Port = 8443 }, Facts.Lease(IpFamily.V4)] })!.Link.ToString());
        Assert.Equal("https://pycon.duckdns.org/", PublicDoor.Of(Facts.Well with { Leases = [] })!.Link.ToString());
        Assert.Null(PublicDoor.Of(Facts.Well with { Names = [] }));
    }

    private static (PhoneProofs, StatusStore) Made(GatewayStatus facts)
    {
        var status = new StatusStore();
        status.Update(_ => facts);
        var settings = new SettingsStore(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal) { ["name.domain"] = new(Facts.Name, SettingSource.ConfigurationFile, "") }, false));
        var scopes = new AddressScopes(IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("2001:db8::/32"));
        return (new PhoneProofs(new Challenges(TimeProvider.System), status, settings, scopes, new Host.Reachability.DialBack.OwnNetworks(status), TimeProvider.System), status);
    }
}
