using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

public sealed class PublishPolicyTests
{
    private readonly House _house = new();

    [Fact]
    public void What_router_and_observer_agree_on_is_published()
    {
        Assert.Null(_house.Leases(PortMap()).Wanted.V4);
        Assert.Equal(Home, _house.Plan.Unconfirmed!.Address);
        Assert.Equal(Home, _house.Seen(Home).Wanted.V4);
        Assert.Null(_house.Plan.Unconfirmed);
        Assert.True(_house.Plan.V4.NeedsObserver);
    }

    [Fact]
    public void A_liar_whose_address_nobody_outside_confirms_is_not_published()
    {
        _house.Leases(PortMap(address: IPAddress.Parse("198.51.100.99"))).Seen(Home).Now(after: 60);
        Assert.Null(_house.Wanted.V4);
        Assert.Equal("The router says 198.51.100.99, but DuckDNS sees this home as 203.0.113.7: not published.", _house.Plan.V4.Words);
    }

    [Fact]
    public void An_address_that_turns_out_to_be_another_homes_is_taken_out_at_once()
    {
        _house.Leases(PortMap()).Seen(Home);
        _house.Now(after: 86400).Seen(Other);
        Assert.Null(_house.Wanted.V4);
    }

    [Fact]
    public void A_proof_from_outside_confirms_as_well_as_an_observer() =>
        Assert.Equal(Home, _house.Leases(PortMap()).Looks(PortMap(), ProbeOutcome.Reached).Wanted.V4);

    [Fact]
    public void A_success_by_way_of_the_own_router_confirms_nothing() =>
        Assert.Null(_house.Leases(PortMap()).Looks(PortMap(), ProbeOutcome.Reached, VantageKind.Hairpin).Wanted.V4);

    [Fact]
    public void An_own_public_address_and_the_end_of_a_tunnel_need_no_observer()
    {
        Assert.Equal(Relay, _house.Leases(Tunnel()).Wanted.V4);
        _house.Now(s => s with { Network = s.Network with { Interfaces = [new NetworkInterfaceFacts("eth0", 2, true, false, [new InterfaceAddress(Home, 24, AddressFlags.None)])] } });
        Assert.Equal(Home, _house.Leases(PortMap(), Tunnel()).Wanted.V4);
    }

    [Theory]
    [InlineData("100.64.0.7")]
    [InlineData("192.168.1.2")]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    public void What_is_no_public_address_is_never_published(string address) =>
        Assert.Null(_house.Leases(PortMap(address: IPAddress.Parse(address))).Seen(IPAddress.Parse(address)).Wanted.V4);

    [Fact]
    public void A_public_IPv6_address_is_published_and_a_local_one_is_not()
    {
        Assert.Equal(Six, _house.Leases(V6()).Wanted.V6);
        Assert.Null(new House().Leases(V6(address: IPAddress.Parse("fd00::1"))).Now(after: 60).Wanted.V6);
    }

    [Fact]
    public void Without_an_owner_nothing_is_published()
    {
        _house.Now(s => s with { IsClaimed = false });
        Assert.Equal(default, _house.Leases(V6(), Tunnel()).Wanted);
        Assert.False(_house.Plan.IsOn);
    }

    [Fact]
    public void The_first_way_in_that_holds_counts_in_the_owners_order()
    {
        Assert.Equal(Relay, _house.Seen(Home).Leases(Tunnel(), PortMap()).Wanted.V4);
        Assert.Equal(Home, _house.Leases(PortMap(), Tunnel()).Wanted.V4);
        Assert.Equal(Relay, _house.Leases(PortMap(LeaseState.Refused), Tunnel()).Now(after: 21).Wanted.V4);
    }

    [Fact]
    public void A_tunnel_stands_in_until_the_observer_has_confirmed_the_straight_way()
    {
        Assert.Equal(Relay, _house.Leases(PortMap(), Tunnel()).Wanted.V4);
        Assert.NotNull(_house.Plan.Unconfirmed);
        Assert.Equal(Home, _house.Seen(Home).Wanted.V4);
    }

    [Fact]
    public void Nobody_is_asked_for_a_way_in_that_comes_after_one_that_holds() =>
        Assert.Null(_house.Leases(Tunnel(), PortMap()).Plan.Unconfirmed);

    [Fact]
    public void A_way_in_that_cannot_know_its_address_makes_the_observer_be_asked()
    {
        _house.Leases(PortMap(LeaseState.Candidate) with { Address = null });
        Assert.NotNull(_house.Plan.Unconfirmed);
        Assert.Null(_house.Seen(Home).Plan.Unconfirmed);
    }

    // Ways in that nobody has acknowledged

    [Fact]
    public void What_nobody_acknowledged_is_published_when_there_is_nothing_else_and_nothing_better_is_on_its_way()
    {
        Assert.Null(_house.Leases(V6(LeaseState.Candidate), PortMap(LeaseState.Absent)).Wanted.V6);
        Assert.True(_house.Plan.LookAgainIn <= PublishPolicy.BeforeCandidates);
        Assert.Equal(Six, _house.Now(after: 3).Wanted.V6);
    }

    [Fact]
    public void It_waits_longer_while_a_better_way_is_being_asked_for()
    {
        _house.Leases(V6(LeaseState.Candidate), PortMap(LeaseState.Asking)).Now(after: 10);
        Assert.Null(_house.Wanted.V6);
        Assert.Equal(Six, _house.Now(after: 3).Wanted.V6);
    }

    [Fact]
    public void It_stays_out_of_the_name_beside_one_that_was_granted_until_it_is_proven()
    {
        _house.Seen(Home).Leases(V6(LeaseState.Candidate), PortMap()).Now(after: 60);
        Assert.Equal(new AddressPair(Home, null), _house.Wanted);
        Assert.Equal(new AddressPair(Home, Six), _house.Looks(V6(), ProbeOutcome.Reached).Wanted);
    }

    [Fact]
    public void A_proof_that_has_grown_old_keeps_it_in_the_name()
    {
        _house.Seen(Home).Leases(V6(LeaseState.Candidate), PortMap()).Looks(V6(), ProbeOutcome.Reached, VantageKind.Phone);
        Assert.Equal(Six, _house.Now(s => s with { Observations = [] }, after: 3600).Wanted.V6);
    }

    [Fact]
    public void A_later_failure_undoes_the_proof()
    {
        _house.Seen(Home).Leases(V6(LeaseState.Candidate), PortMap()).Looks(V6(), ProbeOutcome.Reached);
        Assert.Null(_house.Looks(V6(), ProbeOutcome.Failed).Wanted.V6);
    }

    [Fact]
    public void A_proof_of_another_port_is_none()
    {
        _house.Seen(Home).Leases(V6(LeaseState.Candidate), PortMap());
        Assert.Null(_house.Looks(V6() with { Port = 8443 }, ProbeOutcome.Reached).Wanted.V6);
    }

    [Fact]
    public void When_the_granted_one_goes_the_unproven_one_comes_in_and_goes_out_again_with_its_return()
    {
        _house.Seen(Home).Leases(V6(LeaseState.Candidate), PortMap());
        _house.Leases(V6(LeaseState.Candidate), PortMap(LeaseState.Absent)).Now(after: 21);
        Assert.Equal(new AddressPair(null, Six), _house.Wanted);
        Assert.Equal(new AddressPair(Home, null), _house.Leases(V6(LeaseState.Candidate), PortMap()).Wanted);
    }

    [Fact]
    public void A_published_way_in_with_another_address_does_not_wait()
    {
        _house.Leases(V6(LeaseState.Candidate)).Now(after: 5);
        Assert.Equal(OtherSix, _house.Leases(V6(LeaseState.Candidate, OtherSix, epoch: 2)).Wanted.V6);
    }

    // Contradicted from outside

    [Fact]
    public void Two_failures_in_a_row_take_an_address_out_and_one_success_puts_it_in_again()
    {
        _house.Leases(V6());
        Assert.Equal(Six, _house.Looks(V6(), ProbeOutcome.Failed).Wanted.V6);
        Assert.Null(_house.Looks(V6(), ProbeOutcome.Failed).Wanted.V6);
        Assert.Equal("2001:db8:1:1::10 cannot be reached from outside, so it is not published.", _house.Plan.V6.Words);
        Assert.Equal(Six, _house.Looks(V6(), ProbeOutcome.Reached).Wanted.V6);
        Assert.Equal(Six, _house.Looks(V6(), ProbeOutcome.Failed).Wanted.V6); // counted anew
    }

    [Fact]
    public void The_next_way_in_takes_its_place()
    {
        _house.Seen(Home).Leases(PortMap(), Tunnel()).Looks(PortMap(), ProbeOutcome.Failed).Looks(PortMap(), ProbeOutcome.Failed);
        Assert.Equal(Relay, _house.Wanted.V4);
    }

    [Theory]
    [InlineData(VantageKind.Friend)]
    [InlineData(VantageKind.Phone)]
    [InlineData(VantageKind.Hairpin)]
    public void Others_failures_take_nothing_out(VantageKind kind) =>
        Assert.Equal(Six, _house.Leases(V6()).Looks(V6(), ProbeOutcome.Failed, kind).Looks(V6(), ProbeOutcome.Failed, kind).Looks(V6(), ProbeOutcome.Failed, kind).Wanted.V6);

    [Fact]
    public void A_blind_vantage_says_nothing() =>
        Assert.Equal(Six, _house.Leases(V6()).Looks(V6(), ProbeOutcome.Failed).Looks(V6(), ProbeOutcome.Unknown).Looks(V6(), ProbeOutcome.Unknown).Wanted.V6);

    [Fact]
    public void The_same_failure_seen_twice_counts_once() =>
        Assert.Equal(Six, _house.Leases(V6()).Looks(V6(), ProbeOutcome.Failed).Now(s => s with { }).Now(s => s with { }).Wanted.V6);

    [Fact]
    public void One_round_over_two_names_is_one_failure() =>
        Assert.Equal(Six, _house.Leases(V6()).Looks(V6(), ProbeOutcome.Failed).Looks(V6(), ProbeOutcome.Failed, name: "home.example.org", after: 0.1).Wanted.V6);

    [Fact]
    public void Failures_of_an_earlier_epoch_do_not_count()
    {
        _house.Leases(V6()).Looks(V6(), ProbeOutcome.Failed).Looks(V6(), ProbeOutcome.Failed);
        Assert.Equal(Six, _house.Leases(V6(epoch: 2)).Wanted.V6);
        Assert.Equal(Six, _house.Looks(V6(epoch: 1), ProbeOutcome.Failed).Looks(V6(epoch: 1), ProbeOutcome.Failed).Wanted.V6);
    }

    // Losses

    [Theory]
    [InlineData(LeaseState.Asking)]
    [InlineData(LeaseState.Refused)]
    [InlineData(LeaseState.Absent)]
    public void A_short_loss_changes_nothing_and_a_longer_one_takes_the_address_out(LeaseState state)
    {
        _house.Seen(Home).Leases(PortMap());
        Assert.Equal(Home, _house.Leases(PortMap(state)).Now(after: 19).Wanted.V4);
        Assert.Equal(1, _house.Plan.LookAgainIn!.Value.TotalSeconds, 0.01);
        Assert.Null(_house.Now(after: 1).Wanted.V4);
    }

    [Fact]
    public void A_way_in_that_comes_back_in_time_was_never_gone()
    {
        _house.Seen(Home).Leases(PortMap()).Leases(PortMap(LeaseState.Asking)).Now(after: 15).Leases(PortMap(epoch: 2));
        Assert.Equal(Home, _house.Now(after: 3600).Wanted.V4);
        Assert.Null(_house.Plan.V4.LostAt);
    }

    [Fact]
    public void The_same_way_in_with_another_address_is_no_loss() =>
        Assert.Equal(Other, _house.Seen(Home).Leases(PortMap()).Seen(Other, "a friend").Leases(PortMap(address: Other, epoch: 2)).Wanted.V4);

    [Fact]
    public void An_old_address_stays_while_the_new_one_waits_for_the_observer_and_no_longer()
    {
        _house.Seen(Home).Leases(PortMap()).Leases(PortMap(address: Other, epoch: 2));
        Assert.Equal(Home, _house.Now(after: 2).Wanted.V4);
        Assert.Equal(Other, _house.Seen(Other).Wanted.V4);
    }

    [Fact]
    public void While_nothing_gets_out_nothing_is_taken_out_and_the_way_in_has_its_time_when_the_line_is_back()
    {
        _house.Seen(Home).Leases(PortMap());
        var routes = _house.Status.Network;
        _house.Now(s => s with { Network = s.Network with { Routes = [] }, Leases = [PortMap(LeaseState.Absent)] }).Now(after: 600);
        Assert.Equal(Home, _house.Wanted.V4);
        Assert.Equal(Home, _house.Now(s => s with { Network = routes }).Now(after: 10).Wanted.V4);
        Assert.Null(_house.Now(after: 11).Wanted.V4);
    }

    [Fact]
    public void An_internet_that_does_not_answer_is_no_loss_of_the_way_in()
    {
        _house.Seen(Home).Leases(PortMap()).Now(s => s with { Internet = new InternetFacts(false, ""), Leases = [PortMap(LeaseState.Refused)] });
        Assert.Equal(Home, _house.Now(after: 600).Wanted.V4);
    }

    [Fact]
    public void A_better_way_in_is_taken_at_once_and_a_worse_one_after_the_short_loss()
    {
        _house.Seen(Home).Leases(PortMap(), Tunnel());
        Assert.Equal(Home, _house.Leases(PortMap(LeaseState.Asking), Tunnel()).Now(after: 19).Wanted.V4);
        Assert.Equal(Relay, _house.Now(after: 1).Wanted.V4);
        Assert.Equal(Home, _house.Leases(PortMap(epoch: 2), Tunnel(LeaseState.Asking)).Wanted.V4);
    }

    [Fact]
    public void One_family_lost_leaves_the_other_alone()
    {
        _house.Seen(Home).Leases(V6(), PortMap()).Leases(V6(LeaseState.Absent), PortMap()).Now(after: 21);
        Assert.Equal(new AddressPair(Home, null), _house.Wanted);
    }

    [Fact]
    public void An_IPv6_door_at_another_port_than_the_link_of_the_name_is_not_published_beside_IPv4()
    {
        var odd = V6() with { Port = 8443 };
        Assert.Equal(new AddressPair(Home, null), _house.Seen(Home).Leases(odd, PortMap()).Wanted);
        Assert.Equal($"{Six} lets the world in at port 8443 alone, and the link of the name leads to port 443: not published.", _house.Plan.V6.Words);
        // Also while the router starts again; alone it is better than nothing.
        Assert.Equal(new AddressPair(Home, null), _house.Leases(odd, PortMap(LeaseState.Asking)).Now(after: 19).Wanted);
        Assert.Equal(new AddressPair(null, Six), _house.Now(after: 2).Wanted);
        Assert.Equal(new AddressPair(Home, Six), _house.Leases(odd, PortMap() with { Port = 8443 }).Wanted);
    }

    [Fact]
    public void An_IPv6_door_at_the_second_port_waits_a_little_for_what_becomes_of_IPv4()
    {
        var odd = V6() with { Port = 8443 };
        Assert.Equal(default, _house.Leases(odd, PortMap(LeaseState.Asking)).Now(after: 2).Wanted);
        Assert.Equal(default, _house.Leases(odd, PortMap()).Now(after: 2).Wanted);
        Assert.Equal(new AddressPair(Home, null), _house.Seen(Home).Wanted);
        Assert.Equal(default, new House().Leases(V6(), PortMap() with { Port = 8443 }).Now(after: 2).Wanted);
        var alone = new House();
        Assert.Equal(default, alone.Leases(odd, PortMap(LeaseState.Asking)).Now(after: 11).Wanted);
        Assert.Equal(new AddressPair(null, Six), alone.Now(after: 1).Wanted);
        Assert.Equal(new AddressPair(null, Six), new House().Leases(odd, PortMap(LeaseState.Absent)).Wanted);
    }

    [Fact]
    public void After_a_restart_what_was_published_stays_until_the_ways_in_are_back()
    {
        _house.Plan = PublishPlan.Restored(new AddressPair(Home, Six));
        _house.Now(s => s with { IsClaimed = false });
        Assert.Equal(new AddressPair(Home, Six), _house.Now(s => s with { IsClaimed = true }, after: 2).Wanted);
        // Nobody has been asked since, and that is no reason to take it out.
        Assert.Equal(new AddressPair(Home, Six), _house.Leases(V6(), PortMap()).Now(after: 10).Wanted);
        Assert.NotNull(_house.Plan.Unconfirmed);
        Assert.Equal(new AddressPair(Home, Six), _house.Seen(Home).Now(after: 60).Wanted);
    }

    [Fact]
    public void After_a_restart_without_ways_in_it_is_taken_out()
    {
        _house.Plan = PublishPlan.Restored(new AddressPair(Home, Six));
        Assert.Equal(default, _house.Now().Now(after: 21).Wanted);
    }

    [Fact]
    public void The_plan_does_not_change_when_nothing_does()
    {
        _house.Seen(Home).Leases(V6(), PortMap());
        var plan = _house.Plan;
        Assert.True(_house.Now(after: 3600).Plan.IsSameAs(plan));
        Assert.Null(_house.Plan.LookAgainIn);
    }
}
