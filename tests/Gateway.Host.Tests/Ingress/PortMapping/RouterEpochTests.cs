using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

public sealed class RouterEpochTests
{
    [Theory]
    [InlineData(100, 110, 10, true)]
    [InlineData(100, 100, 0, true)]
    [InlineData(100, 99, 0, true)] // two answers that passed one another
    [InlineData(100, 98, 0, false)]
    [InlineData(100, 3, 10, false)] // restarted
    [InlineData(100, 102, 0, true)] // two seconds' grace
    [InlineData(100, 103, 0, false)] // its clock cannot run so fast
    [InlineData(0, 1000, 940, true)] // one in sixteen
    [InlineData(0, 1000, 930, false)]
    [InlineData(0, 940, 1000, true)]
    [InlineData(0, 930, 1000, false)] // restarted meanwhile, and lives long enough to look older than before
    [InlineData(uint.MaxValue, 5, 5, false)]
    public void The_routers_seconds_must_go_on_as_ours_do_in_both_directions(uint before, uint now, int seconds, bool goesOn) =>
        Assert.Equal(goesOn, RouterEpoch.GoesOn(before, TimeSpan.FromSeconds(500), now, TimeSpan.FromSeconds(500 + seconds)));

    [Fact]
    public void The_first_count_says_nothing_and_silence_says_nothing()
    {
        var router = new RouterEpoch();
        Assert.False(router.HasRestarted(null, TimeSpan.Zero));
        Assert.False(router.HasRestarted(7, TimeSpan.FromSeconds(1)));
        Assert.False(router.HasRestarted(null, TimeSpan.FromSeconds(500)));
        Assert.False(router.HasRestarted(1006, TimeSpan.FromSeconds(1000)));
        Assert.True(router.HasRestarted(3, TimeSpan.FromSeconds(1010)));
        Assert.False(router.HasRestarted(13, TimeSpan.FromSeconds(1020)));
    }

    [Fact]
    public void A_router_whose_count_always_breaks_counts_nothing_and_is_not_believed_any_more()
    {
        var router = new RouterEpoch();
        var restarts = Enumerable.Range(0, 100).Count(i => router.HasRestarted(0, TimeSpan.FromSeconds(10 * i)));
        Assert.Equal(2, restarts);
        Assert.False(router.IsUsable);
    }
}
