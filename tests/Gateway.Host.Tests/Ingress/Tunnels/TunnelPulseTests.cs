using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>When a tunnel that is said to stand is ended because nobody gets through it.</summary>
public sealed class TunnelPulseTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TunnelPulse _pulse;
    private GatewayStatus _status = new();
    private long _epoch = 1;

    public TunnelPulseTests()
    {
        _pulse = new TunnelPulse(_time);
        _pulse.Begin();
    }

    [Fact]
    public void One_through_which_nobody_got_for_half_a_minute_is_ended()
    {
        Assert.False(IsDeadAfter(10, ProbeOutcome.Failed));
        Assert.False(IsDeadAfter(19, ProbeOutcome.Failed));
        Assert.True(IsDeadAfter(1, ProbeOutcome.Failed));
    }

    [Fact]
    public void One_at_which_nobody_looked_or_whose_looks_say_nothing_is_left_alone()
    {
        Assert.False(IsDeadAfter(600, ProbeOutcome.Unknown));
        _time.Advance(TimeSpan.FromHours(1));
        _pulse.Check(_status, "ssh", _epoch);
    }

    [Fact]
    public void A_look_that_got_in_begins_the_time_anew()
    {
        IsDeadAfter(25, ProbeOutcome.Failed);
        Assert.False(IsDeadAfter(2, ProbeOutcome.Reached));
        Assert.False(IsDeadAfter(29, ProbeOutcome.Failed));
        Assert.True(IsDeadAfter(2, ProbeOutcome.Failed));
    }

    [Fact]
    public void Where_beginning_anew_was_of_no_use_the_next_life_is_given_twice_the_time()
    {
        Assert.True(IsDeadAfter(31, ProbeOutcome.Failed));
        Again();
        Assert.False(IsDeadAfter(31, ProbeOutcome.Failed));
        Assert.True(IsDeadAfter(30, ProbeOutcome.Failed));
        Again();
        Assert.False(IsDeadAfter(1, ProbeOutcome.Reached)); // it was of use
        Again();
        Assert.True(IsDeadAfter(31, ProbeOutcome.Failed));
    }

    [Fact]
    public void What_was_seen_of_another_life_or_another_way_says_nothing()
    {
        _time.Advance(TimeSpan.FromSeconds(40));
        Look(ProbeOutcome.Failed, epoch: 0);
        Look(ProbeOutcome.Failed, way: "ssh.other");
        _pulse.Check(_status, "ssh", _epoch);
    }

    private void Again()
    {
        _epoch++;
        _pulse.Begin();
    }

    private bool IsDeadAfter(double seconds, ProbeOutcome outcome)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Look(outcome);
        try
        {
            _pulse.Check(_status, "ssh", _epoch);
            return false;
        }
        catch (TunnelException e)
        {
            Assert.Equal(IngressProblem.CarriesNothing, e.Problem);
            return true;
        }
    }

    private void Look(ProbeOutcome outcome, long? epoch = null, string way = "ssh")
    {
        var target = new ProbeTarget(way, IpFamily.V4, IPAddress.Parse("198.51.100.70"), 443, "pycon.example.org", epoch ?? _epoch, "key");
        _status = _status with { Observations = [new Observation("relay", VantageKind.Hairpin, target, outcome, _time.GetUtcNow(), _time.GetTimestamp(), "It was so."), .. _status.Observations] };
    }
}
