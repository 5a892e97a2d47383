using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability;

public sealed class ChallengeTests
{
    private static readonly Arrival Somewhere = new(new IPEndPoint(IPAddress.Loopback, 443), true, new ClientOrigin(OriginKind.OutsideDirect, IPAddress.Parse("198.51.100.10")));

    [Fact]
    public async Task A_nonce_of_ours_is_answered_once_and_how_it_came_is_remembered()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        using var challenge = house.Gateway.Get<Challenges>().Issue()!;
        using var phone = house.Browser(house.Front);
        var reply = await phone.GetAsync(ChallengeEndpoint.Path + challenge.Nonce);
        Assert.Equal(challenge.Answer, await reply.Content.ReadAsStringAsync());
        Assert.Equal("no-store", reply.Headers.CacheControl!.ToString());
        Assert.Equal((house.Front, true, OriginKind.OutsideTunnel), (challenge.Arrival!.Local, challenge.Arrival.IsHttps, challenge.Arrival.Origin.Kind));

        Assert.Equal(HttpStatusCode.NotFound, (await phone.GetAsync(ChallengeEndpoint.Path + challenge.Nonce)).StatusCode);
    }

    [Fact]
    public async Task What_we_did_not_ask_is_not_answered()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        using var challenge = house.Gateway.Get<Challenges>().Issue()!;
        using var phone = house.Browser(house.Front);
        foreach (var nonce in new[] { "0", new string('0', 32), challenge.Nonce.ToUpperInvariant() + "0", challenge.Nonce[..^1], new string('a', 2000), challenge.Nonce + "%2f..", challenge.Answer })
            Assert.Equal(HttpStatusCode.NotFound, (await phone.GetAsync(ChallengeEndpoint.Path + nonce)).StatusCode);
        Assert.Null(challenge.Arrival);
    }

    [Fact]
    public async Task A_nonce_that_comes_in_the_clear_or_from_inside_proves_nothing()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        var (challenges, look) = (house.Gateway.Get<Challenges>(), house.Gateway.Get<Look>());
        house.LeadTo(house.Front);
        using var plain = challenges.Issue()!;
        Assert.Equal(plain.Answer, await house.Gateway.Http.GetStringAsync(ChallengeEndpoint.Path + plain.Nonce));
        Assert.Equal(LookEnd.Failed, Assert.Throws<LookException>(() => look.Check(plain, plain.Answer, house.Target(house.Front))).End);
        using var inside = challenges.Issue()!;
        using var neighbour = house.Browser(house.Inside);
        await neighbour.GetStringAsync(ChallengeEndpoint.Path + inside.Nonce);
        Assert.Equal(LookEnd.Blind, Assert.Throws<LookException>(() => look.Check(inside, inside.Answer, house.Target(house.Front))).End);
        // A vantage that only claims to have been here.
        using var never = challenges.Issue()!;
        Assert.Equal(LookEnd.Failed, Assert.Throws<LookException>(() => look.Check(never, never.Answer, house.Target(house.Front))).End);
    }

    [Fact]
    public void A_nonce_is_good_for_twenty_seconds()
    {
        var time = new FakeTimeProvider();
        var challenges = new Challenges(time);
        using var early = challenges.Issue()!;
        using var late = challenges.Issue()!;
        time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.Equal(early.Answer, challenges.Arrive(early.Nonce, Somewhere));
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Null(challenges.Arrive(late.Nonce, Somewhere));
        Assert.Null(late.Arrival);
    }

    [Fact]
    public void The_table_is_bounded_and_a_flood_of_strangers_leaves_it_as_it_is()
    {
        var time = new FakeTimeProvider();
        var challenges = new Challenges(time);
        var issued = Enumerable.Range(0, Challenges.Most).Select(_ => challenges.Issue()!).ToArray();
        Assert.Null(challenges.Issue());
        for (var i = 0; i < 100_000; i++) Assert.Null(challenges.Arrive(i.ToString("x32"), Somewhere));
        Assert.All(issued.Take(10), c => Assert.Equal(c.Answer, challenges.Arrive(c.Nonce, Somewhere)));
        issued[20].Dispose();
        Assert.Null(challenges.Arrive(issued[20].Nonce, Somewhere));
        Assert.NotNull(challenges.Issue());
        time.Advance(Challenges.GoodFor);
        Assert.NotNull(challenges.Issue());
        Assert.Equal(issued.Length, issued.Select(c => c.Answer).Distinct().Count());
    }

    [Fact]
    public void Another_process_cannot_know_the_answer()
    {
        var time = new FakeTimeProvider();
        var (one, other) = (new Challenges(time), new Challenges(time));
        using var challenge = one.Issue()!;
        Assert.Null(other.Arrive(challenge.Nonce, Somewhere));
    }
}
