using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>A port mapper before a strange router: the network is real, the schedule's clock is the test's.</summary>
internal sealed class PortMapperBench : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portmap-").FullName;
    private readonly List<MappingResult> _results = [];
    private readonly CancellationTokenSource _end = new();
    private Database _database;
    private Task? _keeping;

    public PortMapperBench(bool overIPv6 = false)
    {
        Router = new StrangeRouter(overIPv6);
        _database = Open();
        Table = new RouterTable(Time);
    }

    /// <summary>When to check and to renew.</summary>
    public FakeTimeProvider Time { get; } = new(DateTimeOffset.Parse("2026-01-01T00:00:00Z"));

    public StrangeRouter Router { get; }

    /// <summary>What the router answers with, as far as a test leaves it to it.</summary>
    public RouterTable Table { get; }

    public static AddressScopes Scopes { get; } = new(IPNetwork.Parse("203.0.113.0/24"));

    public StatusStore Status { get; } = new();

    /// <summary>Who stands behind the router; null: nobody shows himself.</summary>
    public IPAddress? Next { get; set; }

    public int ExternalPort { get; init; } = 443;

    public MappingWish Wish => new(Router.Address.Family(), new IPEndPoint(Router.Client, ExternalPort), ExternalPort, new DefaultRoute(Router.Address.Family(), Router.Address, "lo", 0));

    public MappingMemory Memory => new(_database);

    public MappingResult Last
    {
        get { lock (_results) return _results[^1]; }
    }

    public IReadOnlyList<MappingResult> Results
    {
        get { lock (_results) return [.. _results]; }
    }

    public void Start() => _keeping = new PortMapper(Scopes, Status, Memory, Time, NullLogger<PortMapper>.Instance, Router.Ports, (_, _) => Task.FromResult(Next), TimeProvider.System).KeepAsync(Wish, r => { lock (_results) _results.Add(r); }, _end.Token);

    /// <summary>Starts, and gives the first result that is more than "asking".</summary>
    public async Task<MappingResult> FirstAsync()
    {
        Start();
        await UntilAsync(() => Results.Count > 0 && Last.State != LeaseState.Asking, advance: false);
        return Last;
    }

    /// <summary>
    /// Waits for something, while the schedule's clock runs on by <paramref name="step"/> seconds at a time, or not at all. It stands
    /// while the router is being asked, so that both sides of a question see the same time.
    /// </summary>
    public async Task UntilAsync(Func<bool> condition, bool advance = true, double step = 1, int seconds = 15)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(_keeping is { IsCompleted: false }, _keeping?.Exception?.ToString() ?? "it has ended");
            Assert.True(TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds, $"it does not come to that; last: {(Results.Count > 0 ? Last : null)}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            if (advance && !Router.IsBusy) Time.Advance(TimeSpan.FromSeconds(step));
        }
    }

    /// <summary>Somebody outside looks at what was, or is to be, granted.</summary>
    public void IsLookedAt(ProbeOutcome outcome) => Status.Update(s => s with
    {
        Observations = [new Observation("relay", VantageKind.Ssh, new ProbeTarget("portmap", Wish.Family, IPAddress.Parse("203.0.113.7"), 443, "pycon.duckdns.org", 1, "key"), outcome, Time.GetUtcNow(), Time.GetTimestamp(), ""), .. s.Observations],
    });

    /// <summary>Ends it; the time that this took.</summary>
    public async Task<TimeSpan> StopAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        await _end.CancelAsync();
        if (_keeping is not null) await _keeping;
        _keeping = null;
        return TimeProvider.System.GetElapsedTime(started);
    }

    /// <summary>The gateway is killed: nothing is given back, and what is on the disk is there afterwards.</summary>
    public async Task<MappingMemory> MemoryAfterRestartAsync()
    {
        await _database.DisposeAsync();
        _database = Open();
        return Memory;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Router.DisposeAsync();
        await _database.DisposeAsync();
        _end.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Database Open() => new(Path.Combine(_folder, "gateway.db"), Time, NullLogger<Database>.Instance);
}
