using System.Text.Json;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A home that nobody can reach, and a friend who has no server either, but a gateway that can be reached.</summary>
public sealed class LendTests(LabHouse house) : Scenario(house)
{
    private const string Friend = "friend.duckdns.org", FriendsAddress = "192.0.2.133";

    [Fact]
    public async Task A_friend_s_gateway_brings_the_phone_in_until_he_stops_lending()
    {
        var friend = await House.StartFriendAsync();
        await Lab.MustAsync("services/acme", "start");
        await StartBehindNatAsync(HouseGateway.WithVantage.Replace("\"portmap\"]", "\"portmap\", \"lend\"]", StringComparison.Ordinal) + HouseGateway.WithAuthority);
        await Led.UntilAsync(Patience, "unreachable", "name-wrong");
        await BefriendAsync(friend);

        Assert.Equal(0, (await friend.CommandAsync("lend", "pycon")).Code);
        Assert.Equal(0, (await Gateway.CommandAsync("borrow", "friend")).Code);
        await AllIsWellAsync("v4", "v6");
        await UntilIssuedAsync();
        await TrustedAsync("-4 -6", HouseGateway.Name);
        Assert.Equal(FriendsAddress, await NameAsync());
        var said = await Gateway.CommandAsync("doctor");
        Assert.Equal(0, said.Code);
        Assert.Contains($"lent by {Friend}", said.Output, StringComparison.Ordinal);
        Assert.Contains("relay.example got in from outside.", said.Output, StringComparison.Ordinal);
        Assert.Contains(HouseGateway.Name, (await friend.CommandAsync("lend", "--list")).Output, StringComparison.Ordinal);
        // Who switched it comes with his own address, and the friend's own name leads to the friend.
        var log = await Gateway.SendAsync("GET", "/api/audit?count=50", token: await OwnerAsync(Gateway));
        Assert.Contains(log.EnumerateArray(), e => e.GetProperty("what").GetString() == "light.commanded" && e.GetProperty("from").GetString() == "198.51.100.10");
        Assert.Equal(401, await Lab.HttpAsync("phone", $"https://{Friend}/api/lights", "-k", "-4", "-H", $"Authorization: Bearer {Gateway.Token}"));
        Assert.Equal(200, await Lab.HttpAsync("phone", $"https://{Friend}/healthz", "-k", "-4"));

        // The friend's gateway dies and comes again: nobody has to do anything.
        await friend.KillAsync();
        await friend.RunAsync();
        await Phone.GetsInAsync(Patience, "v4");
        await AllIsWellAsync("v4");

        Assert.Equal(0, (await friend.CommandAsync("lend", "pycon", "--stop")).Code);
        Assert.Equal(421, await Gateway.SwitchAsync("phone", "https://" + HouseGateway.Name, true, "-4")); // the friend's own gateway, which goes by another name
        await Led.UntilAsync(Promised, "unreachable", "name-wrong");
        await Wait.UntilAsync(async () => (said = await Gateway.CommandAsync("doctor")).Output.Contains("does not lend its way in", StringComparison.Ordinal), Patience, () => $"the doctor does not say who has stopped: {said}");
        Assert.Equal(1, said.Code);
    }

    /// <summary>The friend invites: nobody could come here to take up an invitation of ours.</summary>
    private async Task BefriendAsync(HouseGateway friend)
    {
        await Wait.UntilAsync(async () => (await friend.GetAsync("/api/reachability")).GetProperty("names")[0].GetProperty("v4").GetProperty("published").ValueKind == JsonValueKind.String, Patience, () => "the friend's name does not lead to it");
        var invitation = (await friend.SendAsync("POST", "/api/friends/invitations", "{}", await OwnerAsync(friend))).GetProperty("invitation").GetString();
        var paired = await Gateway.SendAsync("POST", "/api/friends", $"{{\"invitation\":\"{invitation}\"}}", await OwnerAsync(Gateway));
        Assert.True(paired.TryGetProperty("name", out var name) && name.GetString() == Friend, paired.ToString());
    }

    private async Task<string> NameAsync() => (await Lab.OnAsync("dns", "dig", "+short", "@198.51.100.131", HouseGateway.Name)).Output;

    private static async Task<string> OwnerAsync(HouseGateway gateway) => (await gateway.CommandAsync("token", "create", "owner " + Guid.NewGuid().ToString("N")[..6], "--scope", "admin")).Output.Split('\n')[^1];
}
