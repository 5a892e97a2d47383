using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>Others who look from outside, each alone: a beacon, a friend's gateway, the phone of somebody who lives here.</summary>
public sealed partial class VantageTests(LabHouse house) : Scenario(house)
{
    private const string Beacon = "relay2", BeaconName = "relay2.example";

    [Fact]
    public async Task A_beacon_proves_both_ways_says_as_whom_it_saw_the_house_and_notices_a_closed_door()
    {
        var folder = Directory.CreateTempSubdirectory("beacon-").FullName;
        await using var beacon = StartBeacon(folder);
        await StartAsync(toml: $"[vantage]\n{await LineAsync(beacon)}".Replace("HOST", BeaconName, StringComparison.Ordinal));
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
        await LineAsync(beacon);
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

    private ServerProcess StartBeacon(string folder) => ServerProcess.Start("ip", ["netns", "exec", $"{Lab.Prefix}-{Beacon}", LabHouse.NeedGateway(), "beacon", "--data", folder,
        .. new[] { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32" }.SelectMany(n => new[] { "--treat-as-public", n })]);

    /// <summary>The line for gateway.toml that the beacon prints once it serves, less the table that it is in.</summary>
    private static async Task<string> LineAsync(ServerProcess beacon)
    {
        await Wait.UntilAsync(() => Task.FromResult(Line().IsMatch(beacon.Said)), Patience, () => $"the beacon does not serve: {beacon.Said}");
        return Line().Match(beacon.Said).Groups["line"].Value;
    }

    [GeneratedRegex("^vantage\\.(?<line>beacon = .+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Line();

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
