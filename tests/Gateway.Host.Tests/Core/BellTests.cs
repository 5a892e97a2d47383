using Gateway.Host.Core;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Core;

public sealed class BellTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Rung_while_nobody_waits_it_ends_the_next_wait_and_one_only()
    {
        var bell = new Bell(_time);
        bell.Ring();
        bell.Ring();
        await bell.WaitAsync(null, TestContext.Current.CancellationToken);
        Assert.False(bell.WaitAsync(null, TestContext.Current.CancellationToken).IsCompleted);
    }

    [Fact]
    public async Task A_wait_for_less_than_a_millisecond_is_not_over_before_the_clock_has_gone_on()
    {
        var wait = new Bell(_time).WaitAsync(TimeSpan.FromMicroseconds(300), TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await wait;
    }
}
