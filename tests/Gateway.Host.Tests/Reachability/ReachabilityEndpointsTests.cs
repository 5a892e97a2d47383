using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Lights;

namespace Gateway.Host.Tests.Reachability;

public sealed class ReachabilityEndpointsTests
{
    [Fact]
    public async Task The_report_tells_the_verdict_and_what_it_rests_on_to_those_who_may_know()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync(sshd.Settings);
        house.LeadTo(house.Front);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);

        using var program = await house.Gateway.ProgramAsync("monitor", Scopes.StatusRead);
        var report = await program.GetFromJsonAsync<JsonElement>("/api/reachability");
        Assert.Equal("verified", report.GetProperty("pattern").GetString());
        Assert.InRange(report.GetProperty("good_for").GetDouble(), 0.1, 12);
        var way = report.GetProperty("ways")[0];
        Assert.Equal(("portmap", "v4", "verified", true), (way.GetProperty("way").GetString(), way.GetProperty("family").GetString(), way.GetProperty("level").GetString(), way.GetProperty("published").GetBoolean()));
        var look = report.GetProperty("observations")[0];
        Assert.Equal(("127.0.0.1", "ssh", "reached"), (look.GetProperty("vantage").GetString(), look.GetProperty("kind").GetString(), look.GetProperty("outcome").GetString()));
        Assert.Equal(["verified", "believed", "setup"], report.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("pattern").GetString()).Where(p => p is not "starting").Distinct());
        var metrics = await program.GetStringAsync("/metrics");
        Assert.Contains("gateway_reachability 2\n", metrics, StringComparison.Ordinal);

        using var reader = await house.Gateway.ProgramAsync("lamp", Scopes.LightsRead);
        Assert.Equal(HttpStatusCode.Forbidden, await reader.StatusAsync("/api/reachability"));
        Assert.Equal(HttpStatusCode.Unauthorized, await house.Gateway.Http.StatusAsync("/api/reachability"));
    }

    [Fact]
    public async Task A_check_looks_now_and_not_too_often()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync(sshd.Settings);
        house.LeadTo(house.Front);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);
        var before = house.Status.Current.Observations[0].Started;
        using var program = await house.Gateway.ProgramAsync("monitor", Scopes.StatusRead);
        var replies = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++) replies.Add(await program.PostAsync("/api/reachability/check", null));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], replies.Select(r => r.StatusCode));
        Assert.Equal("verified", (await replies[0].JsonAsync()).GetProperty("pattern").GetString());
        Assert.True(house.Status.Current.Observations[0].Started > before);
        Assert.True(replies[3].Headers.RetryAfter!.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task The_verdict_is_an_event_and_a_retained_message_when_it_becomes_another()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        await using var house = await HouseWithDoors.OpenAsync(new(StringComparer.Ordinal) { ["mqtt.listen"] = $"127.0.0.1:{port}" });
        var events = house.Gateway.Get<EventHub>();
        house.LeadTo(house.Front);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Believed);
        await using var peer = await MqttPeer.ConnectAsync(port, "gateway/reachability");
        var told = JsonElement.Parse(await peer.HearAsync("gateway/reachability", p => p.Contains("believed", StringComparison.Ordinal)));
        Assert.Equal(house.Status.Current.Report.Words, told.GetProperty("words").GetString());
        Assert.Contains("\"pattern\":\"believed\"", System.Text.Encoding.UTF8.GetString(events.Snapshot().Frame.Span), StringComparison.Ordinal);

        // Made anew, and no news.
        var last = events.Last;
        peer.Forget(); // also what was retained from before
        house.Status.Update(s => s with { Seen = [new SeenAddress(IpFamily.V4, IPAddress.Loopback, "somebody", default, 0)] });
        var made = house.Status.Current.Report.Made;
        await house.UntilAsync(s => s.Report.Made > made);
        Assert.Equal(last, events.Last);

        house.Status.Update(s => s with { Names = [] });
        Assert.Contains("setup", await peer.HearAsync("gateway/reachability", p => p.Contains("setup", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Single(peer.Heard);
        Assert.True(events.Last > last);
    }

    [Fact]
    public async Task History_outlives_a_restart_and_says_when_the_gateway_was_off()
    {
        var folder = Directory.CreateTempSubdirectory("gw-history-").FullName;
        var keep = Directory.CreateTempSubdirectory("gw-history-").FullName;
        await using (var first = await GatewayUnderTest.StartAsync(folder: folder))
        {
            await Eventually.HoldsAsync(() => first.Get<ReachabilityHistory>().Newest(9).Any(h => h.Pattern == "setup"));
            await first.App.StopAsync();
            await first.App.DisposeAsync();
            foreach (var file in Directory.GetFiles(folder, "gateway.db*")) File.Copy(file, Path.Combine(keep, Path.GetFileName(file)));
        }
        await using var second = await GatewayUnderTest.StartAsync(folder: keep);
        Assert.Equal(["off", "setup"], second.Get<ReachabilityHistory>().Newest(9).Where(h => h.Pattern is not "starting").SkipWhile(h => h.Pattern == "setup").Select(h => h.Pattern));
    }
}
