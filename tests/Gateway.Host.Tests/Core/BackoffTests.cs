using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class BackoffTests
{
    private static double After(int failures, double random) => Backoff.After(failures, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1), random).TotalSeconds;

    [Fact]
    public void Attempts_grow_apart_with_half_of_it_by_chance_and_never_end()
    {
        Assert.Equal([0.25, 0.5, 1, 2], Enumerable.Range(1, 4).Select(n => After(n, 0)));
        Assert.Equal([0.5, 1, 2, 4], Enumerable.Range(1, 4).Select(n => After(n, 1)));
        Assert.Equal(60, After(int.MaxValue, 1));
    }
}
