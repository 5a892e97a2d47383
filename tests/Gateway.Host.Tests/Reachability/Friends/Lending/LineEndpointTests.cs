using System.Net;
using System.Net.Security;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends;
using Gateway.Host.Reachability.Friends.Lending;
using Gateway.Host.Tests.Access;

namespace Gateway.Host.Tests.Reachability.Friends.Lending;

/// <summary>Strangers, forgers and a friend's gateway gone mad, where lines are opened.</summary>
public sealed class LineEndpointTests
{
    [Fact]
    public async Task A_line_is_opened_to_a_friend_who_signed_for_this_gateway_just_now_and_to_nobody_else()
    {
        await using var houses = await LendHouses.OpenAsync();
        Assert.Equal(404, await StatusAsync(houses, await RequestAsync(houses)));
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        var good = await RequestAsync(houses);
        Assert.Equal(101, await StatusAsync(houses, good));
        Assert.Equal(409, await StatusAsync(houses, good)); // been here
        var next = await RequestAsync(houses);
        using var stranger = new FriendIdentity(houses.Lender.Get<Database>());
        foreach (var forged in new[]
        {
            next with { From = LendHouses.Lena }, next with { From = "ada.example.org" }, next with { To = LendHouses.Bo }, next with { Nonce = "0" }, next with { Signature = null }, next with { Signature = new string('0', 128) },
            next with { Signature = stranger.Sign(next.SignedText) },
        }) Assert.Equal(403, await StatusAsync(houses, forged));
        Assert.Equal(409, await StatusAsync(houses, await RequestAsync(houses, fresh: new string('0', 48))));
        foreach (var rubbish in new[] { "", "null", "{}", "%%%", Convert.ToBase64String("[1]"u8), new string('A', 4000) }) Assert.InRange(await StatusAsync(houses, rubbish), 400, 403);
        Assert.Equal(426, await StatusAsync(houses, LineEndpoint.Write(next), upgrade: false));
    }

    [Fact]
    public async Task A_friend_has_so_many_lines_and_no_more_and_asks_so_often()
    {
        await using var houses = await LendHouses.OpenAsync(new(StringComparer.Ordinal) { ["lend.connections"] = 4L });
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        var lines = new List<SslStream>();
        for (var i = 0; i < 4; i++) lines.Add((await OpenAsync(houses, LineEndpoint.Write(await RequestAsync(houses)))).Stream);
        await LendHouses.UntilAsync(async () => (await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("lines").GetInt32() == 4, "not four lines");
        var codes = new HashSet<int>();
        for (var i = 0; i < 80; i++) codes.Add(await StatusAsync(houses, await RequestAsync(houses)));
        Assert.Equal([429], codes);
        foreach (var line in lines) await line.DisposeAsync();
    }

    [Fact]
    public async Task A_line_that_takes_nobody_or_talks_out_of_turn_is_cut_and_the_visitor_comes_over_the_next()
    {
        await using var houses = await LendHouses.OpenAsync();
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        await using var mute = (await OpenAsync(houses, LineEndpoint.Write(await RequestAsync(houses)))).Stream;
        await using var mad = (await OpenAsync(houses, LineEndpoint.Write(await RequestAsync(houses)))).Stream;
        await mad.WriteAsync(new byte[] { (byte)VisitorFrame.Data, 0, 1, 7 });
        Assert.Equal(0, await mad.ReadAsync(new byte[1]));
        var visiting = houses.VisitAsync();
        var frame = new byte[3];
        await mute.ReadExactlyAsync(frame);
        Assert.Equal((byte)VisitorFrame.Visitor, frame[0]);
        await LendHouses.TellAsync(houses.Borrower, HttpMethod.Post, LendHouses.Lena, "borrowing");
        await using var visitor = await visiting; // after the mute one's three seconds
        Assert.Equal(LendHouses.KeyOf(houses.Borrower), visitor.Key);
    }

    [Fact]
    public async Task A_visitor_for_whom_there_is_no_line_is_hung_up_on()
    {
        await using var houses = await LendHouses.OpenAsync();
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        await Assert.ThrowsAnyAsync<IOException>(() => houses.VisitAsync());
        await using var lenas = await houses.VisitAsync(LendHouses.Lena);
        Assert.Equal("ok", await lenas.GetAsync("/healthz"));
    }

    private static async Task<LineRequest> RequestAsync(LendHouses houses, string? fresh = null)
    {
        await using var at = await houses.VisitAsync(LendHouses.Lena);
        fresh ??= System.Text.Json.JsonDocument.Parse(await at.GetAsync(FriendDoor.Path + "fresh")).RootElement.GetProperty("fresh").GetString();
        var request = new LineRequest(LendHouses.Bo, LendHouses.Lena, new string('1', 32), fresh, null);
        return request with { Signature = houses.Borrower.Get<FriendIdentity>().Sign(request.SignedText) };
    }

    private static Task<int> StatusAsync(LendHouses houses, LineRequest request) => StatusAsync(houses, LineEndpoint.Write(request));

    private static async Task<int> StatusAsync(LendHouses houses, string header, bool upgrade = true)
    {
        var (stream, status) = await OpenAsync(houses, header, upgrade);
        await stream.DisposeAsync();
        return status;
    }

    private static async Task<(SslStream Stream, int Status)> OpenAsync(LendHouses houses, string header, bool upgrade = true)
    {
        var at = await houses.VisitAsync(LendHouses.Lena);
        await at.Tls.WriteAsync(Encoding.ASCII.GetBytes($"GET {LineEndpoint.Path} HTTP/1.1\r\nHost: {LendHouses.Lena}\r\n{(upgrade ? "Connection: Upgrade\r\nUpgrade: gateway-lend\r\n" : "")}Gateway-Friend: {header}\r\n\r\n"));
        var (head, one) = (new StringBuilder(), new byte[1]);
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await at.Tls.ReadAsync(one) > 0) head.Append((char)one[0]);
        return (at.Tls, int.Parse(head.ToString().Split(' ')[1]));
    }
}
