using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;
using Microsoft.AspNetCore.Http;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>Providers that refuse, fail, lie or take their time, and name servers that say something else.</summary>
public sealed class DnsTroubleTests : NamesAtHome
{
    [Fact]
    public async Task A_wrong_token_is_said_and_not_repeated_until_theConfigured_change()
    {
        Configured.Replace(Settings("wrong"));
        Leases(V6());
        await UntilAsync(() => Facts.Problem == NameProblem.Refused);
        var told = Told.Length;
        Assert.InRange(told, 2, 3);
        await PassAsync(3600, step: 10);
        Leases(V6(address: OtherSix, epoch: 2));
        await PassAsync(60, step: 1);
        Assert.Equal(told, Told.Length);
        Configured.Replace(Settings());
        await UntilAsync(() => Facts is { Problem: NameProblem.None, V6: { IsTrue: true, Published: not null } });
        Assert.DoesNotContain(Log.Lines, l => l.Contains(Token, StringComparison.Ordinal) || l.Contains("wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_no_to_a_token_that_was_taken_before_is_the_providers_trouble()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six) && Facts.Updated is not null);
        Fault = "ko";
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => Facts.Problem == NameProblem.Provider);
        Assert.Equal("DuckDNS says no without a reason, although it took this token before; it is asked again.", Facts.Words);
        await PassAsync(120, step: 1);
        Assert.Equal(NameProblem.Provider, Facts.Problem);
        Fault = "";
        await UntilAsync(() => Facts is { Problem: NameProblem.None, V6: { IsTrue: true, Published: not null } }, within: 400);
        Fault = "ko";
        Leases(V6(address: Six, epoch: 3));
        await PassAsync(4500, step: 10);
        Assert.Equal(NameProblem.Refused, Facts.Problem);
    }

    [Fact]
    public async Task Trouble_is_tried_again_ever_more_seldom_and_a_change_at_once()
    {
        Fault = "html";
        Leases(V6());
        await UntilAsync(() => Facts.Problem == NameProblem.Provider);
        await PassAsync(600, step: 1);
        Assert.InRange(Told.Length, 5, 12);
        Assert.True(Log.Lines.Count(l => l.Contains("no answer", StringComparison.Ordinal)) == 1, string.Join('\n', Log.Lines));
        Fault = "";
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V6), OtherSix), within: 2);
    }

    [Theory]
    [InlineData(false, NameProblem.Clock)]
    [InlineData(true, NameProblem.Provider)]
    public async Task While_the_clock_is_not_set_a_provider_that_cannot_prove_to_be_it_is_no_ones_fault(bool isClockRight, NameProblem problem)
    {
        var others = Servers.Answer;
        Servers.Answer = q => q.Name.Length == 0 ? [DnsStandIn.Reply(q, answers: [DnsStandIn.Record("", DnsType.NS, 60, DnsStandIn.Wire("a.root"))])] : others(q);
        Status.Update(s => s with { Clock = new ClockFacts(isClockRight, "") });
        Configured.Replace(Settings(scheme: "https")); // nobody there speaks TLS
        Leases(V6());
        await UntilAsync(() => Facts.Problem == problem);
        Assert.StartsWith("Whoever answers in place of DuckDNS cannot prove to be it.", Facts.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_the_clock_is_right_what_went_wrong_is_tried_again_at_once()
    {
        Fault = "html";
        Status.Update(s => s with { Clock = new ClockFacts(false, "") });
        Leases(V6());
        await PassAsync(600, step: 1);
        Fault = "";
        Status.Update(s => s with { Clock = new ClockFacts(true, "") });
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V6), Six), within: 2);
    }

    [Fact]
    public async Task A_provider_that_takes_its_time_does_not_hold_up_the_next_address()
    {
        var never = new TaskCompletionSource();
        Duck.Answer = (context, asked) => asked.Query.Contains(OtherSix.ToString(), StringComparison.Ordinal) ? context.Response.WriteAsync(Update(asked)) : never.Task.WaitAsync(context.RequestAborted);
        Leases(V6());
        await UntilAsync(() => Told.Length == 1);
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => OtherSix.Equals(Facts.V6.Wanted), within: 1);
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V6), OtherSix), within: 2);
        await UntilAsync(() => Says(OtherSix));
    }

    [Fact]
    public async Task What_was_told_and_not_waited_for_is_taken_out_at_once_for_a_better_way_in()
    {
        var never = new TaskCompletionSource();
        Duck.Answer = async (context, asked) =>
        {
            var reply = Update(asked);
            if (asked.Query.Contains("ipv6", StringComparison.Ordinal)) await never.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(reply);
        };
        Leases(V6());
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V6), Six));
        Status.Update(s => s with { Seen = [new SeenAddress(IpFamily.V4, Home, "DuckDNS", Time.GetUtcNow(), Time.GetTimestamp())], Leases = [PortMap() with { Port = 8443 }, V6()] }); // the link of a name has one port
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V4), Home) && !Records.ContainsKey(IpFamily.V6), within: 10);
    }

    [Fact]
    public async Task A_yes_that_the_name_servers_never_heard_of_is_seen_and_repeated()
    {
        Fault = "stale";
        Leases(V6());
        await UntilAsync(() => Facts.Problem == NameProblem.NotTaken);
        Assert.Equal("The provider said yes to 2001:db8:1:1::10, but 127.0.0.1 has no address.", Facts.Words);
        await PassAsync(90, step: 1);
        Assert.Equal(NameProblem.NotTaken, Facts.Problem);
        Assert.InRange(Told.Length, 2, 5);
        Fault = "";
        await UntilAsync(() => Facts is { Problem: NameProblem.None, V6: { IsTrue: true, Published: not null } }, within: 300);
    }

    [Fact]
    public async Task Of_two_addresses_that_the_name_servers_never_heard_of_neither_waits_for_the_other()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        var before = Told.Length;
        Fault = "stale";
        Records.Clear();
        await UntilAsync(() => Facts.Problem == NameProblem.NotTaken, within: 300);
        await PassAsync(90, step: 1);
        var told = Told.Skip(before).GroupBy(t => t.Contains("ipv6=", StringComparison.Ordinal)).Select(g => g.Count()).ToArray();
        Assert.Equal(2, told.Length);
        Assert.InRange(Math.Abs(told[0] - told[1]), 0, 1);
    }

    [Fact]
    public async Task Somebody_elses_address_in_the_name_is_put_right()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six));
        Records[IpFamily.V6] = OtherSix;
        await UntilAsync(() => Equals(Records[IpFamily.V6], Six) && Facts.V6.IsTrue, within: 120);
    }

    [Fact]
    public async Task Name_servers_that_cannot_be_asked_are_named_as_the_cause_at_once_and_after_two_minutes_the_name_is_unknown()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six) && Facts.V6.IsTrue);
        await PassAsync(300, step: 5);
        Fault = "servfail";
        await UntilAsync(() => Facts.Problem == NameProblem.NoWayOut, within: 120);
        Assert.True(Facts.V6.IsTrue);
        await UntilAsync(() => !Facts.V6.IsKnown, within: 120);
        Assert.Null(Facts.V6.Published);
        Fault = "";
        await UntilAsync(() => Facts is { V6.IsTrue: true, Problem: NameProblem.None }, within: 20);
    }

    [Fact]
    public async Task A_crash_between_taking_out_both_and_setting_the_survivor_leaves_nothing_half_done()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        Duck.Answer = (context, asked) =>
        {
            if (asked.Query.Contains("clear", StringComparison.Ordinal)) Records.Clear();
            context.Abort(); // done, but nobody hears of it
            return Task.CompletedTask;
        };
        Leases(PortMap(LeaseState.Absent), V6());
        await UntilAsync(() => Records.IsEmpty);
        await StopAsync();
        Duck.Answer = (context, asked) => context.Response.WriteAsync(Update(asked));
        await StartAsync();
        Leases(PortMap(LeaseState.Absent), V6());
        await UntilAsync(() => Equals(Records.GetValueOrDefault(IpFamily.V6), Six));
        await UntilAsync(() => Facts is { V4.IsTrue: true, V6.IsTrue: true, V4.Wanted: null });
    }

    [Fact]
    public async Task Nobody_hammers_whatever_the_provider_says()
    {
        var random = new Random(5);
        string[] bodies = ["KO", "OK", "OK\n\n\nUPDATED", "OK\n192.0.2.1\n2001:db8::bad\nNOCHANGE", "<html>", ""];
        Duck.Answer = (context, _) => context.Response.WriteAsync(bodies[random.Next(bodies.Length)]);
        Leases(PortMap(), V6(), Tunnel());
        await PassAsync(300, step: 0.5);
        Assert.InRange(Duck.Requests.Count, 1, 75);
    }
}
