using System.Text.Json;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>What a stranger elsewhere finds: each way in opens what it must and nothing else, and a flood through a tunnel keeps nobody out who belongs here.</summary>
[Collection(nameof(FirstHouse))]
public sealed class ExposureTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task A_scan_of_every_port_over_every_way_in_finds_HTTPS_alone()
    {
        await StartAsync(toml: HouseGateway.WithTunnels);
        await AllIsWellAsync("v4", "v6");
        var six = await Lab.AddressAsync("pi");
        await Wait.UntilAsync(async () => await Lab.HttpAsync("phone", "https://198.51.100.70/healthz", "-k", "-H", $"Host: {HouseGateway.Name}") == 200 && await Lab.HttpAsync("phone", "https://192.0.2.70:8443/healthz", "-k", "-H", $"Host: {HouseGateway.Name}:8443") == 200,
            Patience, () => "the tunnels do not stand by");
        var found = await Lab.OnAsync("phone", Lab.PathOf("bin/scan"), "203.0.113.7", six, "198.51.100.70", "192.0.2.70");
        // 22 is the relays' own.
        Assert.Equal(new[] { "203.0.113.7 443", $"{six} 443", "198.51.100.70 22", "198.51.100.70 443", "192.0.2.70 22", "192.0.2.70 8443" }.Order(StringComparer.Ordinal), found.Output.Split('\n').Order(StringComparer.Ordinal));
        // Nor does a name that is not ours open anything, over any of them; and plain HTTP is answered by nobody.
        foreach (var door in new[] { "203.0.113.7", "198.51.100.70" }) Assert.Equal(421, await Lab.HttpAsync("phone", $"https://{door}/", "-k", "-H", "Host: localhost"));
        Assert.Equal(0, await Lab.HttpAsync("phone", "http://198.51.100.70:443/"));
    }

    [Fact]
    public async Task Ten_thousand_wrong_passwords_through_a_tunnel_keep_the_owner_out_of_nothing()
    {
        await StartBehindNatAsync();
        await AllIsWellAsync("v4");
        var cookies = Path.Combine(Lab.Folder, "cookies");
        Task<int> SignInAsync(string host, string url, params string[] curl) => Lab.HttpAsync(host, url + "/api/session", ["-k", "-m", "20", "-H", "Content-Type: application/json", "-d", $"{{\"name\":\"Ada\",\"password\":\"{HouseGateway.Password}\"}}", .. curl]);
        Assert.Equal(200, await SignInAsync("phone", $"https://{HouseGateway.Name}", "-c", cookies));

        var seen = JsonDocument.Parse((await Lab.OnAsync("phone", Lab.PathOf("bin/guess"), HouseGateway.Name, "443", "198.51.100.70", "10000")).Output).RootElement;
        Assert.Equal(10000, seen.EnumerateObject().Sum(s => s.Value.GetInt32()));
        Assert.True(seen.GetProperty("429").GetInt32() > 9000, seen.ToString());
        Assert.False(seen.TryGetProperty("200", out _), seen.ToString());

        Assert.Equal(200, await SignInAsync("phone", $"https://{HouseGateway.Name}", "-b", cookies));
        Assert.Equal(200, await SignInAsync("pc", "http://192.168.77.10"));
        await Phone.GetsInAsync(TimeSpan.FromSeconds(5), "v4");
        Assert.Equal("verified", await Gateway.PatternAsync());
    }
}
