using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>By PCP and NAT-PMP, before routers good and strange.</summary>
public sealed class PortMapperTests : IAsyncDisposable
{
    private readonly PortMapperBench _bench = new();

    private StrangeRouter Router => _bench.Router;

    private RouterTable Table => _bench.Table;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task PCP_is_asked_first_and_what_it_grants_is_given_back_in_the_end()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, IPEndPoint.Parse("203.0.113.7:443"), "PCP", IngressProblem.None), (result.State, result.External, result.Method, result.Problem));
        Assert.Equal(_bench.Time.GetUtcNow() + TimeSpan.FromMinutes(20), result.GoodUntil);
        Assert.Single(Router.UdpRequests);
        Assert.True(Table.Leads(443));
        Assert.InRange(await _bench.StopAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.False(Table.Leads(443));
    }

    [Fact]
    public async Task A_router_that_knows_only_NatPmp_is_understood()
    {
        Router.OnUdp(r => [r[0] == 2 ? [0, 0x81, 0, 1, 0, 0, 0, 7] : Table.NatPmp(r)]);
        Assert.Equal((LeaseState.Granted, "NAT-PMP"), (await _bench.FirstAsync()).StateAndMethod());
        await _bench.StopAsync();
        Assert.False(Table.Leads(443));
        var deletion = Router.UdpRequests.Last();
        Assert.Equal("0002000001bb000000000000", Convert.ToHexStringLower(deletion)); // RFC 6886 section 3.4: external port and lifetime are zero
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_router_picks_another_port_it_is_once_asked_for_the_one_where_vantages_look(bool isTaken)
    {
        var next = 1024;
        Router.OnUdp(r =>
        {
            // 443 is somebody else's, and perhaps 8443 too: the next free one is given.
            if (r[0] == 2 && r[1] == 1 && RouterTable.Uint16(r, 42) is 443 or 8443 && (isTaken || RouterTable.Uint16(r, 42) == 443)) (r[42], r[43]) = ((byte)(next >> 8), (byte)next++);
            return [_bench.Table.Answer(r)];
        });
        var result = await _bench.FirstAsync();
        Assert.Equal(IPEndPoint.Parse(isTaken ? "203.0.113.7:1025" : "203.0.113.7:8443"), result.External);
        Assert.Contains("Port 443 was not to be had", result.Words, StringComparison.Ordinal);
        Assert.Equal([1200u, 0u, 1200u], Maps().Select(m => RouterTable.Uint32(m, 4)));
        Assert.Single(Table.Mappings);
    }

    [Theory]
    [InlineData(2, IngressProblem.NotAuthorised)]
    [InlineData(7, IngressProblem.NoOutsideAddress)]
    [InlineData(8, IngressProblem.RouterFailed)]
    [InlineData(10, IngressProblem.RouterFailed)]
    [InlineData(11, IngressProblem.PortTaken)]
    [InlineData(12, IngressProblem.DoubleNat)]
    [InlineData(77, IngressProblem.RouterFailed)]
    public async Task A_refusal_by_PCP_is_told_by_its_cause(int code, object problem)
    {
        Router.OnUdp(r => r[0] == 2 ? [RouterTable.Refuse(r, (byte)code)] : [[0, (byte)(r[1] | 0x80), 0, 1, 0, 0, 0, 7]]);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Refused, problem), (result.State, result.Problem));
        Assert.Contains($"PCP code {code}", result.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("100.64.0.7", IngressProblem.SharedAddress)]
    [InlineData("10.0.0.7", IngressProblem.DoubleNat)]
    [InlineData("192.168.1.2", IngressProblem.DoubleNat)]
    [InlineData("169.254.3.4", IngressProblem.NoOutsideAddress)]
    [InlineData("127.0.0.1", IngressProblem.Liar)]
    [InlineData("224.0.0.1", IngressProblem.Liar)]
    [InlineData("198.51.100.9", IngressProblem.Liar)]
    public async Task A_mapping_from_an_address_that_nobody_can_dial_is_of_no_use_and_is_kept_an_eye_on(string address, object problem)
    {
        Table.Outside = IPAddress.Parse(address);
        Router.OnUdp(r => [Table.Answer(r)]);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Refused, problem, address), (result.State, result.Problem, result.External!.Address.ToString()));
        Assert.Contains(address, result.Words, StringComparison.Ordinal);
        Table.Outside = IPAddress.Parse("203.0.113.8");
        await _bench.UntilAsync(() => _bench.Last.State == LeaseState.Granted);
        Assert.Equal("203.0.113.8", _bench.Last.External!.Address.ToString());
    }

    [Theory]
    [InlineData("100.64.0.1", IngressProblem.SharedAddress)]
    [InlineData("192.0.0.1", IngressProblem.SharedAddress)] // DS-Lite
    [InlineData("10.0.0.1", IngressProblem.DoubleNat)]
    [InlineData("192.168.178.1", IngressProblem.DoubleNat)]
    [InlineData("203.0.113.1", IngressProblem.NoOutsideAddress)]
    [InlineData(null, IngressProblem.NoOutsideAddress)]
    public async Task Where_an_honest_router_says_that_it_has_no_public_address_the_next_one_tells_why(string? next, object problem)
    {
        _bench.Next = next is null ? null : IPAddress.Parse(next);
        Router.OnUdp(r => r[0] == 2 ? [RouterTable.Refuse(r, 7)] : [[0, (byte)(r[1] | 0x80), 0, 3, 0, 0, 0, 7]]);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Refused, problem), (result.State, result.Problem));
        if (problem is not IngressProblem.NoOutsideAddress) Assert.Contains(next!, result.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mapping_that_a_router_without_an_address_grants_is_explained_by_the_next_one_and_held_until_there_is_an_address()
    {
        (_bench.Next, Table.Outside) = (IPAddress.Parse("100.64.0.1"), IPAddress.Any);
        Router.OnUdp(r => [Table.Answer(r)]);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Refused, IngressProblem.SharedAddress, null), (result.State, result.Problem, result.External));
        Table.Outside = IPAddress.Parse("203.0.113.8"); // the next router on the way says nothing against what the router says of itself
        await _bench.UntilAsync(() => _bench.Last.State == LeaseState.Granted);
    }

    [Fact]
    public async Task A_router_behind_that_shows_itself_only_later_is_told_then()
    {
        Table.Outside = IPAddress.Any;
        Router.OnUdp(r => [Table.Answer(r)]);
        Assert.Equal(IngressProblem.NoOutsideAddress, (await _bench.FirstAsync()).Problem);
        _bench.Next = IPAddress.Parse("10.0.0.1");
        await _bench.UntilAsync(() => _bench.Last.Problem == IngressProblem.DoubleNat);
    }

    [Fact]
    public async Task The_same_nonce_serves_for_renewing_and_ending_and_also_after_the_gateway_was_killed()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        var first = _bench.Memory.Nonce(_bench.Wish);
        await _bench.FirstAsync();
        await _bench.UntilAsync(() => Maps().Length == 2, step: 60);
        await _bench.StopAsync();
        Assert.Equal(3, Maps().Length);
        Assert.All(Maps(), m => Assert.Equal(first, m[24..36]));
        Assert.Equal(0u, RouterTable.Uint32(Maps()[2], 4));
        Assert.NotEqual(first, _bench.Memory.Nonce(_bench.Wish)); // what has been given back is forgotten
        var second = _bench.Memory.Nonce(_bench.Wish);
        Assert.Equal(second, (await _bench.MemoryAfterRestartAsync()).Nonce(_bench.Wish));
    }

    [Fact]
    public async Task It_is_renewed_at_half_its_life_under_the_port_that_was_granted_and_stays_the_same_mapping()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        var first = await _bench.FirstAsync();
        var started = _bench.Time.GetUtcNow();
        await _bench.UntilAsync(() => Maps().Length == 2 && _bench.Results.Count == 3, step: 60);
        Assert.InRange(_bench.Time.GetUtcNow() - started, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(14));
        Assert.Equal("203.0.113.7", new IPAddress(Maps()[1][44..60]).MapToIPv4().ToString());
        Assert.Equal((first.Epoch, LeaseState.Granted), (_bench.Last.Epoch, _bench.Last.State));
        Assert.True(_bench.Last.GoodUntil > first.GoodUntil);
    }

    [Fact]
    public async Task A_router_that_restarted_is_found_out_by_its_count_and_gets_the_mapping_again_as_a_new_one()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        var first = await _bench.FirstAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        await _bench.UntilAsync(() => Router.UdpRequests.Any(r => r[1] == 0)); // one look at the old life
        Table.Restart();
        var restarted = _bench.Time.GetUtcNow();
        await _bench.UntilAsync(() => Table.Leads(443) && _bench.Last.Epoch > first.Epoch);
        Assert.InRange(_bench.Time.GetUtcNow() - restarted, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Equal(LeaseState.Granted, _bench.Last.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mapping_that_the_router_forgot_in_silence_is_asked_for_again_when_nobody_outside_gets_in(bool speaksPcp)
    {
        Router.OnUdp(r => [speaksPcp || r[0] == 0 ? Table.Answer(r) : [0, 0x81, 0, 1, 0, 0, 0, 7]]);
        await _bench.FirstAsync();
        lock (Table.Mappings) Table.Mappings.Clear();
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        _bench.IsLookedAt(ProbeOutcome.Failed);
        var failed = _bench.Time.GetUtcNow();
        await _bench.UntilAsync(() => Table.Leads(443));
        Assert.InRange(_bench.Time.GetUtcNow() - failed, TimeSpan.Zero, TimeSpan.FromSeconds(13));
    }

    [Fact]
    public async Task A_look_that_got_in_or_failed_before_makes_no_doubt()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        _bench.IsLookedAt(ProbeOutcome.Failed);
        await _bench.FirstAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        _bench.IsLookedAt(ProbeOutcome.Failed);
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        _bench.IsLookedAt(ProbeOutcome.Reached);
        await _bench.UntilAsync(() => Router.UdpRequests.Count(r => r[1] == 0 && r[0] == 2) >= 3);
        Assert.Single(Maps());
    }

    [Fact]
    public async Task An_announcement_of_the_router_makes_us_look_at_once_and_one_of_anybody_else_does_not()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        await _bench.FirstAsync();
        var asked = Router.UdpRequests.Count;
        Router.Announce(new byte[24], from: Router.StrangerAddress);
        Assert.Equal(asked, Router.UdpRequests.Count);
        Table.Outside = IPAddress.Parse("203.0.113.99");
        await _bench.UntilAsync(() =>
        {
            Router.Announce(new byte[24]);
            return _bench.Last.External?.Address.ToString() == "203.0.113.99";
        }, advance: false);
        Assert.Equal(DateTimeOffset.Parse("2026-01-01T00:00:00Z"), _bench.Time.GetUtcNow());
    }

    [Fact]
    public async Task Another_outside_address_is_found_out_without_any_announcement()
    {
        Router.OnUdp(r => [Table.Answer(r)]);
        var first = await _bench.FirstAsync();
        Table.Outside = IPAddress.Parse("203.0.113.99");
        await _bench.UntilAsync(() => _bench.Last.External!.Address.ToString() == "203.0.113.99");
        Assert.True(_bench.Last.Epoch > first.Epoch);
        Table.Outside = IPAddress.Any; // the line is down
        await _bench.UntilAsync(() => _bench.Last.Problem == IngressProblem.NoOutsideAddress);
        Assert.Equal(LeaseState.Refused, _bench.Last.State);
    }

    [Fact]
    public async Task A_router_whose_count_stands_still_does_not_make_every_look_a_restart()
    {
        Router.OnUdp(r =>
        {
            var answer = Table.Answer(r);
            answer.AsSpan(r[0] == 0 ? 4 : 8, 4).Clear();
            return [answer];
        });
        await _bench.FirstAsync();
        await _bench.UntilAsync(() => Router.UdpRequests.Count(r => r[1] == 0 && r[0] == 2) >= 20, step: 10);
        Assert.InRange(_bench.Results.Select(r => r.Epoch).Distinct().Count(), 1, 5);
    }

    [Fact]
    public async Task A_router_that_takes_a_renewal_for_a_stranger_gets_the_mapping_back_first()
    {
        var refuse = false;
        Router.OnUdp(r =>
        {
            if (r[1] != 1 || r[0] != 2) return [Table.Answer(r)];
            if (RouterTable.Uint32(r, 4) == 0) refuse = false;
            if (refuse) return [RouterTable.Refuse(r, 8)];
            refuse = RouterTable.Uint32(r, 4) > 0;
            return [Table.Answer(r)];
        });
        await _bench.FirstAsync();
        await _bench.UntilAsync(() => _bench.Results.Count == 3, step: 60);
        Assert.Equal(LeaseState.Granted, _bench.Last.State);
        Assert.Equal([1200u, 1200u, 0u, 1200u], Maps().Select(m => RouterTable.Uint32(m, 4)));
    }

    [Fact]
    public async Task A_router_that_falls_silent_is_lost_and_found_again()
    {
        var silent = false;
        Router.OnUdp(r => silent ? [] : [Table.Answer(r)]);
        var first = await _bench.FirstAsync();
        silent = true;
        await _bench.UntilAsync(() => _bench.Last.Problem == IngressProblem.Lost);
        Assert.Equal((LeaseState.Asking, null), (_bench.Last.State, _bench.Last.External));
        silent = false;
        await _bench.UntilAsync(() => _bench.Last.State == LeaseState.Granted);
        Assert.True(_bench.Last.Epoch > first.Epoch);
    }

    [Fact]
    public async Task A_yes_to_nothing_is_no_yes()
    {
        Router.OnUdp(r =>
        {
            if (r[0] == 0) return [[0, (byte)(r[1] | 0x80), 0, 1, 0, 0, 0, 7]];
            var answer = Table.Answer(r);
            (answer[42], answer[43]) = (0, 0); // external port 0
            return [answer];
        });
        Assert.Equal((LeaseState.Refused, IngressProblem.RouterFailed), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
    }

    [Fact]
    public async Task A_lease_of_a_hundred_years_is_taken_for_a_day()
    {
        Table.Lifetime = uint.MaxValue;
        Router.OnUdp(r => [Table.Answer(r)]);
        Assert.Equal(_bench.Time.GetUtcNow() + TimeSpan.FromDays(1), (await _bench.FirstAsync()).GoodUntil);
    }

    [Fact]
    public async Task A_flood_of_wrong_answers_neither_hangs_nor_convinces()
    {
        Router.OnUdp(r => Enumerable.Repeat(new byte[] { 2, 0x81, 0, 0 }, 200).Append(Table.Answer(r)));
        Assert.Equal((LeaseState.Absent, IngressProblem.NoProtocol), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
    }

    [Fact]
    public async Task Where_nobody_answers_there_is_no_protocol_and_ending_does_not_wait_for_it()
    {
        Router.OnUdp(_ => []);
        Assert.Equal((LeaseState.Absent, IngressProblem.NoProtocol), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
        Assert.Empty(_bench.Memory.At(_bench.Wish));
        Assert.InRange(await _bench.StopAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_router_that_died_does_not_hold_up_the_end()
    {
        var silent = false;
        Router.OnUdp(r => silent ? [] : [Table.Answer(r)]);
        await _bench.FirstAsync();
        silent = true;
        Assert.InRange(await _bench.StopAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
        Assert.Single((await _bench.MemoryAfterRestartAsync()).At(_bench.Wish)); // it may still stand there
    }

    private byte[][] Maps() => [.. Router.UdpRequests.Where(r => r[0] == 2 && r[1] == 1)];
}

internal static class ResultExtensions
{
    public static (LeaseState, string) StateAndMethod(this Gateway.Host.Ingress.PortMapping.MappingResult result) => (result.State, result.Method);
}
