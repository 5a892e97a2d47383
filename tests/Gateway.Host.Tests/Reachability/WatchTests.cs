using System.Collections.Concurrent;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability;

/// <summary>What is looked at, when, and whether the clock is right.</summary>
public sealed class WatchTests
{
    private readonly StatusStore _status = new();
    private readonly Vantages _vantages = new();

    private sealed class Onlooker(string name, VantageKind kind, Func<ProbeTarget, ProbeOutcome> look) : IVantage
    {
        public string Name => name;

        public VantageKind Kind => kind;

        public Task<Observation> LookAsync(ProbeTarget target, CancellationToken cancellationToken) =>
            Task.FromResult(new Observation(name, kind, target, look(target), default, TimeProvider.System.GetTimestamp(), "."));
    }

    private VantageWatch Watch(TimeProvider? time = null) => new(_vantages, _status, Facts.Scopes, time ?? TimeProvider.System, new Metrics(), NullLogger<VantageWatch>.Instance);

    [Fact]
    public async Task A_new_way_in_and_a_new_vantage_are_looked_at_at_once_and_what_is_gone_no_more()
    {
        using var watch = Watch();
        await watch.StartAsync(default);
        _vantages.Put(new Onlooker("relay", VantageKind.Ssh, _ => ProbeOutcome.Reached));
        _status.Update(_ => Facts.Well);
        await _status.UntilAsync(s => s.Observations.Count == 1);
        _vantages.Put(new Onlooker("friend", VantageKind.Friend, _ => ProbeOutcome.Unknown));
        await _status.UntilAsync(s => s.Observations.Count == 2);
        _status.Update(s => s.With(l => l with { Epoch = 1 }));
        var anew = await _status.UntilAsync(s => s.Observations.Count == 2 && s.Observations.All(o => o.Target.Epoch == 1));
        Assert.Equal(["friend", "relay"], anew.Observations.Select(o => o.Vantage).Order());
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task A_look_that_fails_after_one_that_got_in_is_repeated_after_a_second()
    {
        using var watch = Watch();
        var looks = 0;
        _vantages.Put(new Onlooker("relay", VantageKind.Ssh, _ => ++looks == 1 ? ProbeOutcome.Reached : ProbeOutcome.Failed));
        _status.Update(_ => Facts.Well);
        await watch.LookNowAsync(default);
        await watch.StartAsync(default);
        looks = 0;
        await _status.UntilAsync(s => s.Observations.Any(o => o.Outcome == ProbeOutcome.Reached) && looks == 1);
        _status.Update(s => s with { Internet = new InternetFacts(false, "Gone.") });
        _status.Update(s => s with { Internet = new InternetFacts(true, "Back.") }); // everybody looks anew
        await _status.UntilAsync(s => s.Observations.Count(o => o.Outcome == ProbeOutcome.Failed) == 2);
        Assert.Equal(LedPattern.Unreachable, ReachabilityPolicy.Judge(_status.Current, Moment.Of(TimeProvider.System, 0), Facts.Scopes).Pattern);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task A_way_in_that_works_and_is_not_published_is_looked_at_more_rarely_until_the_name_leads_there()
    {
        var (time, looks, outcome) = (new FakeTimeProvider(), new ConcurrentDictionary<IpFamily, int>(), ProbeOutcome.Reached);
        using var watch = Watch(time);
        _vantages.Put(new Onlooker("relay", VantageKind.Ssh, t => { looks.AddOrUpdate(t.Family, 1, (_, n) => n + 1); return outcome; }));
        _status.Update(_ => Facts.Both with { Names = [Facts.Says(Facts.V4, null)] });
        await watch.StartAsync(default);
        await _status.UntilAsync(s => s.Observations.Count == 2);
        void Passes(int seconds)
        {
            looks.Clear();
            for (; seconds > 0; seconds--) time.Advance(TimeSpan.FromSeconds(1));
        }

        Passes(120);
        Assert.InRange(looks[IpFamily.V4], 11, 12);
        Assert.InRange(looks[IpFamily.V6], 3, 4);
        outcome = ProbeOutcome.Failed; // a door that opens again is seen soon, whichever it is
        Passes(60);
        Passes(120);
        Assert.InRange(looks[IpFamily.V6], 11, 12);
        outcome = ProbeOutcome.Reached;
        Passes(40);
        looks.Clear();
        _status.Update(s => s with { Names = [Facts.Says(Facts.V4, Facts.V6)] });
        var patience = TimeProvider.System.GetTimestamp();
        while (!looks.ContainsKey(IpFamily.V6) && TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromSeconds(30)) await Task.Yield();
        Assert.True(looks.ContainsKey(IpFamily.V6), "nobody looked at once");
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task A_vantage_that_breaks_does_not_end_the_others()
    {
        using var watch = Watch();
        _vantages.Put(new Onlooker("broken", VantageKind.Ssh, _ => throw new InvalidOperationException()));
        _vantages.Put(new Onlooker("relay", VantageKind.Ssh, _ => ProbeOutcome.Reached));
        _status.Update(_ => Facts.Well);
        await watch.StartAsync(default);
        Assert.Equal("relay", Assert.Single((await _status.UntilAsync(s => s.Observations.Count > 0)).Observations).Vantage);
        Assert.False(watch.ExecuteTask!.IsCompleted);
        await watch.StopAsync(default);
    }

    [Fact]
    public void The_clock_is_right_when_the_file_is_there_and_the_kernel_can_be_asked()
    {
        var file = Path.GetTempFileName();
        ClockFacts Look(string by)
        {
            var settings = new SettingsStore(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal) { ["clock.synchronised"] = new(by, SettingSource.ConfigurationFile, "") }, false));
            using var watch = new ClockWatch(settings, _status, TimeProvider.System, NullLogger<ClockWatch>.Instance);
            watch.LookNow();
            return _status.Current.Clock;
        }
        Assert.True(Look("file:" + file).IsSynchronised);
        File.Delete(file);
        Assert.False(Look("file:" + file).IsSynchronised);
        Assert.NotNull(Look("kernel").IsSynchronised);
    }
}
