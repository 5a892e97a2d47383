using System.Globalization;
using System.Text.Json;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>The way in by a public IPv6 address: which one is taken, how soon, and whether a phone elsewhere gets in by it.</summary>
[Collection(nameof(FirstHouse))]
public sealed class DirectTests(LabHouse house) : InTheHouse(house)
{
    private const string First = "2001:db8:1:1:", Second = "2001:db8:2:1:";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>From the kernel's word that the address is ours alone to the lease.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    private HouseGateway _gateway = null!;

    private async Task StartAsync(string router = "all")
    {
        await Lab.MustAsync("services/router", "restart", router);
        await Wait.UntilAsync(async () => (await UsableAsync(First)) is not null, Patience, () => "the pi has no address of the first prefix");
        _gateway = await House.StartGatewayAsync();
    }

    private async Task<JsonElement> LeaseAsync() =>
        (await _gateway.GetAsync("/api/reachability")).GetProperty("ways").EnumerateArray().FirstOrDefault(w => w.GetProperty("way").GetString() == "ipv6");

    /// <summary>Waits until the lease is so; tells where it leads.</summary>
    private async Task<string> UntilAsync(string state, string prefix, int port = 443, TimeSpan? patience = null)
    {
        var seen = default(JsonElement);
        await Wait.UntilAsync(async () => (seen = await LeaseAsync()).ValueKind == JsonValueKind.Object && seen.GetProperty("state").GetString() == state
            && (prefix.Length == 0 || (seen.GetProperty("address").GetString()?.StartsWith(prefix, StringComparison.Ordinal) == true && seen.GetProperty("port").GetInt32() == port)),
            patience ?? Patience, () => $"the lease is {seen}");
        return seen.GetProperty("address").GetString() ?? "";
    }

    /// <summary>The address of a prefix that the kernel lets be used; null while there is none.</summary>
    private async Task<string?> UsableAsync(string prefix) =>
        (await Lab.OnAsync("pi", "ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "global", "-deprecated", "-tentative", "-temporary")).Output.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 3 && w[3].StartsWith(prefix, StringComparison.Ordinal)).Select(w => w[3].Split('/')[0]).FirstOrDefault();

    private Task<int> PhoneAsync(string address, int port = 443) => Lab.HttpAsync("phone", string.Create(CultureInfo.InvariantCulture, $"https://[{address}]:{port}/healthz"), "-k");

    private async Task GetsInAsync(string address, int port = 443) =>
        await Wait.UntilAsync(async () => await PhoneAsync(address, port) == 200, TimeSpan.FromSeconds(10), () => $"the phone does not get in at {address}, port {port}");

    /// <summary>Usually at once; miniupnpd forgets whose a pinhole is that was asked for twice, and lets it run out after ten seconds.</summary>
    private Task ClosedAsync() => Wait.UntilAsync(async () => !(await PinholesAsync()).Contains("dport 443", StringComparison.Ordinal), TimeSpan.FromSeconds(20), () => "the pinhole stays open");

    private async Task<string> PinholesAsync() => (await Lab.OnAsync("router", "nft", "list", "chain", "inet", "filter", "miniupnpd")).Output;

    [Fact]
    public async Task The_router_is_asked_once_there_is_an_owner_and_gets_back_what_it_opened()
    {
        await Lab.MustAsync("services/router", "restart", "all");
        await Wait.UntilAsync(async () => (await UsableAsync(First)) is not null, Patience, () => "the pi has no address of the first prefix");
        _gateway = await House.StartGatewayAsync(claim: false);
        var address = (await UsableAsync(First))!;
        Assert.Equal(0, await PhoneAsync(address));
        await _gateway.ClaimAsync();
        Assert.Equal(address, await UntilAsync("granted", First, patience: TimeSpan.FromSeconds(5)));
        await GetsInAsync(address);
        Assert.Contains("dport 443", await PinholesAsync(), StringComparison.Ordinal);

        await _gateway.SignalAsync("TERM");
        await ClosedAsync();
        await _gateway.KillAsync();

        await _gateway.RunAsync();
        await UntilAsync("granted", First);
        await _gateway.CommandAsync("owner", "reset");
        await ClosedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("flash")]
    public async Task Another_prefix_is_another_lease_within_two_seconds_and_so_is_the_first_one_when_it_comes_back(string how)
    {
        await StartAsync();
        await UntilAsync("granted", First);
        foreach (var (name, prefix) in new[] { ("second", Second), ("first", First), ("second", Second) })
        {
            await Lab.MustAsync("bin/prefix", [name, .. how.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            await Wait.UntilAsync(async () => (await UsableAsync(prefix)) is not null, Patience, () => $"the pi has no address of the {name} prefix");
            var address = await UntilAsync("granted", prefix, patience: Promised);
            Assert.Equal(await UsableAsync(prefix), address);
            await GetsInAsync(address);
        }
    }

    [Fact]
    public async Task An_address_for_privacy_is_never_the_one()
    {
        await Lab.OnAsync("pi", "sysctl", "-qw", "net.ipv6.conf.eth0.use_tempaddr=2");
        await StartAsync();
        await Lab.MustAsync("bin/prefix", "second", "flash");
        await Wait.UntilAsync(async () => (await Lab.OnAsync("pi", "ip", "-6", "addr", "show", "dev", "eth0", "temporary", "to", Second + ":/64")).Output.Length > 0, Patience, () => "the pi makes no temporary address");
        var address = await UntilAsync("granted", Second);
        Assert.Equal(await UsableAsync(Second), address);
        await Lab.OnAsync("pi", "sysctl", "-qw", "net.ipv6.conf.eth0.use_tempaddr=0");
    }

    [Fact]
    public async Task Where_the_router_opens_no_low_port_the_world_comes_in_by_8443_which_is_listened_to_as_long_as_that_holds()
    {
        await StartAsync("upnp");
        var address = await UntilAsync("granted", First, 8443);
        await GetsInAsync(address, 8443);
        Assert.Equal(0, await PhoneAsync(address));

        await _gateway.CommandAsync("owner", "reset");
        await Wait.UntilAsync(async () => await Lab.HttpAsync("pc", $"https://[{address}]:8443/healthz", "-k") == 0, Patience, () => "port 8443 is listened to for nothing");
    }

    [Fact]
    public async Task Where_the_router_speaks_no_protocol_the_address_is_a_candidate_and_a_pinhole_made_by_hand_lets_the_phone_in()
    {
        await StartAsync("none");
        var address = await UntilAsync("candidate", First);
        await Wait.UntilAsync(async () => (await LeaseAsync()).GetProperty("problem").GetString() == "no_protocol", Patience, () => "the lease does not say why");
        Assert.Equal(0, await PhoneAsync(address));
        await Lab.MustAsync("bin/pinhole");
        await GetsInAsync(address);
    }

    [Fact]
    public async Task Without_a_cable_there_is_no_way_and_when_it_is_back_so_is_the_way()
    {
        await StartAsync();
        await UntilAsync("granted", First);
        await Lab.MustAsync("bin/link", "router", "lan-pi", "down");
        await Wait.UntilAsync(async () => (await Local("/api/reachability")).Contains("no router offers a way", StringComparison.Ordinal), Promised, () => "the lease outlives the cable");
        await Lab.MustAsync("bin/link", "router", "lan-pi", "up");
        await GetsInAsync(await UntilAsync("granted", First));
    }

    [Fact]
    public async Task A_network_without_IPv6_is_no_error()
    {
        await Lab.OnAsync("pi", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
        try
        {
            _gateway = await House.StartGatewayAsync();
            await UntilAsync("absent", "");
        }
        finally { await Lab.OnAsync("pi", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0"); }
    }

    /// <summary>What the API answers on the pi itself, which needs no cable.</summary>
    private async Task<string> Local(string path) => (await Lab.OnAsync("pi", "curl", "-gsS", "-m", "2", "-H", $"Authorization: Bearer {_gateway.Token}", "http://127.0.0.1" + path)).Output;
}
