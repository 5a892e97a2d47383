using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Ingress.Tunnels;

/// <summary>A lender that does not do its part.</summary>
public sealed class LentTunnelTests
{
    [Fact]
    public async Task A_lender_that_closes_each_line_at_once_is_dialled_ever_more_rarely()
    {
        var (time, dials, end) = (new FakeTimeProvider(), 0, new CancellationTokenSource());
        var tunnel = new LentTunnel(new Lender("Bo", 443), (_, _) => { Interlocked.Increment(ref dials); return Task.FromResult(Stream.Null); }, time);
        var run = tunnel.RunAsync(9, _ => { }, end.Token);
        for (var second = 0; second < 60; second++)
        {
            for (var turn = 0; turn < 50; turn++) await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(dials, 2, 60);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }
}
