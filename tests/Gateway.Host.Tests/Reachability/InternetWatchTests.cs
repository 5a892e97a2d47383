using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability;

public sealed class InternetWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StatusStore _status = new();
    private readonly List<double> _asked = [];
    private readonly long _born;
    private bool _answers = true;

    public InternetWatchTests()
    {
        _born = _time.GetTimestamp();
        _status.Update(_ => Facts.Well with { Internet = new InternetFacts(null, "Not asked.") });
    }

    private InternetWatch Watch() => new(_status, (_, _) =>
    {
        _asked.Add(_time.GetElapsedTime(_born).TotalSeconds);
        return Task.FromResult(_answers ? "somebody" : null);
    }, _time, NullLogger<InternetWatch>.Instance);

    /// <summary>Lets the loop run for so long, a tenth of a second at a time.</summary>
    private async Task PassAsync(double seconds)
    {
        for (var i = 0; i < seconds * 10; i++)
        {
            for (var turn = 0; turn < 4; turn++) await Task.Yield();
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            _time.Advance(TimeSpan.FromSeconds(0.1));
        }
    }

    [Fact]
    public async Task While_nobody_else_speaks_it_asks_every_fifteen_seconds_and_two_silences_are_the_end_of_the_internet()
    {
        using var watch = Watch();
        await watch.StartAsync(default);
        await PassAsync(20);
        Assert.True(_status.Current.Internet.Answers);
        Assert.Equal(2, _asked.Count);

        _answers = false;
        var gone = _time.GetElapsedTime(_born).TotalSeconds;
        await PassAsync(17);
        Assert.False(_status.Current.Internet.Answers);
        Assert.True(_asked.Count >= 4 && _time.GetElapsedTime(_born).TotalSeconds - gone < 18);

        _answers = true;
        await PassAsync(5);
        Assert.True(_status.Current.Internet.Answers);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task While_a_vantage_looks_nobody_is_asked_and_when_it_goes_blind_somebody_is()
    {
        using var watch = Watch();
        void Look(ProbeOutcome outcome) => _status.Update(s => s with
        {
            Observations = Evidence.With(s, new Observation("relay", VantageKind.Ssh, Evidence.Target(s.Leases[0], s, Facts.Scopes)!, outcome, default, _time.GetTimestamp(), "."), Facts.Scopes),
        });
        Look(ProbeOutcome.Reached);
        await watch.StartAsync(default);
        for (var i = 0; i < 5; i++)
        {
            await PassAsync(10);
            Look(ProbeOutcome.Reached);
        }
        await PassAsync(1);
        Assert.True(_status.Current.Internet.Answers);
        Assert.Empty(_asked);

        Look(ProbeOutcome.Unknown);
        await PassAsync(1);
        Assert.Single(_asked);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task A_gateway_that_nobody_is_to_find_asks_nobody_and_one_without_a_route_needs_not_ask()
    {
        using var watch = Watch();
        _status.Update(s => s with { IsClaimed = false });
        await watch.StartAsync(default);
        await PassAsync(5);
        _status.Update(s => s with { IsClaimed = true, Network = s.Network with { Routes = [] } });
        await PassAsync(5);
        Assert.False(_status.Current.Internet.Answers);
        Assert.Empty(_asked);

        _status.Update(s => s with { Network = Facts.Well.Network });
        await PassAsync(1);
        Assert.True(_status.Current.Internet.Answers);
        await watch.StopAsync(default);
    }

    private static InternetProbe Probe(params string[] controls) => new(new SettingsStore(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal)
    {
        ["vantage.control"] = new(controls, SettingSource.ConfigurationFile, ""),
    }, isDemonstration: false)), TimeProvider.System);

    [Fact]
    public async Task A_control_that_takes_a_connection_is_an_answer_and_a_refusal_is_none()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var port = ((IPEndPoint)server.LocalEndpoint).Port;
        var probe = Probe($"https://127.0.0.1:{port}/");
        Assert.Equal("127.0.0.1", await probe.AskAsync(everybody: false, default));
        server.Stop();
        Assert.Null(await probe.AskAsync(everybody: false, default));
        Assert.Null(await probe.AskAsync(everybody: true, default));
        using var second = new TcpListener(IPAddress.Loopback, 0);
        second.Start();
        Assert.Equal("localhost", await Probe($"https://127.0.0.1:{port}/", $"https://localhost:{((IPEndPoint)second.LocalEndpoint).Port}/").AskAsync(everybody: true, default));
    }
}
