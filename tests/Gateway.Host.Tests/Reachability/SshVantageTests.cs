using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Host.Tests.Reachability;

/// <summary>Looks through a real OpenSSH server at a real gateway.</summary>
public sealed class SshVantageTests
{
    private static SshVantage VantageOf(SshServerOnLoopback sshd, HouseWithDoors house, params DnsEndPoint[] controls) =>
        new(sshd.Server, controls, house.Gateway.Get<Look>(), house.Status, TimeProvider.System, NullLogger<SshVantage>.Instance);

    private static IPEndPoint Nobody()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (IPEndPoint)probe.LocalEndpoint;
    }

    private static DnsEndPoint Host(IPEndPoint endpoint) => new(endpoint.Address.ToString(), endpoint.Port);

    [Fact]
    public async Task The_whole_gateway_becomes_verified_and_ends_being_so_when_the_door_is_another()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync(sshd.Settings);
        house.LeadTo(house.Front);
        var verified = await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);
        Assert.Equal(EvidenceLevel.Verified, Assert.Single(verified.Report.Ways).Level);

        house.LeadTo(house.Front, epoch: 1);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Believed);
        await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);

        house.LeadTo(Nobody());
        Assert.Contains("refused", (await house.UntilAsync(s => s.Report.Pattern == LedPattern.Unreachable)).Report.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_needs_our_key_our_answer_and_the_expected_door()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync();
        await using var vantage = VantageOf(sshd, house, Host(house.Inside));
        house.LeadTo(house.Front);
        async Task<(ProbeOutcome, string)> LookAsync(ProbeTarget target) => await vantage.LookAsync(target, default) is var o ? (o.Outcome, o.Step) : default;

        Assert.Equal((ProbeOutcome.Reached, ""), await LookAsync(house.Target(house.Front)));
        Assert.Equal((ProbeOutcome.Failed, "key"), await LookAsync(house.Target(house.Front) with { Key = HouseWithDoors.Fingerprint(HouseWithDoors.NewCertificate()) }));
        Assert.Equal((ProbeOutcome.Failed, "http"), await LookAsync(house.Target(house.Front) with { Name = "elsewhere.example.org" }));
        Assert.Equal((ProbeOutcome.Unknown, "nonce"), await LookAsync(house.Target(house.Back)));
        house.LeadTo(house.Inside);
        Assert.Equal((ProbeOutcome.Unknown, "nonce"), await LookAsync(house.Target(house.Inside)));
        Assert.Equal((ProbeOutcome.Failed, "tls"), await LookAsync(house.Target(new IPEndPoint(IPAddress.Loopback, house.Gateway.Address.Port))));
        Assert.True((await vantage.LookAsync(house.Target(house.Front, "ssh"), default)).IsOwnTunnel);
    }

    [Fact]
    public async Task A_closed_door_fails_only_while_the_vantage_can_reach_others()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync();
        var closed = house.Target(Nobody());
        await using (var seeing = VantageOf(sshd, house, Host(Nobody()), Host(house.Inside))) Assert.Equal(ProbeOutcome.Failed, (await seeing.LookAsync(closed, default)).Outcome);
        await using (var blind = VantageOf(sshd, house, Host(Nobody()))) Assert.Equal(ProbeOutcome.Unknown, (await blind.LookAsync(closed, default)).Outcome);
        await using (var alone = VantageOf(sshd, house)) Assert.Equal(ProbeOutcome.Failed, (await alone.LookAsync(closed, default)).Outcome);
    }

    [Fact]
    public async Task A_door_that_says_nothing_fails_within_the_patience_of_a_phone()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var vantage = VantageOf(sshd, house, Host(house.Inside));
        var seen = await vantage.LookAsync(house.Target((IPEndPoint)silent.LocalEndpoint), default);
        Assert.Equal((ProbeOutcome.Failed, "tcp"), (seen.Outcome, seen.Step));
        // Without anybody else to ask, the server itself answers for the internet over which it is reached, and for no other.
        await using var without = VantageOf(sshd, house);
        Assert.Equal(ProbeOutcome.Failed, (await without.LookAsync(house.Target((IPEndPoint)silent.LocalEndpoint), default)).Outcome);
        using var silentToo = new TcpListener(IPAddress.IPv6Loopback, 0);
        silentToo.Start();
        Assert.Equal(ProbeOutcome.Unknown, (await without.LookAsync(house.Target((IPEndPoint)silentToo.LocalEndpoint) with { Family = IpFamily.V6 }, default)).Outcome);
    }

    [Theory]
    [InlineData("AllowTcpForwarding no", "does not let this key open connections")]
    [InlineData("AllowUsers somebody-else", "does not take the key")]
    public async Task A_server_that_does_not_let_us_look_is_blind_and_says_why(string configuration, string words)
    {
        using var sshd = await SshServerOnLoopback.StartAsync(configuration);
        await using var house = await HouseWithDoors.OpenAsync();
        await using var vantage = VantageOf(sshd, house, Host(house.Inside));
        var seen = await vantage.LookAsync(house.Target(house.Front), default);
        Assert.Equal(ProbeOutcome.Unknown, seen.Outcome);
        Assert.Contains(words, seen.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_another_host_key_is_not_spoken_to()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await sshd.ForgeKnownHostAsync();
        await using var house = await HouseWithDoors.OpenAsync();
        await using var vantage = VantageOf(sshd, house, Host(house.Inside));
        var seen = await vantage.LookAsync(house.Target(house.Front), default);
        Assert.Equal(ProbeOutcome.Unknown, seen.Outcome);
        Assert.Contains("another host key", seen.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_goes_away_makes_blind_and_one_that_comes_back_sees_again()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync();
        await using var vantage = VantageOf(sshd, house, Host(house.Inside));
        house.LeadTo(house.Front);
        Assert.Equal(ProbeOutcome.Reached, (await vantage.LookAsync(house.Target(house.Front), default)).Outcome);
        sshd.Stop();
        Assert.Equal(ProbeOutcome.Unknown, (await vantage.LookAsync(house.Target(house.Front), default)).Outcome);
        await sshd.StartAgainAsync();
        var (time, since) = (TimeProvider.System, TimeProvider.System.GetTimestamp());
        while ((await vantage.LookAsync(house.Target(house.Front), default)).Outcome != ProbeOutcome.Reached)
        {
            Assert.True(time.GetElapsedTime(since) < TimeSpan.FromSeconds(30), "still blind");
            await Task.Delay(TimeSpan.FromMilliseconds(200), time);
        }
    }

    [Fact]
    public async Task Looks_cost_no_processes_and_none_is_left_in_the_end()
    {
        using var sshd = await SshServerOnLoopback.StartAsync();
        await using var house = await HouseWithDoors.OpenAsync();
        house.LeadTo(house.Front);
        int[] first;
        await using (var vantage = VantageOf(sshd, house))
        {
            await vantage.LookAsync(house.Target(house.Front), default);
            first = ChildrenWith(sshd.KeyFile);
            for (var i = 0; i < 10; i++) await vantage.LookAsync(house.Target(house.Front), default);
            Assert.Equal(first, ChildrenWith(sshd.KeyFile));
            Assert.Equal(2, first.Length); // ssh, and the shell that ends it with us
        }
        Assert.Empty(ChildrenWith(sshd.KeyFile));
    }

    /// <summary>Processes of ours that carry this argument.</summary>
    private static int[] ChildrenWith(string argument) => [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _))
        .Where(n => ReadOrNothing($"/proc/{n}/cmdline").Split('\0').Contains(argument)).Select(n => int.Parse(n!)).Order()];

    private static string ReadOrNothing(string path)
    {
        try { return File.ReadAllText(path); }
        catch (IOException) { return ""; }
    }
}
