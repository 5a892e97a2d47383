using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.Friends;
using Gateway.Host.Tests.Access;

namespace Gateway.Host.Tests.Reachability.Friends;

/// <summary>Two gateways become friends, look at each other, and part.</summary>
public sealed class FriendTests
{
    [Fact]
    public async Task Two_gateways_become_friends_by_an_invitation_and_each_proves_the_other()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        Assert.Equal([TwoHouses.BobsName], await TwoHouses.FriendsOfAsync(houses.Ada));
        Assert.Equal([TwoHouses.AdasName], await TwoHouses.FriendsOfAsync(houses.Bob));
        Assert.Equal("Friend friend.example.org got in.", Assert.Single((await houses.Ada.UntilAsync(s => s.Report.Pattern == LedPattern.Verified)).Report.Ways).Words);
        Assert.Equal("Friend pycon.example.org got in.", Assert.Single((await houses.Bob.UntilAsync(s => s.Report.Pattern == LedPattern.Verified)).Report.Ways).Words);
        Assert.Equal(["friend.paired", "friend.invited"], houses.Ada.Gateway.AuditedBy()[..2]);
        Assert.Equal("friend.paired", houses.Bob.Gateway.AuditedBy()[0]);
        var view = (await (await houses.Ada.Gateway.Local.GetAsync("/api/friends")).JsonAsync())[0];
        Assert.Equal(("reached", true), (view.GetProperty("outcome").GetString(), view.GetProperty("asked").GetBoolean()));
    }

    [Fact]
    public async Task Either_ends_it_and_the_other_hears_of_it()
    {
        await using var houses = await TwoHouses.OpenAsync();
        foreach (var (house, name) in new[] { (houses.Ada, TwoHouses.BobsName), (houses.Bob, TwoHouses.AdasName) })
        {
            await houses.PairAsync();
            var reply = await house.Gateway.Local.DeleteAsync($"/api/friends/{name}");
            Assert.True((await reply.JsonAsync()).GetProperty("told").GetBoolean());
            Assert.Empty(await TwoHouses.FriendsOfAsync(houses.Ada));
            Assert.Empty(await TwoHouses.FriendsOfAsync(houses.Bob));
            Assert.Empty(houses.Ada.Gateway.Get<Vantages>().All);
            Assert.Equal(HttpStatusCode.NotFound, (await house.Gateway.Local.DeleteAsync($"/api/friends/{name}")).StatusCode);
        }
    }

    [Fact]
    public async Task Who_cannot_be_told_is_refused_when_he_asks_again_and_the_words_say_why()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        await houses.Ada.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);
        houses.Names.TryRemove(TwoHouses.AdasName, out var address);
        Assert.False((await (await houses.Bob.Gateway.Local.DeleteAsync($"/api/friends/{TwoHouses.AdasName}")).JsonAsync()).GetProperty("told").GetBoolean());
        houses.Names[TwoHouses.AdasName] = address!;
        Assert.Equal(HttpStatusCode.OK, (await houses.Ada.Gateway.Local.PostAsync("/api/reachability/check", null)).StatusCode);
        var refused = (await houses.Ada.UntilAsync(s => s.Observations[0].Outcome == ProbeOutcome.Unknown)).Observations[0];
        Assert.Contains("does not count this gateway among its friends any more", refused.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_is_good_for_one_gateway()
    {
        await using var houses = await TwoHouses.OpenAsync();
        var invitation = await TwoHouses.InvitationAsync(houses.Ada);
        async Task<(HttpStatusCode, string?)> PasteAsync(HouseWithDoors house, string text)
        {
            var reply = await house.Gateway.Local.PostAsJsonAsync("/api/friends", new { invitation = text });
            return (reply.StatusCode, (await reply.JsonAsync()).TryGetProperty("field", out var field) ? field.GetString() : null);
        }
        Assert.Equal((HttpStatusCode.BadRequest, "invitation"), await PasteAsync(houses.Ada, invitation)); // its own
        Assert.Equal((HttpStatusCode.BadRequest, "invitation"), await PasteAsync(houses.Bob, invitation.Replace("#sha256", "", StringComparison.Ordinal)));
        Assert.Equal((HttpStatusCode.BadRequest, "invitation"), await PasteAsync(houses.Bob, "https://pycon.example.org/"));
        Assert.Equal(HttpStatusCode.BadGateway, (await PasteAsync(houses.Bob, invitation[..^64] + new string('0', 64))).Item1); // somebody else would answer
        Assert.Equal(HttpStatusCode.BadGateway, (await PasteAsync(houses.Bob, invitation.Replace("pycon.", "nowhere.", StringComparison.Ordinal))).Item1);
        Assert.Equal(HttpStatusCode.Created, (await PasteAsync(houses.Bob, $" {invitation}\n")).Item1);
        Assert.Equal((HttpStatusCode.Conflict, "invitation"), await PasteAsync(houses.Bob, invitation));
        await houses.Bob.Gateway.Local.DeleteAsync($"/api/friends/{TwoHouses.AdasName}");
        Assert.Equal((HttpStatusCode.BadRequest, "invitation"), await PasteAsync(houses.Bob, invitation)); // spent
        Assert.Empty(await TwoHouses.FriendsOfAsync(houses.Ada));
    }

    [Fact]
    public async Task A_gateway_without_a_name_has_nothing_to_invite_to()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var reply = await gateway.Local.PostAsync("/api/friends/invitations", null);
        Assert.Equal(HttpStatusCode.Conflict, reply.StatusCode);
        Assert.Contains("[name]", (await reply.JsonAsync()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_owner_has_to_do_with_friends()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var member = await gateway.JoinAsync("Bea");
        using var program = await gateway.ProgramAsync("all but admin", Scopes.LightsRead, Scopes.LightsWrite, Scopes.StatusRead, Scopes.Mqtt);
        foreach (var (client, expected) in new[] { (gateway.Http, HttpStatusCode.Unauthorized), (member, HttpStatusCode.Forbidden), (program, HttpStatusCode.Forbidden) })
        {
            Assert.Equal(expected, (await client.GetAsync("/api/friends")).StatusCode);
            Assert.Equal(expected, (await client.PostAsync("/api/friends/invitations", null)).StatusCode);
            Assert.Equal(expected, (await client.PostAsJsonAsync("/api/friends", new { invitation = "x" })).StatusCode);
            Assert.Equal(expected, (await client.DeleteAsync("/api/friends/x")).StatusCode);
        }
        Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync("/api/friends")).StatusCode);
    }

    [Fact]
    public async Task The_setting_says_which_friends_look()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        var vantages = houses.Ada.Gateway.Get<Vantages>();
        async Task SetAsync(params string[] names) => Assert.Equal(HttpStatusCode.OK, (await houses.Ada.Gateway.Local.PatchAsJsonAsync("/api/settings", new Dictionary<string, string[]>(StringComparer.Ordinal) { ["vantage.friends"] = names })).StatusCode);
        var asked = Assert.Single(vantages.All);
        await SetAsync("somebody.example.org");
        Assert.Empty(vantages.All);
        await SetAsync("Friend.Example.org");
        Assert.Single(vantages.All);
        await SetAsync();
        Assert.Equal(asked.Name, Assert.Single(vantages.All).Name);
    }

    [Fact]
    public async Task A_friend_that_was_paired_under_another_name_of_ours_says_so()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        var vantage = Assert.Single(houses.Ada.Gateway.Get<Vantages>().All);
        var seen = await vantage.LookAsync(houses.Ada.Target(houses.Ada.Front) with { Name = "new.example.org" }, default);
        Assert.Equal((ProbeOutcome.Unknown, "dns"), (seen.Outcome, seen.Step));
        Assert.Contains("knows this gateway as pycon.example.org", seen.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_friend_whose_resolver_still_knows_the_old_address_says_nothing_about_the_new_one()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        houses.Names[TwoHouses.AdasName] = IPAddress.Parse("127.0.0.77");
        var seen = await Assert.Single(houses.Ada.Gateway.Get<Vantages>().All).LookAsync(houses.Ada.Target(houses.Ada.Front), default);
        Assert.Equal((ProbeOutcome.Unknown, "dns"), (seen.Outcome, seen.Step));
        Assert.Contains("still leads to 127.0.0.77", seen.Words, StringComparison.Ordinal);
    }
}
