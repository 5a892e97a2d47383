using System.Net;
using System.Net.Http.Json;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Beacon;
using Gateway.Host.Reachability.DialBack;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Reachability.DialBack;

namespace Gateway.Host.Tests.Reachability.Beacon;

public sealed class BeaconTests
{
    private static readonly string Key = new('0', 64), Nonce = new('1', 32), Answer = new('a', 64);

    private static async Task<(string Outcome, string Step, string Seen)> AskAsync(HttpClient client, object body)
    {
        var reply = await client.PostAsJsonAsync("/look", body);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        var json = await reply.JsonAsync();
        return (json.GetProperty("outcome").GetString()!, json.GetProperty("step").GetString()!, json.GetProperty("seen").GetString()!);
    }

    [Fact]
    public async Task The_whole_gateway_becomes_verified_by_a_beacon_that_is_set_on_the_page()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        await using var beacon = await BeaconOnLoopback.StartAsync(house.Front.Port);
        house.LeadTo(house.Front);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Believed);
        Assert.Equal(HttpStatusCode.OK, (await house.Gateway.Local.PatchAsJsonAsync("/api/settings", new Dictionary<string, string>(StringComparer.Ordinal) { ["vantage.beacon"] = beacon.Setting })).StatusCode);
        var verified = await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);
        Assert.Equal("Beacon 127.0.0.1 got in.", Assert.Single(verified.Report.Ways).Words);
        Assert.Contains(verified.Seen, s => s is { By: "Beacon 127.0.0.1", Family: IpFamily.V4 } && s.Address.Equals(IPAddress.Loopback));
    }

    [Fact]
    public async Task What_a_beacon_finds_is_evidence_both_ways()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        await using var beacon = await BeaconOnLoopback.StartAsync(house.Front.Port, house.Back.Port, house.Inside.Port, 1);
        house.LeadTo(house.Front);
        var vantage = beacon.VantageOf(house);
        async Task<(ProbeOutcome, string)> LookAsync(ProbeTarget target) => await vantage.LookAsync(target, default) is var o ? (o.Outcome, o.Step) : default;

        Assert.Equal((ProbeOutcome.Reached, ""), await LookAsync(house.Target(house.Front)));
        Assert.Equal((ProbeOutcome.Failed, "key"), await LookAsync(house.Target(house.Front) with { Key = Key }));
        Assert.Equal((ProbeOutcome.Failed, "tcp"), await LookAsync(house.Target(new IPEndPoint(IPAddress.Loopback, 1))));
        Assert.Equal((ProbeOutcome.Unknown, "nonce"), await LookAsync(house.Target(house.Back)));
        house.LeadTo(house.Inside);
        Assert.Equal((ProbeOutcome.Unknown, "nonce"), await LookAsync(house.Target(house.Inside)));
        // It looks at whoever asks it, and at no other address or port.
        Assert.Equal(ProbeOutcome.Unknown, (await vantage.LookAsync(house.Target(new IPEndPoint(IPAddress.Parse("127.0.0.9"), house.Front.Port)), default)).Outcome);
        Assert.Equal(ProbeOutcome.Unknown, (await vantage.LookAsync(house.Target(new IPEndPoint(IPAddress.Loopback, 2)), default)).Outcome);
    }

    [Fact]
    public async Task A_beacon_that_cannot_be_asked_or_is_another_one_says_nothing()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        await using var beacon = await BeaconOnLoopback.StartAsync(house.Front.Port);
        house.LeadTo(house.Front);
        async Task<string> BlindAsync(BeaconAddress address)
        {
            var seen = await beacon.VantageOf(house, address).LookAsync(house.Target(house.Front), default);
            Assert.Equal(ProbeOutcome.Unknown, seen.Outcome);
            return seen.Words;
        }
        Assert.Contains("somebody else answers", await BlindAsync(beacon.Address with { Key = Key }), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("somebody else answers", await BlindAsync(beacon.Address with { Key = null }), StringComparison.OrdinalIgnoreCase); // no authority vouches for it
        Assert.Contains("cannot be reached over IPv4", await BlindAsync(new BeaconAddress("127.0.0.1", 1, null)), StringComparison.Ordinal);
        Assert.Contains("cannot be reached over IPv4", await BlindAsync(new BeaconAddress("::1", 443, null)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"outcome":"reached","step":"","answer":"ANSWER","seen":"127.0.0.1"}""", ProbeOutcome.Unknown)]
    [InlineData("""{"outcome":"failed","step":"tcp","seen":"127.0.0.1"}""", ProbeOutcome.Failed)]
    [InlineData("""{"outcome":"reached","answer":"no answer","seen":"127.0.0.1"}""", ProbeOutcome.Unknown)]
    [InlineData("""{"outcome":"failed","step":"tcp","seen":"127.0.0.2"}""", ProbeOutcome.Unknown)]
    [InlineData("""{"outcome":"failed","step":"tcp","seen":"::1"}""", ProbeOutcome.Unknown)]
    [InlineData("""{"outcome":"failed","step":"tcp"}""", ProbeOutcome.Unknown)]
    [InlineData("""{}""", ProbeOutcome.Unknown)]
    [InlineData("""null""", ProbeOutcome.Unknown)]
    [InlineData("""["failed"]""", ProbeOutcome.Unknown)]
    [InlineData("<html>", ProbeOutcome.Unknown)]
    public async Task A_beacon_that_lies_or_talks_nonsense_never_makes_a_proof(string says, ProbeOutcome outcome)
    {
        await using var house = await HouseWithDoors.OpenAsync();
        house.LeadTo(house.Front);
        using var liar = CannedServer.Ok(says.Replace("ANSWER", Answer, StringComparison.Ordinal), type: "application/json");
        var vantage = new BeaconVantage(new BeaconAddress("127.0.0.1", liar.Address.Port, liar.Key), house.Gateway.Get<Host.Reachability.Look>(), house.Status, NameResolution.BySystemAsync, TimeProvider.System);
        Assert.Equal(outcome, (await vantage.LookAsync(house.Target(house.Front), default)).Outcome);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_its_end()
    {
        await using var house = await HouseWithDoors.OpenAsync();
        house.LeadTo(house.Front);
        using var liar = CannedServer.Ok(new string(' ', 1_000_000), type: "application/json");
        var vantage = new BeaconVantage(new BeaconAddress("127.0.0.1", liar.Address.Port, liar.Key), house.Gateway.Get<Host.Reachability.Look>(), house.Status, NameResolution.BySystemAsync, TimeProvider.System);
        Assert.Equal(ProbeOutcome.Unknown, (await vantage.LookAsync(house.Target(house.Front), default)).Outcome);
    }

    [Fact]
    public async Task Whoever_asks_can_only_have_himself_looked_at()
    {
        using var victim = CannedServer.Ok(Answer);
        await using var beacon = await BeaconOnLoopback.StartAsync(victim.Address.Port);
        using var asking = beacon.From("127.0.0.66");
        foreach (var header in new[] { "X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP" }) asking.DefaultRequestHeaders.Add(header, "127.0.0.1");
        var reply = await AskAsync(asking, new { name = "a.example.org", port = victim.Address.Port, key = victim.Key, nonce = Nonce, address = "127.0.0.1", host = "127.0.0.1", seen = "127.0.0.1" });
        Assert.Equal(("failed", "refused", "127.0.0.66"), reply);
        Assert.Equal(0, victim.Connections);
        using var himself = beacon.From("127.0.0.1");
        Assert.Equal(("reached", "", "127.0.0.1"), await AskAsync(himself, new { name = "a.example.org", port = victim.Address.Port, key = victim.Key, nonce = Nonce }));
    }

    [Fact]
    public async Task Who_asks_too_often_waits_and_his_neighbours_in_the_same_network_with_him()
    {
        await using var beacon = await BeaconOnLoopback.StartAsync(1);
        var body = new { name = "a.example.org", port = 1, key = Key, nonce = Nonce };
        for (var i = 0; i < Dialler.OfOneNetwork; i++)
        {
            using var asking = beacon.From($"127.0.0.{i + 1}");
            Assert.Equal("refused", (await AskAsync(asking, body)).Step);
        }
        using var neighbour = beacon.From("127.0.0.99");
        Assert.Equal(("unknown", "busy"), await AskAsync(neighbour, body) is var busy ? (busy.Outcome, busy.Step) : default);
        using var elsewhere = beacon.From("127.0.7.1");
        Assert.Equal("refused", (await AskAsync(elsewhere, body)).Step);
    }

    [Theory]
    [InlineData("""{"port":1,"key":"KEY","nonce":"NONCE"}""", "name")]
    [InlineData("""{"name":"192.168.1.1","port":1,"key":"KEY","nonce":"NONCE"}""", "name")]
    [InlineData("""{"name":"a.example.org","port":22,"key":"KEY","nonce":"NONCE"}""", "port")]
    [InlineData("""{"name":"a.example.org","key":"KEY","nonce":"NONCE"}""", "port")]
    [InlineData("""{"name":"a.example.org","port":1,"key":"","nonce":"NONCE"}""", "key")]
    [InlineData("""{"name":"a.example.org","port":1,"key":"KEY","nonce":"../../x"}""", "nonce")]
    [InlineData("""{"name":"a.example.org","port":"1","key":"KEY","nonce":"NONCE"}""", "port")]
    public async Task A_wrong_question_is_refused_with_its_field_named(string body, string field)
    {
        await using var beacon = await BeaconOnLoopback.StartAsync(1);
        using var asking = beacon.From("127.0.0.1");
        using var content = new StringContent(body.Replace("KEY", Key, StringComparison.Ordinal).Replace("NONCE", Nonce, StringComparison.Ordinal), Encoding.UTF8, "application/json");
        var reply = await asking.PostAsync("/look", content);
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Equal(field, (await reply.JsonAsync()).GetProperty("field").GetString());
    }

    [Fact]
    public async Task Other_bodies_and_other_addresses_of_it_get_a_short_refusal()
    {
        await using var beacon = await BeaconOnLoopback.StartAsync(1);
        using var asking = beacon.From("127.0.0.1");
        asking.DefaultRequestHeaders.ExpectContinue = true; // else the refusal may come while the body is still being sent, and be lost
        using var huge = new StringContent("{\"name\":\"" + new string('a', 100_000) + "\"}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await asking.PostAsync("/look", huge)).StatusCode);
        using var form = new FormUrlEncodedContent([new("name", "a.example.org")]);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await asking.PostAsync("/look", form)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await asking.PostAsync("/look", null)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await asking.GetAsync("/look")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await asking.GetAsync("/api/session")).StatusCode);
        Assert.Equal("ok", await asking.GetStringAsync("/healthz"));
    }

    [Theory]
    [InlineData("https://beacon.example/", true)]
    [InlineData("https://beacon.example", true)]
    [InlineData("https://192.0.2.70:8443/#sha256=KEY", true)]
    [InlineData("https://[2001:db8::70]/#sha256=KEY", true)]
    [InlineData("http://beacon.example/", false)]
    [InlineData("https://beacon.example/look", false)]
    [InlineData("https://beacon.example/?x", false)]
    [InlineData("https://user@beacon.example/", false)]
    [InlineData("https://beacon.example/#sha256=ab12", false)]
    [InlineData("https://beacon.example/#KEY", false)]
    [InlineData("beacon.example", false)]
    public void The_setting_takes_what_the_command_prints(string text, bool isRight)
    {
        text = text.Replace("KEY", Key, StringComparison.Ordinal);
        Assert.Equal(isRight, BeaconAddress.Check(text) is null);
        if (isRight) Assert.Equal(text.Contains('#') ? Key : null, BeaconAddress.Parse(text)!.Key);
    }
}
