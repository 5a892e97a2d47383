using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability;

public sealed class JudgeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StatusStore _status = new();

    [Fact]
    public async Task A_verdict_is_made_at_once_made_anew_while_nothing_happens_and_ends_when_its_proof_does()
    {
        using var judge = new ReachabilityJudge(_status, Facts.Scopes, new Running(), _time, NullLogger<ReachabilityJudge>.Instance);
        await judge.StartAsync(default);
        await _status.UntilAsync(s => s.Report.Pattern == LedPattern.Setup);

        _status.Update(s => Facts.Well with { Report = s.Report });
        await _status.UntilAsync(s => s.Report.Pattern == LedPattern.Believed);

        var started = _time.GetTimestamp();
        _status.Update(s => s with { Observations = Evidence.With(s, new Observation("relay", VantageKind.Ssh, Evidence.Target(s.Leases[0], s, Facts.Scopes)!, ProbeOutcome.Reached, default, started, "It got in."), Facts.Scopes) });
        var verified = await _status.UntilAsync(s => s.Report.Pattern == LedPattern.Verified);

        for (var seconds = 0; seconds < 24; seconds += 8)
        {
            var made = _status.Current.Report.Made;
            await AdvanceAsync(8.1, s => s.Report.Made > made);
            Assert.Equal((LedPattern.Verified, verified.Report.Since), (_status.Current.Report.Pattern, _status.Current.Report.Since));
        }
        await AdvanceAsync(1, s => s.Report.Pattern == LedPattern.Believed);
        await judge.StopAsync(default);
        Assert.Equal(LedPattern.Off, _status.Current.Report.Pattern);
    }

    private sealed class Running : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() { }
    }

    /// <summary>Time passes in small steps, so that whoever sets a timer late is woken too.</summary>
    private async Task AdvanceAsync(double seconds, Func<GatewayStatus, bool> until)
    {
        for (var left = seconds; left > 0 && !until(_status.Current); left -= 0.05)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            _time.Advance(TimeSpan.FromSeconds(0.05));
        }
        await _status.UntilAsync(until);
    }
}
