using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Reachability.DialBack;

namespace Gateway.Host.Tests.Reachability.Friends;

/// <summary>Strangers, forgers and friends who want too much, at the door for other gateways.</summary>
public sealed class FriendDoorTests
{
    private const string Look = FriendDoor.Path + "look", Pair = FriendDoor.Path + "pair", End = FriendDoor.Path + "end";
    private static readonly string Key = new('a', 64);

    private static async Task<HttpStatusCode> SendAsync(HttpClient at, LookRequest question) => (await at.PostAsJsonAsync(Look, question, FriendJson.Default.LookRequest)).StatusCode;

    private static async Task<LookReply> AskAsync(HttpClient at, LookRequest question)
    {
        var reply = await at.PostAsJsonAsync(Look, question, FriendJson.Default.LookRequest);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return (await reply.Content.ReadFromJsonAsync(FriendJson.Default.LookReply))!;
    }

    [Fact]
    public async Task A_signed_question_is_answered_with_a_signature_once()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        using var at = houses.AtBobs();
        var question = await houses.QuestionAsync(at);
        var reply = await AskAsync(at, question);
        // The nonce is none of Ada's: she does not answer it.
        Assert.Equal(("failed", "http", "", "127.0.0.1"), (reply.Outcome, reply.Step, reply.Answer, reply.Address));
        Assert.True(FriendIdentity.IsSigned(houses.Bob.Gateway.Get<FriendIdentity>().PublicKey, reply.SignedText(question), reply.Signature));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(at, question));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(at, await houses.QuestionAsync(at, q => q with { Fresh = new string('0', 48) })));
    }

    [Fact]
    public async Task What_is_not_signed_by_a_friend_for_this_gateway_is_refused_and_nothing_is_dialled()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        using var victim = CannedServer.Ok(Key);
        houses.Ports.Add(victim.Address.Port);
        houses.Names["victim.example.org"] = victim.Address.Address;
        using var at = houses.AtBobs();
        var question = await houses.QuestionAsync(at);
        using var stranger = new FriendIdentity(houses.Ada.Gateway.Get<Database>());
        foreach (var forged in new[]
        {
            question with { Port = victim.Address.Port },
            question with { From = "victim.example.org" },
            question with { From = null },
            question with { Key = victim.Key },
            question with { Nonce = new string('2', 32) },
            question with { Family = "v6" },
            question with { Signature = null },
            question with { Signature = new string('0', 128) },
            await houses.QuestionAsync(at, q => q with { From = "victim.example.org", Port = victim.Address.Port, Key = victim.Key }), // signed by Ada, in another's name
            await houses.QuestionAsync(at, q => q with { To = "somebody.example.org" }),
            await houses.QuestionAsync(at, q => q with { From = TwoHouses.AdasName + "\n" }),
        }) Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(at, forged));
        Assert.Equal(0, victim.Connections);
    }

    [Fact]
    public async Task A_friend_can_have_only_its_own_name_looked_at_only_in_public_and_only_at_agreed_ports()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        using var victim = CannedServer.Ok(Key);
        using var at = houses.AtBobs();
        foreach (var port in new int?[] { 22, 80, victim.Address.Port, 0, -1, null }) Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(at, await houses.QuestionAsync(at, q => q with { Port = port })));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(at, await houses.QuestionAsync(at, q => q with { Nonce = "../../api/lights" })));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(at, await houses.QuestionAsync(at, q => q with { Family = "any" })));
        houses.Ports.Add(victim.Address.Port);
        // Its name may say what it likes: what is private, or Bob's own, is not dialled.
        foreach (var address in new[] { "10.0.0.1", "192.168.1.1", "169.254.169.254", "::ffff:127.0.0.1", houses.Bob.Front.Address.ToString() })
        {
            houses.Names[TwoHouses.AdasName] = IPAddress.Parse(address);
            var reply = await AskAsync(at, await houses.QuestionAsync(at, q => q with { Port = victim.Address.Port, Key = victim.Key }));
            Assert.Equal(("unknown", "address", "", ""), (reply.Outcome, reply.Step, reply.Answer, reply.Address));
        }
        houses.Names.TryRemove(TwoHouses.AdasName, out _);
        Assert.Equal("dns", (await AskAsync(at, await houses.QuestionAsync(at))).Step);
        Assert.Equal(0, victim.Connections);
    }

    [Fact]
    public async Task A_friend_that_asks_without_end_waits()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        houses.Names.TryRemove(TwoHouses.AdasName, out _);
        using var at = houses.AtBobs();
        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 14; i++) codes.Add(await SendAsync(at, await houses.QuestionAsync(at)));
        Assert.Equal(HttpStatusCode.OK, codes[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, codes[^1]);
    }

    [Fact]
    public async Task Strangers_wear_out_their_own_tries_only()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        using var at = houses.AtBobs();
        using var elsewhere = houses.AtBobs(houses.Bob.Back);
        var question = await houses.QuestionAsync(at) with { Signature = new string('0', 128) };
        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++) codes.Add(await SendAsync(at, question));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.TooManyRequests), (codes[0], codes[^1]));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await at.PostAsJsonAsync(Pair, new PairRequest("0", null, null, null, null), FriendJson.Default.PairRequest)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(elsewhere, await houses.QuestionAsync(elsewhere)));
    }

    [Fact]
    public async Task Nobody_comes_as_a_friend_without_an_open_invitation_over_HTTPS_and_in_his_own_name()
    {
        await using var houses = await TwoHouses.OpenAsync();
        using var at = houses.AtBobs();
        async Task<(HttpStatusCode, string?)> ComeAsync(PairRequest request)
        {
            var reply = await at.PostAsJsonAsync(Pair, request, FriendJson.Default.PairRequest);
            return (reply.StatusCode, (await reply.JsonAsync()).TryGetProperty("field", out var field) ? field.GetString() : null);
        }
        var secret = FriendInvitation.Parse(await TwoHouses.InvitationAsync(houses.Bob))!.Secret;
        var right = new PairRequest(secret, "new.example.org", 443, Key, Key);
        foreach (var none in new[] { right with { Secret = null }, right with { Secret = "" }, right with { Secret = new string('0', 64) }, right with { Secret = secret.ToUpperInvariant() }, right with { Secret = secret + "00" } }) Assert.Equal(HttpStatusCode.Forbidden, (await ComeAsync(none)).Item1);
        foreach (var (wrong, field) in new[]
        {
            (right with { Name = "127.0.0.1" }, "name"), (right with { Name = "localhost" }, "name"), (right with { Name = TwoHouses.BobsName }, "name"), (right with { Name = "a.example.org/x" }, "name"), (right with { Name = null }, "name"),
            (right with { Port = 0 }, "port"), (right with { Port = 65536 }, "port"), (right with { Key = "aa" }, "key"), (right with { Tls = new string('A', 64) }, "tls"),
        }) Assert.Equal((HttpStatusCode.BadRequest, field), await ComeAsync(wrong));
        Assert.Equal(HttpStatusCode.Forbidden, (await houses.Bob.Gateway.Http.PostAsJsonAsync(Pair, right, FriendJson.Default.PairRequest)).StatusCode); // in the clear
        Assert.Empty(await TwoHouses.FriendsOfAsync(houses.Bob));
        Assert.Equal((HttpStatusCode.OK, null), await ComeAsync(right));
        Assert.Equal(HttpStatusCode.Forbidden, (await ComeAsync(right with { Name = "newer.example.org" })).Item1);
        Assert.Equal(["new.example.org"], await TwoHouses.FriendsOfAsync(houses.Bob));
    }

    [Fact]
    public async Task Bodies_are_small_and_JSON_and_pages_of_other_sites_are_not_heard()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        using var at = houses.AtBobs();
        foreach (var path in new[] { Look, Pair, End })
        {
            using var huge = new StringContent("{\"from\":\"" + new string('a', 10_000) + "\"}", System.Text.Encoding.UTF8, "application/json");
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await at.PostAsync(path, huge)).StatusCode);
            using var form = new FormUrlEncodedContent([new("from", TwoHouses.AdasName)]);
            Assert.Equal(HttpStatusCode.Unauthorized, (await at.PostAsync(path, form)).StatusCode); // no anonymous endpoint takes it
            using var nothing = new StringContent("null", System.Text.Encoding.UTF8, "application/json");
            Assert.Equal(HttpStatusCode.BadRequest, (await at.PostAsync(path, nothing)).StatusCode);
        }
        using var page = houses.AtBobs();
        page.DefaultRequestHeaders.Add("Origin", "https://pycon.example.org");
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(page, await houses.QuestionAsync(at)));
    }

    [Fact]
    public async Task Only_the_friend_itself_ends_it_from_outside()
    {
        await using var houses = await TwoHouses.OpenAsync();
        await houses.PairAsync();
        using var at = houses.AtBobs();
        var end = new EndRequest(TwoHouses.AdasName, TwoHouses.BobsName, new string('1', 32), await TwoHouses.FreshAsync(at), null);
        Assert.Equal(HttpStatusCode.Forbidden, (await at.PostAsJsonAsync(End, end with { Signature = houses.Bob.Gateway.Get<FriendIdentity>().Sign(end.SignedText) }, FriendJson.Default.EndRequest)).StatusCode);
        // A question is no goodbye.
        var question = await houses.QuestionAsync(at);
        Assert.Equal(HttpStatusCode.Forbidden, (await at.PostAsJsonAsync(End, end with { Fresh = question.Fresh, Signature = question.Signature }, FriendJson.Default.EndRequest)).StatusCode);
        Assert.Single(await TwoHouses.FriendsOfAsync(houses.Bob));
        Assert.Equal(HttpStatusCode.OK, (await at.PostAsJsonAsync(End, end with { Signature = houses.Ada.Gateway.Get<FriendIdentity>().Sign(end.SignedText) }, FriendJson.Default.EndRequest)).StatusCode);
        Assert.Empty(await TwoHouses.FriendsOfAsync(houses.Bob));
    }
}
