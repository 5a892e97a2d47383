using System.Net;
using System.Threading.Channels;
using Gateway.Host.Core;
using Gateway.Host.Ingress;
using Gateway.Host.Tests.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Ingress;

public sealed class IngressSupervisorTests : IAsyncDisposable
{
    private readonly StatusStore _status = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Lifetime _lifetime = new();
    private IngressSupervisor? _supervisor;

    /// <summary>A way in that does as it is told.</summary>
    private sealed class Scripted(string way) : IIngress
    {
        private readonly Channel<Run> _runs = Channel.CreateUnbounded<Run>();

        public sealed class Run(Action<IReadOnlyList<IngressLease>> report, CancellationToken end)
        {
            public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public TaskCompletionSource GivenBack { get; } = new();

            public CancellationToken End => end;

            public void Holds(params IngressLease[] leases) => report(leases);
        }

        public string Way => way;

        public IngressLease Lease(IpFamily family = IpFamily.V4, int port = 443) => new(way, family, LeaseState.Granted) { Address = IPAddress.Parse("198.51.100.7"), Port = port };

        public bool IsRunning { get; private set; }

        public bool HoldsOn { get; init; }

        public async Task RunAsync(Action<IReadOnlyList<IngressLease>> report, CancellationToken cancellationToken)
        {
            Assert.False(IsRunning, "started twice");
            IsRunning = true;
            var run = new Run(report, cancellationToken);
            _runs.Writer.TryWrite(run);
            try { await run.Over.Task.WaitAsync(cancellationToken); }
            finally
            {
                if (HoldsOn) await run.GivenBack.Task;
                IsRunning = false;
            }
        }

        public async Task<Run> StartedAsync()
        {
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            return await _runs.Reader.ReadAsync(late.Token);
        }

        public bool HasStarted => _runs.Reader.TryPeek(out _);
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        if (_supervisor is not { } supervisor) return;
        _lifetime.StopApplication();
        if (supervisor.ExecuteTask is { } task) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        supervisor.Dispose();
    }

    private async Task StartAsync(string[] order, bool isDemonstration = false, params IIngress[] ways)
    {
        var settings = new SettingsStore(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal) { [IngressSettings.Order] = new(order, SettingSource.Default, "") }, isDemonstration));
        _supervisor = new IngressSupervisor(ways, settings, _status, _lifetime, _time, NullLogger<IngressSupervisor>.Instance);
        await _supervisor.StartAsync(CancellationToken.None);
    }

    private void Claim(bool isClaimed = true) => _status.Update(s => s with { IsClaimed = isClaimed });

    private async Task<GatewayStatus> StatusAsync(Func<GatewayStatus, bool> wanted)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        for (var seen = _status.Current; !wanted(seen); seen = _status.Current) await _status.WaitForOtherAsync(seen, late.Token);
        return _status.Current;
    }

    private string[] Held => [.. _status.Current.Leases.Select(l => $"{l.Way} {l.Family}")];

    [Fact]
    public async Task Nothing_is_opened_before_there_is_an_owner()
    {
        var way = new Scripted("portmap");
        await StartAsync(["portmap"], ways: way);
        Assert.False(way.HasStarted);
        Claim();
        await way.StartedAsync();
    }

    [Fact]
    public async Task When_the_owner_is_gone_everything_is_given_back_and_nothing_is_said_to_be_held()
    {
        var way = new Scripted("portmap") { HoldsOn = true };
        await StartAsync(["portmap"], ways: way);
        Claim();
        var run = await way.StartedAsync();
        run.Holds(way.Lease());
        Assert.Equal(["portmap V4"], Held);
        Claim(false);
        await StatusAsync(s => s.Leases.Count == 0);
        Assert.True(run.End.IsCancellationRequested);
        run.Holds(way.Lease()); // too late
        Assert.Empty(Held);
        Claim(); // while the last one is still giving back
        Assert.False(way.HasStarted);
        run.GivenBack.SetResult();
        run = await way.StartedAsync();
        run.Holds(way.Lease());
        Assert.Equal(["portmap V4"], Held);
        run.GivenBack.SetResult();
    }

    [Fact]
    public async Task Leases_stand_in_the_owner_s_order_and_ways_that_are_not_named_are_off()
    {
        var (ipv6, portmap, ssh, frp) = (new Scripted("ipv6"), new Scripted("portmap"), new Scripted("ssh.relay"), new Scripted("frp"));
        Claim();
        await StartAsync(["ssh", "portmap", "ipv6", "ngrok"], false, ipv6, portmap, ssh, frp);
        foreach (var way in new[] { ipv6, portmap, ssh }) (await way.StartedAsync()).Holds(way.Lease(), way.Lease(IpFamily.V6));
        Assert.Equal(["ssh.relay V4", "ssh.relay V6", "portmap V4", "portmap V6", "ipv6 V4", "ipv6 V6"], Held);
        Assert.False(frp.HasStarted);
    }

    [Fact]
    public async Task What_throws_or_ends_is_started_again_while_the_others_go_on()
    {
        var (bad, good) = (new Scripted("ipv6"), new Scripted("portmap"));
        Claim();
        await StartAsync(["ipv6", "portmap"], false, bad, good);
        (await good.StartedAsync()).Holds(good.Lease());
        for (var i = 0; i < 5; i++)
        {
            var run = await bad.StartedAsync();
            run.Holds(bad.Lease());
            Assert.Equal(2, Held.Length);
            if (i % 2 == 0) run.Over.SetException(new InvalidOperationException("a mistake"));
            else run.Over.SetResult();
            await StatusAsync(s => s.Leases.Count == 1);
            while (!bad.HasStarted)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        }
        Assert.Equal(["portmap V4"], Held);
    }

    [Fact]
    public async Task The_same_report_twice_is_no_news()
    {
        var way = new Scripted("portmap");
        Claim();
        await StartAsync(["portmap"], ways: way);
        var run = await way.StartedAsync();
        run.Holds(way.Lease());
        var seen = _status.Current;
        run.Holds(way.Lease());
        Assert.Same(seen, _status.Current);
        run.Holds(way.Lease(port: 8443));
        Assert.NotSame(seen, _status.Current);
    }

    [Fact]
    public async Task Giving_back_begins_when_the_gateway_is_told_to_stop_and_is_waited_for_no_longer_than_it_may_take()
    {
        var way = new Scripted("portmap") { HoldsOn = true };
        Claim();
        await StartAsync(["portmap"], ways: way);
        var run = await way.StartedAsync();
        _lifetime.StopApplication();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, run.End));
        var stop = _supervisor!.StopAsync(new CancellationToken(canceled: true)); // the host's time is up
        Assert.False(stop.IsCompleted);
        _time.Advance(IngressSupervisor.GiveBackWithin);
        await stop;
        run.GivenBack.SetResult();
    }

    [Fact]
    public async Task The_demonstration_home_opens_nothing()
    {
        var way = new Scripted("portmap");
        Claim();
        await StartAsync(["portmap"], true, way);
        Assert.False(_supervisor!.ExecuteTask!.IsCompleted, "a service that ends is a broken one");
        _lifetime.StopApplication();
        await _supervisor.ExecuteTask;
        Assert.False(way.HasStarted);
    }

    [Fact]
    public async Task In_the_whole_gateway_ways_in_run_from_the_claim_until_the_owner_is_reset()
    {
        var way = new Scripted("ipv6");
        using var folder = new ConfigurationFolder();
        folder.Write("http.listen = ['http://127.0.0.1:0']\nmqtt.listen = '127.0.0.1:0'");
        await using var gateway = await GatewayUnderTest.StartAsync(folder.Loader(), services =>
        {
            services.RemoveAll<IIngress>();
            services.AddSingleton<IIngress>(way);
        });
        Assert.False(way.HasStarted);
        gateway.Get<StatusStore>().Update(s => s with { IsClaimed = true });
        var run = await way.StartedAsync();
        run.Holds(way.Lease());
        Assert.Equal("ipv6", Assert.Single(gateway.Get<StatusStore>().Current.Leases).Way);
        await gateway.App.StopAsync();
        Assert.True(run.End.IsCancellationRequested);
        Assert.False(way.IsRunning);
    }
}
