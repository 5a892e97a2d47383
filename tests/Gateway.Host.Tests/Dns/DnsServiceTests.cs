using System.Collections.Concurrent;
using System.Net;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Gateway.Host.Dns.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static Gateway.Host.Tests.Dns.House;

namespace Gateway.Host.Tests.Dns;

/// <summary>The whole: a status written by hand, a DuckDNS and its name servers on loopback, the clock in the test's hand.</summary>
public sealed class DnsServiceTests : IAsyncLifetime
{
    private const string Name = "pycon.duckdns.org", Token = "s3cret-t0ken";

    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DnsStandIn _dns = new();
    private readonly Loggers _log = new();
    private readonly ConcurrentDictionary<IpFamily, IPAddress> _records = new();
    private StatusStore _status = new();
    private WebStandIn _duck = null!;
    private SettingsStore _settings = null!;
    private Database _database = null!;
    private ProviderHttp _http = null!;
    private DnsService? _service;
    private volatile string _fault = "";
    private volatile IPAddress _caller = Home;

    public async ValueTask InitializeAsync()
    {
        _duck = await WebStandIn.StartAsync();
        _duck.Answer = (context, asked) => context.Response.WriteAsync(Update(asked));
        _settings = new SettingsStore(Settings());
        _http = new ProviderHttp(TimeProvider.System); // the network has its own time
        _dns.Answer = q =>
        {
            if (_fault == "servfail") return [DnsStandIn.Reply(q, 2)];
            var found = _records.Where(r => q.Name == Name && (q.Type == DnsType.A) == (r.Key == IpFamily.V4)).Select(r => DnsStandIn.A(Name, r.Value)).ToArray();
            return [q.Name.EndsWith("invalid", StringComparison.Ordinal) ? DnsStandIn.Reply(q, 3) : DnsStandIn.Reply(q, answers: found)];
        };
        _database = new Database(Path.Combine(_folder, "gateway.db"), _time, NullLogger<Database>.Instance);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        await _duck.DisposeAsync();
        await _dns.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        _status = new StatusStore();
        var network = new House().Status;
        _status.Update(_ => network);
        var scopes = new AddressScopes(_settings);
        var client = new DnsClient(TimeProvider.System);
        var resolver = new SystemResolver(client, () => [_dns.Address]);
        var plans = new PlanStore(_status, scopes, _time, NullLogger<PlanStore>.Instance);
        var factory = new NameKeeperFactory(_http, plans, new SentStore(_database), _status, new WayOut(resolver, _status), client, new NameServers(resolver), scopes, _time, _log);
        _service = new DnsService(factory, plans, _settings, _status, _time, NullLogger<DnsService>.Instance);
        await _service.StartAsync(default);
    }

    private async Task StopAsync()
    {
        if (_service is null) return;
        await _service.StopAsync(default);
        _service.Dispose();
        _service = null;
    }

    private Settings Settings(string token = Token) => ConfigurationLoader.Fixed(GatewayApp.Schema, new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["name.domain"] = "pycon",
        ["name.token"] = token,
        ["name.endpoint"] = new Uri(_duck.Address, "/update").ToString(),
        ["name.servers"] = new[] { _dns.Address.ToString() },
        ["network.treat-as-public"] = new[] { "203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32" },
    }, new Dictionary<string, object>(StringComparer.Ordinal) { ["data.path"] = _folder }).Load().Settings;

    /// <summary>As DuckDNS does it.</summary>
    private string Update(Asked asked)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(asked.Query);
        if (_fault == "ko" || query["token"] != Token || query["domains"] != "pycon") return "KO";
        if (_fault == "html") return "<html>OK</html>";
        if (_fault == "stale") return $"OK\n{query.GetValueOrDefault("ip")}\n{query.GetValueOrDefault("ipv6")}\nUPDATED";
        if (query.ContainsKey("clear")) _records.Clear();
        else if (query.TryGetValue("ipv6", out var v6)) _records[IpFamily.V6] = IPAddress.Parse(v6.ToString());
        else _records[IpFamily.V4] = query.TryGetValue("ip", out var v4) ? IPAddress.Parse(v4.ToString()) : _caller;
        return $"OK\n{_records.GetValueOrDefault(IpFamily.V4)}\n{_records.GetValueOrDefault(IpFamily.V6)}\nUPDATED";
    }

    private NameFacts Facts => _status.Current.Names.Count > 0 ? _status.Current.Names[0] : new NameFacts("", "", new(IpFamily.V4, null, null, false), new(IpFamily.V6, null, null, false));

    private string[] Told => [.. _duck.Requests.Select(r => r.Query.Replace($"?domains=pycon&token={Token}", "", StringComparison.Ordinal).Replace("&verbose=true", "", StringComparison.Ordinal))];

    /// <summary>The name is known to say this, and should.</summary>
    private bool Says(IPAddress address) => Facts[address.Family()] is { IsTrue: true } said && address.Equals(said.Published);

    private void Leases(params IngressLease[] leases) => _status.Update(s => s with { Leases = leases });

    /// <summary>Lets time go by, a tenth of a second for each moment that the loops have to work in, until it is so. Gives how long it took.</summary>
    private async Task<TimeSpan> UntilAsync(Func<bool> isSo, double within = 30)
    {
        var begin = _time.GetTimestamp();
        while (!isSo())
        {
            Assert.True(_time.GetElapsedTime(begin) < TimeSpan.FromSeconds(within), $"It never was so: {Facts}; told {string.Join(' ', Told)}");
            await PassAsync(0.1);
        }
        return _time.GetElapsedTime(begin);
    }

    private async Task PassAsync(double seconds, double step = 0.1)
    {
        for (; seconds > 0; seconds -= step)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(4), TimeProvider.System);
            _time.Advance(TimeSpan.FromSeconds(Math.Min(step, seconds)));
        }
    }

    [Fact]
    public async Task An_address_is_published_within_two_seconds_and_asked_back()
    {
        Leases(V6());
        Assert.True(await UntilAsync(() => Equals(_records.GetValueOrDefault(IpFamily.V6), Six)) < TimeSpan.FromSeconds(2));
        await UntilAsync(() => Facts is { V6.IsTrue: true, V4.IsTrue: true, Problem: NameProblem.None });
        Assert.Equal("pycon.duckdns.org leads to 2001:db8:1:1::10, and every name server says so. There is no way in over IPv4.", Facts.Words);
        Assert.Equal(new("127.0.0.1", "says 2001:db8:1:1::10"), Facts.Answers.Single());
        Assert.NotNull(Facts.Updated);
    }

    [Fact]
    public async Task What_the_router_claims_is_confirmed_by_DuckDNS_first()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        Assert.Equal(["&ipv6=2001%3Adb8%3A1%3A1%3A%3A10", ""], Told.Select(t => t.Replace(":", "%3A", StringComparison.Ordinal)));
        Assert.Equal((Home, "DuckDNS"), (_status.Current.Seen.Single().Address, _status.Current.Seen.Single().By));
    }

    [Fact]
    public async Task What_DuckDNS_does_not_confirm_is_taken_out_again_and_the_other_family_set_anew()
    {
        _caller = Other;
        Leases(PortMap(), V6());
        await UntilAsync(() => Told.Contains("&clear=true") && Equals(_records.GetValueOrDefault(IpFamily.V6), Six) && Facts.V6.IsTrue && Facts.V4.IsTrue);
        Assert.False(_records.ContainsKey(IpFamily.V4));
        Assert.Contains("The router says 203.0.113.7, but DuckDNS sees this home as 203.0.113.8: not published.", Facts.Words, StringComparison.Ordinal);
        var told = Told.Length;
        await PassAsync(1200, step: 5);
        Assert.Equal(told, Told.Length);
    }

    [Fact]
    public async Task After_a_change_it_is_known_what_resolvers_may_remember_and_until_when()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six));
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => Six.Equals(Facts.V6.Old));
        Assert.InRange(_time.GetElapsedTime(_time.GetTimestamp(), Facts.V6.OldUntil).TotalSeconds, 55, 60);
        await UntilAsync(() => Says(OtherSix));
        await UntilAsync(() => Facts.V6.Old is null, within: 120);
    }

    [Fact]
    public async Task A_wrong_token_is_said_and_not_repeated_until_the_settings_change()
    {
        _settings.Replace(Settings("wrong"));
        Leases(V6());
        await UntilAsync(() => Facts.Problem == NameProblem.Refused);
        var told = Told.Length;
        Assert.InRange(told, 2, 3);
        await PassAsync(3600, step: 10);
        Leases(V6(address: OtherSix, epoch: 2));
        await PassAsync(60, step: 1);
        Assert.Equal(told, Told.Length);
        _settings.Replace(Settings());
        await UntilAsync(() => Facts is { Problem: NameProblem.None, V6: { IsTrue: true, Published: not null } });
        Assert.DoesNotContain(_log.Lines, l => l.Contains(Token, StringComparison.Ordinal) || l.Contains("wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_no_to_a_token_that_was_taken_before_is_the_providers_trouble()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six));
        _fault = "ko";
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => Facts.Problem == NameProblem.Provider);
        Assert.Equal("DuckDNS says no without a reason, although it took this token before; it is asked again.", Facts.Words);
        await PassAsync(120, step: 1);
        Assert.Equal(NameProblem.Provider, Facts.Problem);
        _fault = "";
        await UntilAsync(() => Facts is { Problem: NameProblem.None, V6: { IsTrue: true, Published: not null } }, within: 400);
        _fault = "ko";
        Leases(V6(address: Six, epoch: 3));
        await PassAsync(4500, step: 10);
        Assert.Equal(NameProblem.Refused, Facts.Problem);
    }

    [Fact]
    public async Task Trouble_is_tried_again_ever_more_seldom_and_a_change_at_once()
    {
        _fault = "html";
        Leases(V6());
        await UntilAsync(() => Facts.Problem == NameProblem.Provider);
        await PassAsync(600, step: 1);
        Assert.InRange(Told.Length, 5, 12);
        Assert.True(_log.Lines.Count(l => l.Contains("no answer", StringComparison.Ordinal)) == 1, string.Join('\n', _log.Lines));
        _fault = "";
        Leases(V6(address: OtherSix, epoch: 2));
        Assert.True(await UntilAsync(() => Equals(_records.GetValueOrDefault(IpFamily.V6), OtherSix)) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_provider_that_takes_its_time_does_not_hold_up_the_next_address()
    {
        var never = new TaskCompletionSource();
        _duck.Answer = (context, asked) => asked.Query.Contains(OtherSix.ToString(), StringComparison.Ordinal) ? context.Response.WriteAsync(Update(asked)) : never.Task.WaitAsync(context.RequestAborted);
        Leases(V6());
        await UntilAsync(() => Told.Length == 1);
        Leases(V6(address: OtherSix, epoch: 2));
        await UntilAsync(() => OtherSix.Equals(Facts.V6.Wanted), within: 1);
        Assert.True(await UntilAsync(() => Equals(_records.GetValueOrDefault(IpFamily.V6), OtherSix)) < TimeSpan.FromSeconds(2));
        await UntilAsync(() => Says(OtherSix));
    }

    [Fact]
    public async Task A_yes_that_the_name_servers_never_heard_of_is_seen_and_repeated()
    {
        _fault = "stale";
        Leases(V6());
        await UntilAsync(() => Facts.Problem == NameProblem.NotTaken);
        Assert.Equal("The provider said yes to 2001:db8:1:1::10, but 127.0.0.1 has no address.", Facts.Words);
        await PassAsync(90, step: 1);
        Assert.Equal(NameProblem.NotTaken, Facts.Problem);
        Assert.InRange(Told.Length, 2, 5);
        _fault = "";
        await UntilAsync(() => Facts is { Problem: NameProblem.None, V6: { IsTrue: true, Published: not null } }, within: 300);
    }

    [Fact]
    public async Task Of_two_addresses_that_the_name_servers_never_heard_of_neither_waits_for_the_other()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        var before = Told.Length;
        _fault = "stale";
        _records.Clear();
        await UntilAsync(() => Facts.Problem == NameProblem.NotTaken, within: 300);
        await PassAsync(90, step: 1);
        var told = Told.Skip(before).GroupBy(t => t.Contains("ipv6=", StringComparison.Ordinal)).Select(g => g.Count()).ToArray();
        Assert.Equal(2, told.Length);
        Assert.InRange(Math.Abs(told[0] - told[1]), 0, 1);
    }

    [Fact]
    public async Task Somebody_elses_address_in_the_name_is_put_right()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six));
        _records[IpFamily.V6] = OtherSix;
        await UntilAsync(() => Equals(_records[IpFamily.V6], Six) && Facts.V6.IsTrue, within: 120);
    }

    [Fact]
    public async Task Name_servers_that_cannot_be_asked_make_the_name_unknown_and_the_cause_is_named()
    {
        Leases(V6());
        await UntilAsync(() => Says(Six));
        _fault = "servfail";
        await UntilAsync(() => !Facts.V6.IsKnown, within: 120);
        Assert.Equal(NameProblem.NoWayOut, Facts.Problem);
        Assert.Null(Facts.V6.Published);
        _fault = "";
        await UntilAsync(() => Facts is { V6.IsTrue: true, Problem: NameProblem.None }, within: 20);
    }

    [Fact]
    public async Task Without_an_owner_or_a_way_in_nobody_is_told_anything()
    {
        _status.Update(s => s with { IsClaimed = false, Leases = [V6()] });
        await UntilAsync(() => Facts.Words.StartsWith("The gateway has no owner", StringComparison.Ordinal));
        await PassAsync(10, step: 1); // what was under way when the owner went
        var asked = _dns.Questions.Count;
        await PassAsync(120, step: 1);
        Assert.Empty(_duck.Requests);
        Assert.Equal(asked, _dns.Questions.Count);
        Assert.Equal("The gateway has no owner, so nothing is published.", Facts.Words);
    }

    [Fact]
    public async Task What_an_earlier_life_left_in_the_name_is_taken_out_when_no_way_in_comes()
    {
        _records[IpFamily.V4] = Other;
        await PassAsync(20, step: 0.5);
        Assert.Empty(Told);
        await UntilAsync(() => _records.IsEmpty);
        await UntilAsync(() => Facts is { V4.IsTrue: true, V6.IsTrue: true });
        Assert.Equal("pycon.duckdns.org leads nowhere now. There is no way in over IPv4. There is no way in over IPv6.", Facts.Words);
    }

    [Fact]
    public async Task A_restart_tells_nobody_anything_new_and_withdraws_nothing()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        var told = Told.Length;
        await StopAsync();
        await StartAsync();
        await PassAsync(10);
        Assert.Equal(Home, Facts.V4.Wanted);
        Leases(PortMap(), V6());
        await UntilAsync(() => Facts is { V4.IsTrue: true, V6.IsTrue: true });
        await PassAsync(60, step: 1);
        Assert.Equal([""], Told.Skip(told)); // how the home is seen is asked once more
        Assert.Equal(2, _records.Count);
    }

    [Fact]
    public async Task A_crash_between_taking_out_both_and_setting_the_survivor_leaves_nothing_half_done()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        _duck.Answer = (context, asked) =>
        {
            if (asked.Query.Contains("clear", StringComparison.Ordinal)) _records.Clear();
            context.Abort(); // done, but nobody hears of it
            return Task.CompletedTask;
        };
        Leases(PortMap(LeaseState.Absent), V6());
        await UntilAsync(() => _records.IsEmpty);
        await StopAsync();
        _duck.Answer = (context, asked) => context.Response.WriteAsync(Update(asked));
        await StartAsync();
        Leases(PortMap(LeaseState.Absent), V6());
        await UntilAsync(() => Equals(_records.GetValueOrDefault(IpFamily.V6), Six));
        await UntilAsync(() => Facts is { V4.IsTrue: true, V6.IsTrue: true, V4.Wanted: null });
    }

    [Fact]
    public async Task Once_a_day_DuckDNS_is_told_although_nothing_has_changed_and_asked_how_it_sees_us()
    {
        Leases(PortMap(), V6());
        await UntilAsync(() => Says(Home) && Says(Six));
        var told = Told.Length;
        await PassAsync(22 * 3600, step: 120);
        Assert.Equal(told, Told.Length);
        await PassAsync(4 * 3600, step: 60);
        Assert.Equal(["", "&ipv6=2001:db8:1:1::10"], Told.Skip(told).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nobody_hammers_whatever_the_provider_says()
    {
        var random = new Random(5);
        string[] bodies = ["KO", "OK", "OK\n\n\nUPDATED", "OK\n192.0.2.1\n2001:db8::bad\nNOCHANGE", "<html>", ""];
        _duck.Answer = (context, _) => context.Response.WriteAsync(bodies[random.Next(bodies.Length)]);
        Leases(PortMap(), V6(), Tunnel());
        await PassAsync(300, step: 0.5);
        Assert.InRange(_duck.Requests.Count, 1, 75);
    }

    /// <summary>Every line of every log.</summary>
    private sealed class Loggers : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void AddProvider(ILoggerProvider provider) { }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose() { }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception) + exception);
    }
}
