using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Host.Core;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Core;

namespace Gateway.Host.Tests.Reachability.Friends.Lending;

/// <summary>A gateway that can be reached brings visitors to a friend's that cannot, as long as both owners want it.</summary>
public sealed class LendingTests
{
    [Fact]
    public async Task Who_asks_for_the_friends_name_meets_the_friends_key_and_everybody_else_the_lenders()
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        foreach (var name in new[] { LendHouses.Bo, "lamp." + LendHouses.Bo, LendHouses.Bo.ToUpperInvariant() })
        {
            await using var visitor = await houses.VisitAsync(name);
            Assert.Equal(LendHouses.KeyOf(houses.Borrower), visitor.Key);
        }
        foreach (var name in new[] { LendHouses.Lena, "lamp." + LendHouses.Lena, "notbo.example.org", "example.org", "127.0.0.1" })
        {
            await using var visitor = await houses.VisitAsync(name);
            Assert.Equal(LendHouses.KeyOf(houses.Lender), visitor.Key);
        }
        await using var bos = await houses.VisitAsync();
        Assert.Equal("ok", await bos.GetAsync("/healthz"));
        Assert.Contains("<title>", await bos.GetAsync("/"), StringComparison.Ordinal);
        await using var lenas = await houses.VisitAsync(LendHouses.Lena);
        Assert.Equal("ok", await lenas.GetAsync("/healthz"));
        Assert.Equal(1, (await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("visitors").GetInt32());
        Assert.Equal("lending.started", houses.Lender.AuditedBy()[0]);
        Assert.Equal("borrowing.started", houses.Borrower.AuditedBy()[0]);
        Assert.Contains("gateway_lent_visitors 1\n", await (await houses.Lender.Local.GetAsync("/metrics")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_brought_until_both_owners_have_said_yes_and_the_words_say_who_has_not()
    {
        await using var houses = await LendHouses.OpenAsync();
        await LendHouses.TellAsync(houses.Borrower, HttpMethod.Post, LendHouses.Lena, "borrowing");
        await houses.UntilSaysAsync("lena.example.org does not lend its way in");
        await using (var visitor = await houses.VisitAsync()) Assert.Equal(LendHouses.KeyOf(houses.Lender), visitor.Key);
        await LendHouses.TellAsync(houses.Lender, HttpMethod.Post, LendHouses.Bo, "lending");
        await houses.UntilReachedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_owner_ends_it_at_once_in_the_middle_of_a_visit(bool lender)
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        await using var visitor = await houses.VisitAsync();
        Assert.Equal("ok", await visitor.GetAsync("/healthz"));
        if (lender) await LendHouses.TellAsync(houses.Lender, HttpMethod.Delete, LendHouses.Bo, "lending");
        else await LendHouses.TellAsync(houses.Borrower, HttpMethod.Delete, LendHouses.Lena, "borrowing");
        await visitor.UntilCutAsync();
        if (lender)
        {
            await houses.UntilSaysAsync("lena.example.org does not lend its way in");
            await using var next = await houses.VisitAsync();
            Assert.Equal(LendHouses.KeyOf(houses.Lender), next.Key);
        }
        else
        {
            await LendHouses.UntilAsync(async () => (await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("lines").GetInt32() == 0, "lines are left");
            Assert.Equal("", houses.Says());
        }
        Assert.Equal(lender ? "lending.ended" : "borrowing.ended", (lender ? houses.Lender : houses.Borrower).AuditedBy()[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_ends_with_the_friendship_and_is_not_there_again_with_the_next(bool lender)
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        await using var visitor = await houses.VisitAsync();
        await (lender ? houses.Lender : houses.Borrower).Local.DeleteAsync($"/api/friends/{(lender ? LendHouses.Bo : LendHouses.Lena)}");
        await visitor.UntilCutAsync();
        if (lender) await houses.UntilSaysAsync("does not count this gateway among its friends any more");
        else Assert.Contains("lending.ended", houses.Lender.AuditedBy()); // it was told
        await using var next = await houses.VisitAsync();
        Assert.Equal(LendHouses.KeyOf(houses.Lender), next.Key);
    }

    [Fact]
    public async Task It_is_there_again_after_either_has_started_anew_and_what_went_through_is_remembered()
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        await using (var visitor = await houses.VisitAsync()) await visitor.GetAsync("/");
        await houses.RestartBorrowerAsync();
        await houses.UntilReachedAsync();
        var bytes = (await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("bytes").GetInt64();
        await houses.RestartLenderAsync();
        Assert.True((await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("bytes").GetInt64() >= bytes);
        await houses.UntilReachedAsync();
    }

    [Fact]
    public async Task A_hundred_visitors_one_after_the_other_and_twenty_at_once_are_all_brought()
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        for (var i = 0; i < 100; i++)
        {
            await using var visitor = await houses.VisitAsync();
            Assert.Equal("ok", await visitor.GetAsync("/healthz"));
        }
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var visitor = await houses.VisitAsync();
            Assert.Equal("ok", await visitor.GetAsync("/healthz"));
        }));
    }

    [Fact]
    public async Task A_hello_in_single_bytes_and_records_is_brought_like_any_other_and_who_sends_half_of_one_harms_nobody()
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        var hello = await ClientHelloTests.HelloAsync(LendHouses.Bo);
        var halves = new List<TcpClient>();
        for (var i = 0; i < 50; i++)
        {
            var half = new TcpClient();
            await half.ConnectAsync(IPAddress.Loopback, houses.Port);
            await half.GetStream().WriteAsync(hello.AsMemory(0, i + 1));
            halves.Add(half);
        }
        using var slow = new TcpClient { NoDelay = true };
        await slow.ConnectAsync(IPAddress.Loopback, houses.Port);
        foreach (var b in ClientHelloTests.InRecords(hello, 50)) await slow.GetStream().WriteAsync(new[] { b });
        var answer = new byte[3];
        await slow.GetStream().ReadExactlyAsync(answer);
        Assert.Equal([22, 3, 3], answer); // a ServerHello
        await houses.UntilReachedAsync();
        foreach (var half in halves) half.Dispose();
    }

    [Fact]
    public async Task When_the_months_volume_is_used_up_it_rests_and_says_so()
    {
        await using var houses = await LendHouses.OpenAsync(new(StringComparer.Ordinal) { ["lend.volume"] = 0.001, ["lend.rate"] = 1000.0 });
        await houses.LendAsync();
        await using var visitor = await houses.VisitAsync();
        await Assert.ThrowsAnyAsync<IOException>(async () => { while (true) await visitor.GetAsync("/assets/page.css"); });
        await houses.UntilSaysAsync("has brought as much this month as its owner lends");
        await Assert.ThrowsAnyAsync<IOException>(() => houses.VisitAsync());
        var bytes = (await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("bytes").GetInt64();
        Assert.InRange(bytes, 1_000_000, 1_100_000);
        await houses.RestartLenderAsync();
        Assert.Equal(bytes, (await LendHouses.FriendAsync(houses.Lender, LendHouses.Bo)).GetProperty("lent").GetProperty("bytes").GetInt64());
        await Assert.ThrowsAnyAsync<IOException>(() => houses.VisitAsync());
    }

    [Fact]
    public async Task Whoever_is_brought_is_outside_and_counted_by_his_own_address_and_without_a_header_nobody_gets_in()
    {
        await using var houses = await LendHouses.OpenAsync();
        await houses.LendAsync();
        var door = new IPEndPoint(IPAddress.Loopback, houses.Borrower.App.Urls.Select(u => new Uri(u)).Last(u => u.Scheme == "https").Port);
        var header = ProxyProtocol.Write(IPEndPoint.Parse("203.0.113.9:40000"), IPEndPoint.Parse("192.0.2.1:443"));
        await using (var visitor = await Visitor.ConnectAsync(door, LendHouses.Bo, header))
            Assert.Contains("\"detail\"", await visitor.GetAsync("/api/session", "POST", """{"name":"Ana","password":"wrong and long"}"""), StringComparison.Ordinal);
        Assert.Equal(("session.refused", "203.0.113.9"), houses.Borrower.Get<AuditLog>().Newest(1).Select(e => (e.What, e.From)).Single());
        await Assert.ThrowsAnyAsync<IOException>(() => Visitor.ConnectAsync(door, LendHouses.Bo));
        // An address of this home, said by somebody else, is of no use: whoever comes by this door is outside.
        await using var liar = await Visitor.ConnectAsync(door, LendHouses.Bo, ProxyProtocol.Write(IPEndPoint.Parse("192.168.1.7:40000"), IPEndPoint.Parse("192.0.2.1:443")));
        Assert.Contains("\"detail\"", await liar.GetAsync("/api/session", "POST", """{"name":"Ana","password":"wrong and long"}"""), StringComparison.Ordinal);
        Assert.Equal("192.168.1.7", houses.Borrower.Get<AuditLog>().Newest(1)[0].From);
        // Other doors read no header: it is no TLS.
        await Assert.ThrowsAnyAsync<IOException>(() => Visitor.ConnectAsync(new IPEndPoint(IPAddress.Loopback, houses.Port), LendHouses.Lena, header));
    }

    [Fact]
    public async Task Only_the_owner_lends_and_borrows()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var owner = await gateway.ClaimAsync();
        using var member = await gateway.JoinAsync("Bea");
        foreach (var what in new[] { "lending", "borrowing" })
        {
            foreach (var (client, expected) in new[] { (gateway.Http, HttpStatusCode.Unauthorized), (member, HttpStatusCode.Forbidden), (owner, HttpStatusCode.NotFound) })
            {
                Assert.Equal(expected, (await client.PostAsync($"/api/friends/x.example.org/{what}", null)).StatusCode);
                Assert.Equal(expected, (await client.DeleteAsync($"/api/friends/x.example.org/{what}")).StatusCode);
            }
        }
    }
}
