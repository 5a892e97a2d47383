using Gateway.Host.Core;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>A way in that failed and comes back: the name follows it, but not to and fro.</summary>
public sealed class ReturnsTests
{
    private readonly House _house = new();

    [Fact]
    public void A_way_in_that_failed_is_taken_again_when_it_has_been_proven_for_half_a_minute()
    {
        Lose();
        _house.Looks(PortMap(), ProbeOutcome.Reached);
        Assert.Equal(Relay, _house.Now(after: 29).Wanted.V4);
        Assert.Equal(Home, _house.Now(after: 1).Wanted.V4);
    }

    [Fact]
    public void Each_further_failure_doubles_the_time_and_an_hour_without_one_forgives()
    {
        Lose();
        _house.Looks(PortMap(), ProbeOutcome.Reached).Now(after: 30);
        Lose();
        _house.Looks(PortMap(), ProbeOutcome.Reached);
        Assert.Equal(Relay, _house.Now(after: 59).Wanted.V4);
        Assert.Equal(Home, _house.Now(after: 1).Wanted.V4);
        _house.Now(after: 3601);
        Lose();
        _house.Looks(PortMap(), ProbeOutcome.Reached);
        Assert.Equal(Home, _house.Now(after: 30).Wanted.V4);
    }

    [Fact]
    public void A_failure_while_it_is_tried_begins_the_time_anew()
    {
        Lose();
        _house.Looks(PortMap(), ProbeOutcome.Reached).Looks(PortMap(), ProbeOutcome.Failed, after: 15).Looks(PortMap(), ProbeOutcome.Reached);
        Assert.Equal(Relay, _house.Now(after: 29).Wanted.V4);
        Assert.Equal(Home, _house.Now(after: 1).Wanted.V4);
    }

    [Fact]
    public void Where_nobody_looks_it_is_taken_again_after_five_minutes_and_at_once_where_nothing_else_holds()
    {
        _house.Seen(Home).Leases(PortMap(), Tunnel()).Leases(PortMap(LeaseState.Asking), Tunnel()).Now(after: 21);
        Assert.Equal(Relay, _house.Leases(PortMap(epoch: 2), Tunnel()).Now(after: 290).Wanted.V4);
        Assert.Equal(Home, _house.Now(after: 10).Wanted.V4);
        _house.Leases(PortMap(LeaseState.Asking, epoch: 2), Tunnel()).Now(after: 21);
        Assert.Equal(Home, _house.Leases(PortMap(epoch: 3), Tunnel(LeaseState.Asking)).Now(after: 21).Wanted.V4);
    }

    [Fact]
    public void A_lesser_way_in_waits_at_first_for_one_that_is_still_asked_for()
    {
        _house.Seen(Home).Leases(PortMap(LeaseState.Asking), Tunnel());
        Assert.Null(_house.Now(after: 5).Wanted.V4);
        Assert.Equal(Relay, _house.Now(after: 1).Wanted.V4);
    }

    [Fact]
    public void It_does_not_wait_for_one_that_has_trouble() =>
        Assert.Equal(Relay, _house.Leases(PortMap(LeaseState.Asking) with { Problem = IngressProblem.NoProtocol }, Tunnel()).Wanted.V4);

    /// <summary>The straight way holds, and fails.</summary>
    private void Lose()
    {
        _house.Seen(Home).Leases(PortMap(), Tunnel());
        Assert.Equal(Home, _house.Wanted.V4);
        _house.Looks(PortMap(), ProbeOutcome.Failed).Looks(PortMap(), ProbeOutcome.Failed);
        Assert.Equal(Relay, _house.Wanted.V4);
    }
}
