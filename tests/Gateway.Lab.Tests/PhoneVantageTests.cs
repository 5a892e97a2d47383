using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>The phone of somebody who lives here, elsewhere, is a vantage; nobody else's is.</summary>
public sealed class PhoneVantageTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task A_person_s_phone_elsewhere_proves_the_house_and_nobody_else_does()
    {
        await StartAsync(toml: "");
        await ToldAsync("believed", "no-vantage");
        var folder = Directory.CreateTempSubdirectory("phone-").FullName;
        var phone = new SignedIn(Lab, folder);
        try
        {
            await PassByAsync();
            Assert.Equal(403, await Lab.HttpAsync("phone", $"https://{HouseGateway.Name}/api/reachability/proof", "-k", "-X", "POST", "-H", $"Authorization: Bearer {Gateway.Token}"));
            await phone.EnterAsync("phone");

            // At home: straight, and round through a router that leads its own address back and hides who calls.
            Assert.Contains("is at home", await phone.ProveAsync("pc", "-6"), StringComparison.Ordinal);
            var round = await Lab.OnAsync("router", "nft", "table ip round { chain in { type nat hook prerouting priority -110; iifname lan ip daddr 203.0.113.7 tcp dport 443 dnat to 192.168.77.10; }; chain out { type nat hook postrouting priority 90; oifname lan ip saddr 192.168.77.0/24 ct status dnat snat to 203.0.113.7; }; }");
            Assert.Equal(0, round.Code);
            Assert.Contains("home's own address", await phone.ProveAsync("pc", "-4"), StringComparison.Ordinal);
            Assert.Equal("", await phone.ProveAsync("phone", "-4", then: ("pc", "-4"))); // it has come home meanwhile
            Assert.Equal("", await phone.ProveAsync("phone", "-4", then: ("phone", "-6"))); // another door
            Assert.Equal(0, (await Gateway.GetAsync("/api/reachability")).GetProperty("observations").GetArrayLength());

            Assert.Equal("", await phone.ProveAsync("phone", "-6"));
            await ToldAsync("believed", "half-proven"); // IPv4 is published too
            Assert.Equal("", await phone.ProveAsync("phone", "-4"));
            await AllIsWellAsync("v4", "v6");
            Assert.Contains("Ada's Safari on iPhone got in from outside.", (await Gateway.CommandAsync("doctor")).Output, StringComparison.Ordinal);

            var left = await GoodForAsync();
            Assert.InRange(left, 60, 120);
            await PassByAsync();
            Assert.InRange(await GoodForAsync(), 0, left - 0.1); // nobody has renewed it
        }
        finally
        {
            await Lab.OnAsync("router", "nft", "delete", "table", "ip", "round");
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>For how many seconds the proof of IPv4 still counts.</summary>
    private async Task<double> GoodForAsync() =>
        (await Gateway.GetAsync("/api/reachability")).GetProperty("ways").EnumerateArray().First(w => w.GetProperty("family").GetString() == "v4").GetProperty("good_for").GetDouble();

    /// <summary>A stranger elsewhere looks at the page, and at what the page fetches.</summary>
    private async Task PassByAsync()
    {
        Assert.Equal(200, await Lab.HttpAsync("phone", $"https://{HouseGateway.Name}/", "-k"));
        Assert.Equal(401, await Lab.HttpAsync("phone", $"https://{HouseGateway.Name}/api/reachability/proof", "-k", "-X", "POST"));
        Assert.Equal(404, await Lab.HttpAsync("phone", $"https://{HouseGateway.Name}/.well-known/gateway-challenge/{new string('a', 32)}", "-k"));
    }
}
