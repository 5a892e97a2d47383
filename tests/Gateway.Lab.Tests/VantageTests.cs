using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>Others who look from outside, each alone: a beacon, and a friend's gateway.</summary>
[Collection(nameof(FirstHouse))]
public sealed partial class VantageTests(LabHouse house) : Scenario(house)
{
    private const string Beacon = "relay2", BeaconName = "relay2.example", Friend = "Friend friend.duckdns.org";

    [Fact]
    public async Task A_beacon_proves_both_ways_says_as_whom_it_saw_the_house_and_notices_a_closed_door()
    {
        var folder = Directory.CreateTempSubdirectory("beacon-").FullName;
        await using var beacon = StartBeacon(folder);
        await StartAsync(toml: (await LinesAsync(beacon)).Replace("HOST", BeaconName, StringComparison.Ordinal));
        await AllIsWellAsync("v4", "v6");

        var six = await Lab.AddressAsync("pi");
        var view = await Gateway.GetAsync("/api/doctor");
        foreach (var address in new[] { "203.0.113.7", six })
            Assert.Contains(view.GetProperty("seen").EnumerateArray(), s => s.GetProperty("by").GetString() == "Beacon " + BeaconName && s.GetProperty("address").GetString() == address);
        var said = await Gateway.CommandAsync("doctor");
        Assert.Equal(0, said.Code);
        Assert.Contains($"Beacon {BeaconName} got in from outside.", said.Output, StringComparison.Ordinal);
        Assert.Contains($"Beacon {BeaconName} saw this home so", said.Output, StringComparison.Ordinal);

        await Lab.MustAsync("bin/closed-door", "on");
        for (var look = 0; look < 2; look++) await Gateway.SendAsync("POST", "/api/reachability/check"); // one failed look ends no proof
        await ToldAsync("unreachable", "contradicted");
        await Lab.MustAsync("bin/closed-door", "off");
        await Gateway.SendAsync("POST", "/api/reachability/check");
        await AllIsWellAsync("v4", "v6");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_beacon_dials_nobody_but_a_public_address_that_asks_and_only_at_the_agreed_ports()
    {
        // Of homes and providers, what NAT64, 6to4 and Teredo make of an IPv4 address, of books: the phone asks from each.
        string[] clothes = ["10.9.9.9", "100.64.9.9", "fd00::9", "64:ff9b::c633:640a", "2002:c633:640a::9", "2001:0:c633:640a::9", "3fff::9"];
        var folder = Directory.CreateTempSubdirectory("beacon-").FullName;
        await using var beacon = StartBeacon(folder);
        await LinesAsync(beacon);
        try
        {
            foreach (var address in clothes)
            {
                var family = address.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
                await OnAsync("phone", "ip", family, "addr", "add", $"{address}/{(family == "-6" ? "128" : "32")}", "dev", "eth0");
                await OnAsync("internet", "ip", family, "route", "replace", address, "via", family == "-6" ? "2001:db8:f:10::10" : "198.51.100.10");
            }
            foreach (var host in new[] { "phone", "internet", "dns" })
                await OnAsync(host, "nft", "table inet watch { chain in { type filter hook input priority -10; tcp flags & (syn | ack) == syn tcp dport != { 53, 80, 443 } counter; }; }");
            await OnAsync(Beacon, "nft", "table inet watch { chain out { type filter hook output priority -10; tcp flags & (syn | ack) == syn tcp dport != 443 counter; }; }");

            foreach (var address in clothes) Assert.Contains("\"step\":\"address\"", await AskBeaconAsync("phone", address), StringComparison.Ordinal);
            Assert.Contains("\"step\":\"address\"", await AskBeaconAsync("internet", "192.0.2.65"), StringComparison.Ordinal); // of the beacon's own network
            foreach (var neighbour in new[] { ("internet", "2001:db8:f:60::1"), ("phone", "2001:db8:f:10::10") }) // of the same /56
                Assert.Contains("\"step\":\"address\"", await AskBeaconAsync(neighbour.Item1, neighbour.Item2), StringComparison.Ordinal);
            foreach (var own in new[] { "192.0.2.70", "2001:db8:f:60::70" }) Assert.Contains("\"step\":\"address\"", await AskBeaconAsync(Beacon, own), StringComparison.Ordinal);
            foreach (var own in new[] { "127.0.0.1", "::1" }) Assert.Contains("\"step\":\"address\"", await AskBeaconAsync(Beacon, own, to: own), StringComparison.Ordinal);
            foreach (var port in new[] { 22, 25, 80, 8080, 65535, 0, -1 }) Assert.Contains("\"field\":\"port\"", await AskBeaconAsync("phone", "198.51.100.10", port), StringComparison.Ordinal);
            foreach (var name in new[] { "192.168.77.1", "[::ffff:192.168.77.1]", "::ffff:c0a8:4d01", "localhost", "a.example/../b", "a.example:22", "a.example@b.example" })
                Assert.Contains("\"field\":\"name\"", await AskBeaconAsync("phone", "198.51.100.10", name: name), StringComparison.Ordinal);
            foreach (var host in new[] { "phone", "internet", "dns", Beacon }) Assert.Contains("counter packets 0 ", (await Lab.OnAsync(host, "nft", "list", "table", "inet", "watch")).Output, StringComparison.Ordinal);

            // Who asks from a public address is dialled, and nobody else, whomever he names.
            Assert.Contains("\"step\":\"refused\"", await AskBeaconAsync("phone", "198.51.100.10"), StringComparison.Ordinal);
            foreach (var (host, packets) in new[] { ("phone", 1), ("internet", 0), ("dns", 0), (Beacon, 1) })
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"counter packets {packets} "), (await Lab.OnAsync(host, "nft", "list", "table", "inet", "watch")).Output, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var host in new[] { "phone", "internet", "dns", Beacon }) await Lab.OnAsync(host, "nft", "delete", "table", "inet", "watch");
            foreach (var address in clothes)
            {
                await Lab.OnAsync("phone", "ip", "addr", "del", address + (address.Contains(':', StringComparison.Ordinal) ? "/128" : "/32"), "dev", "eth0");
                await Lab.OnAsync("internet", "ip", address.Contains(':', StringComparison.Ordinal) ? "-6" : "-4", "route", "del", address);
            }
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Two_friends_prove_each_other_until_one_ends_it()
    {
        var friend = await House.StartFriendAsync();
        await StartAsync(toml: "");
        var (ours, theirs) = (await OwnerAsync(Gateway), await OwnerAsync(friend));
        await ToldAsync("believed", "no-vantage");
        await Wait.UntilAsync(async () => (await friend.GetAsync("/api/reachability")).GetProperty("names")[0] is var name && new[] { "v4", "v6" }.All(f => name.GetProperty(f).GetProperty("published").ValueKind == JsonValueKind.String),
            Patience, () => "the friend's name does not lead to it");
        var invitation = (await Gateway.SendAsync("POST", "/api/friends/invitations", "{}", ours)).GetProperty("invitation").GetString()!;
        Assert.Equal(HouseGateway.Name, (await TakeUpAsync(friend, invitation, theirs)).GetProperty("name").GetString());
        await AllIsWellAsync("v4", "v6");
        await friend.UntilPatternAsync(Patience, "verified");
        Assert.Contains($"{Friend} got in from outside.", (await Gateway.CommandAsync("doctor")).Output, StringComparison.Ordinal);

        Assert.True((await friend.SendAsync("DELETE", "/api/friends/" + HouseGateway.Name, token: theirs)).GetProperty("told").GetBoolean());
        Assert.Equal(0, (await Gateway.SendAsync("GET", "/api/friends", token: ours)).GetArrayLength());
        Assert.Equal(0, (await Gateway.GetAsync("/api/reachability")).GetProperty("vantages").GetArrayLength());
        Assert.Equal("invitation", (await TakeUpAsync(friend, invitation, theirs)).GetProperty("field").GetString()); // it was good once
    }

    [Fact]
    public async Task A_friend_who_says_no_is_quoted_and_overturns_no_proof_of_a_server_of_one_s_own()
    {
        await StartAsync();
        await ToldAsync("verified");
        await using var liar = await BefriendLiarAsync("refused");
        await Wait.UntilAsync(async () => (await Gateway.DoctorAsync()).Notes.Contains("contradicted", StringComparer.Ordinal), Patience, () => $"nobody speaks of what the friend says: {liar.Said}");
        for (var look = 0; look < 2; look++) await Gateway.SendAsync("POST", "/api/reachability/check");
        await AllIsWellAsync("v4", "v6");
        var said = await Gateway.CommandAsync("doctor");
        Assert.Equal(0, said.Code);
        Assert.Contains($"{Friend} could not get in: The connection was refused.", said.Output, StringComparison.Ordinal);
        Assert.Contains("relay.example got in", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_friend_who_says_that_he_got_in_has_to_show_it_at_that_very_door()
    {
        await StartAsync(toml: "");
        await ToldAsync("believed", "no-vantage");
        await using var liar = await BefriendLiarAsync("reached");
        await Lab.MustAsync("bin/closed-door", "on");
        try
        {
            await Gateway.SendAsync("POST", "/api/reachability/check");
            foreach (var family in new[] { "v4", "v6" }) await FriendFoundAsync(family, "unknown", "It says that it got in, and cannot show it.");

            // Over IPv4 alone the door is closed: he brings the nonce in over IPv6, and knows the answer.
            await OnAsync("router", "nft", "table inet watch { chain shut { type filter hook forward priority -10; iifname wan meta nfproto ipv4 tcp dport 443 drop; }; }");
            await Lab.MustAsync("bin/closed-door", "off");
            await File.WriteAllTextAsync(Path.Combine(liar.Folder, "lie"), "carried");
            await Gateway.SendAsync("POST", "/api/reachability/check");
            await FriendFoundAsync("v4", "unknown", "It got in, but by another door");
            await ToldAsync("believed", "vantage-blind");
            Assert.DoesNotContain((await Gateway.GetAsync("/api/reachability")).GetProperty("history").EnumerateArray(), l => l.GetProperty("pattern").GetString() is "verified" or "attention");
        }
        finally { await Lab.OnAsync("router", "nft", "delete", "table", "inet", "watch"); }
    }

    [Fact]
    public async Task A_friend_has_nothing_dialled_but_the_public_address_of_his_own_name()
    {
        await StartAsync(toml: "");
        await ToldAsync("believed", "no-vantage");
        var own = await Lab.AddressAsync("pi");
        try
        {
            await using var liar = await BefriendLiarAsync("refused");
            foreach (var host in new[] { "pi", "pc", "router" })
                await OnAsync(host, $"nft", $"table inet watch {{ chain dialled {{ type filter hook {(host == "pi" ? "output" : "input")} priority -10; tcp dport 8443 tcp flags & (syn | ack) == syn counter; }}; }}");
            foreach (var port in new[] { 22, 80, 1883 }) Assert.Contains("\"field\":\"port\"", await liar.AskAsync("v4", port), StringComparison.Ordinal);
            string[] not = ["192.168.77.20", "192.168.77.1", "127.0.0.1", "100.64.0.1", "203.0.113.7", "::ffff:192.168.77.20", "64:ff9b::c0a8:4d14", "2002:c0a8:4d14::1", await Lab.AddressAsync("pc"), "2001:db8:1:ff::1", own];
            foreach (var address in not)
                Assert.Contains("\"step\":\"address\"", await liar.AskAsync(await FriendLeadsAsync(address), 8443), StringComparison.Ordinal);
            foreach (var host in new[] { "pi", "pc", "router" }) Assert.Contains("counter packets 0 ", (await Lab.OnAsync(host, "nft", "list", "table", "inet", "watch")).Output, StringComparison.Ordinal);

            Assert.Contains("\"address\":\"192.0.2.133\"", await liar.AskAsync(await FriendLeadsAsync("192.0.2.133"), 8443), StringComparison.Ordinal);
            Assert.DoesNotContain("counter packets 0 ", (await Lab.OnAsync("pi", "nft", "list", "table", "inet", "watch")).Output, StringComparison.Ordinal);
        }
        finally { foreach (var host in new[] { "pi", "pc", "router" }) await Lab.OnAsync(host, "nft", "delete", "table", "inet", "watch"); }
    }

    private static Task<JsonElement> TakeUpAsync(HouseGateway gateway, string invitation, string owner) => gateway.SendAsync("POST", "/api/friends", $"{{\"invitation\":\"{invitation}\"}}", owner);

    /// <summary>What the friend's newest look came to.</summary>
    private async Task FriendFoundAsync(string family, string outcome, string words)
    {
        var all = "";
        await Wait.UntilAsync(async () => (await Gateway.GetAsync("/api/reachability")).GetProperty("observations") is var seen && (all = seen.ToString()).Length > 0
            && seen.EnumerateArray().FirstOrDefault(o => o.GetProperty("vantage").GetString() == Friend && o.GetProperty("family").GetString() == family) is { ValueKind: JsonValueKind.Object } newest
            && newest.GetProperty("outcome").GetString() == outcome && newest.GetProperty("words").GetString()!.StartsWith(words, StringComparison.Ordinal), Patience, () => $"the friend found {all}");
    }

    /// <summary>The name of the friend leads to this address alone, and nobody remembers another; gives the family.</summary>
    private async Task<string> FriendLeadsAsync(string address)
    {
        var isV6 = address.Contains(':', StringComparison.Ordinal);
        var script = Path.Combine(Lab.Folder, "friend.update");
        await File.WriteAllTextAsync(script, $"server 198.51.100.131\nzone duckdns.org.\nupdate delete friend.duckdns.org. A\nupdate delete friend.duckdns.org. AAAA\nupdate add friend.duckdns.org. 1 {(isV6 ? "AAAA" : "A")} {address}\nsend\n");
        await OnAsync("dns", "nsupdate", "-k", Lab.PathOf("conf/dns/update.key"), script);
        await Lab.MustAsync("services/dns", "flush");
        return isV6 ? "v6" : "v4";
    }

    /// <summary>Makes friends with a gateway on <c>friend</c> that lies.</summary>
    private async Task<LyingFriend> BefriendLiarAsync(string lie)
    {
        var told = await Lab.OnAsync("friend", "curl", "-gsS", "http://www.duckdns.org/update?domains=friend&token=lab-token&ip=192.0.2.133&ipv6=2001:db8:4:1::10");
        Assert.Equal("OK", told.Output);
        var invitation = (await Gateway.SendAsync("POST", "/api/friends/invitations", "{}", await OwnerAsync(Gateway))).GetProperty("invitation").GetString()!;
        return await LyingFriend.StartAsync(Lab, lie, invitation);
    }

    /// <summary>A token with which the owner may do everything.</summary>
    private static async Task<string> OwnerAsync(HouseGateway gateway) => (await gateway.CommandAsync("token", "create", "owner", "--scope", "admin")).Output.Split('\n')[^1];

    private ServerProcess StartBeacon(string folder) => ServerProcess.Start("ip", ["netns", "exec", $"{Lab.Prefix}-{Beacon}", LabHouse.NeedGateway(), "beacon", "--data", folder,
        .. new[] { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32" }.SelectMany(n => new[] { "--treat-as-public", n })]);

    /// <summary>What the beacon prints for gateway.toml once it serves.</summary>
    private static async Task<string> LinesAsync(ServerProcess beacon)
    {
        await Wait.UntilAsync(() => Task.FromResult(Lines().IsMatch(beacon.Said)), Patience, () => $"the beacon does not serve: {beacon.Said}");
        return Lines().Match(beacon.Said).Groups["lines"].Value;
    }

    [GeneratedRegex("^(?<lines>\\[vantage\\]\\nbeacon = .+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Lines();

    /// <summary>What the beacon answers to who asks from this address, and says by every means that he wants the name servers dialled.</summary>
    private async Task<string> AskBeaconAsync(string host, string from, int port = 8443, string name = "scan.example.org", string? to = null)
    {
        var target = to ?? (from.Contains(':', StringComparison.Ordinal) ? "2001:db8:f:60::70" : "192.0.2.70");
        var body = JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["name"] = name, ["port"] = port, ["key"] = new string('a', 64), ["nonce"] = new string('b', 32), ["address"] = "198.51.100.130", ["seen"] = "198.51.100.130",
        });
        var ran = await Lab.OnAsync(host, "curl", "-gksS", "-m", "8", "--interface", from, "-H", "Content-Type: application/json", "-H", "X-Forwarded-For: 198.51.100.130", "-H", "Forwarded: for=198.51.100.130", "-d", body,
            target.Contains(':', StringComparison.Ordinal) ? $"https://[{target}]/look" : $"https://{target}/look");
        return ran.Output + ran.Error;
    }

    private async Task OnAsync(string host, params string[] command)
    {
        var ran = await Lab.OnAsync(host, command);
        if (ran.Code != 0) throw new InvalidOperationException($"{host}: {string.Join(' ', command)}: {ran}");
    }
}
