using System.Net;
using Gateway.Host.Access;
using Gateway.Host.Core;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Access;

public sealed class SignInThrottleTests
{
    private static readonly ClientOrigin Tunnel = new(OriginKind.OutsideTunnel, null, "ssh.vps");
    private static readonly ClientOrigin Home = new(OriginKind.HomeNetwork, IPAddress.Parse("192.168.1.7"));

    private readonly FakeTimeProvider _time = new();
    private readonly SignInThrottle _throttle;

    public SignInThrottleTests() => _throttle = new SignInThrottle(_time);

    private static ClientOrigin Outside(int i) => new(OriginKind.OutsideDirect, new IPAddress([203, 0, (byte)(i >> 8), (byte)i]));

    [Fact]
    public void Ten_thousand_bad_attempts_through_one_tunnel_leave_a_known_device_and_the_home_free()
    {
        var passed = Enumerable.Range(0, 10_000).Count(_ => _throttle.Take(Tunnel, "ana", null) is null);
        Assert.Equal(10, passed);
        Assert.Null(_throttle.Take(Tunnel, "ana", "phone"));
        Assert.Null(_throttle.Take(Home, "ana", null));
    }

    [Fact]
    public void Ten_thousand_sources_at_once_get_no_more_than_all_together_may()
    {
        var passed = Enumerable.Range(0, 10_000).Count(i => _throttle.Take(Outside(i), "name" + i, null) is null);
        Assert.InRange(passed, 10, 60);
        Assert.Null(_throttle.Take(Outside(1), "ana", "phone"));
    }

    [Fact]
    public void One_account_is_guarded_against_many_sources()
    {
        var passed = Enumerable.Range(0, 1000).Count(i => _throttle.Take(Outside(i), "ana", null) is null);
        Assert.Equal(10, passed);
    }

    [Fact]
    public void Attempts_come_back_with_time_and_the_wait_is_told()
    {
        while (_throttle.Take(Tunnel, "ana", null) is null) { }
        var wait = _throttle.Take(Tunnel, "ana", null)!.Value;
        Assert.Equal(TimeSpan.FromMinutes(1), wait);
        _time.Advance(wait - TimeSpan.FromSeconds(1));
        Assert.NotNull(_throttle.Take(Tunnel, "ana", null));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_throttle.Take(Tunnel, "ana", null));
        Assert.NotNull(_throttle.Take(Tunnel, "ana", null));
    }

    [Fact]
    public void A_right_password_does_not_count()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Null(_throttle.Take(Home, "ana", null));
            _throttle.GiveBack(Home, "ana", null);
        }
    }

    [Fact]
    public void A_known_device_has_an_end_of_attempts_too()
    {
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => _throttle.Take(Tunnel, "ana", "phone") is null));
        Assert.Null(_throttle.Take(Tunnel, "ana", "tablet"));
    }

    [Fact]
    public void Giving_back_never_makes_more_than_there_were()
    {
        var buckets = new TokenBuckets(3, TimeSpan.FromSeconds(1), _time);
        buckets.Take("a");
        buckets.GiveBack("a");
        _time.Advance(TimeSpan.FromDays(1));
        buckets.GiveBack("a");
        buckets.GiveBack("a");
        Assert.Equal(3, Enumerable.Range(0, 100).Count(_ => buckets.Take("a") is null));
    }

    [Fact]
    public void Who_reserves_waits_for_its_own_turn_and_for_nobody_elses()
    {
        var buckets = new TokenBuckets(2, TimeSpan.FromSeconds(1), _time);
        Assert.Equal([0, 0, 1, 2, 3], Enumerable.Range(0, 5).Select(_ => buckets.Reserve("flood").TotalSeconds));
        Assert.Equal(TimeSpan.Zero, buckets.Reserve("phone"));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.Zero, buckets.Reserve("flood"));
    }
}
