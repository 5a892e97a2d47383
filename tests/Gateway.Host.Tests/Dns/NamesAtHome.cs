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

/// <summary>The whole of Dns: a status written by hand, a DuckDNS and its name servers on loopback, the clock in the test's hand.</summary>
[Collection("names at home")] // one after the other: the clock goes on whether the loops are served or not
public abstract class NamesAtHome : IAsyncLifetime
{
    private protected const string Name = "pycon.duckdns.org", Token = "s3cret-t0ken";

    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private protected readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private protected readonly DnsStandIn Servers = new();
    private protected readonly Loggers Log = new();
    private protected readonly ConcurrentDictionary<IpFamily, IPAddress> Records = new();
    private protected StatusStore Status = new();
    private protected WebStandIn Duck = null!;
    private protected SettingsStore Configured = null!;
    private Database _database = null!;
    private ProviderHttp _http = null!;
    private DnsService? _service;
    private protected volatile string Fault = "";
    private protected volatile IPAddress Caller = Home;

    public async ValueTask InitializeAsync()
    {
        Duck = await WebStandIn.StartAsync();
        Duck.Answer = (context, asked) => context.Response.WriteAsync(Update(asked));
        Configured = new SettingsStore(Settings());
        _http = new ProviderHttp(TimeProvider.System); // the network has its own time
        Servers.Answer = q =>
        {
            if (Fault == "servfail") return [DnsStandIn.Reply(q, 2)];
            var found = Records.Where(r => q.Name == Name && (q.Type == DnsType.A) == (r.Key == IpFamily.V4)).Select(r => DnsStandIn.A(Name, r.Value)).ToArray();
            return [q.Name.EndsWith("invalid", StringComparison.Ordinal) ? DnsStandIn.Reply(q, 3) : DnsStandIn.Reply(q, answers: found)];
        };
        _database = new Database(Path.Combine(_folder, "gateway.db"), Time, NullLogger<Database>.Instance);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        await Duck.DisposeAsync();
        await Servers.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected async Task StartAsync()
    {
        Status = new StatusStore();
        var network = new House().Status;
        Status.Update(_ => network);
        var scopes = new AddressScopes(Configured);
        var client = new DnsClient(TimeProvider.System);
        var resolver = new SystemResolver(client, () => [Servers.Address]);
        var plans = new PlanStore(Status, scopes, Time, NullLogger<PlanStore>.Instance);
        var factory = new NameKeeperFactory(_http, plans, new SentStore(_database), Status, new WayOut(resolver, Status), client, new NameServers(resolver), scopes, Time, Log);
        _service = new DnsService(factory, plans, Configured, Status, Time, NullLogger<DnsService>.Instance);
        await _service.StartAsync(default);
    }

    private protected async Task StopAsync()
    {
        if (_service is null) return;
        await _service.StopAsync(default);
        _service.Dispose();
        _service = null;
    }

    private protected Settings Settings(string token = Token, string scheme = "http") => ConfigurationLoader.Fixed(GatewayApp.Schema, new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["name.domain"] = "pycon",
        ["name.token"] = token,
        ["name.endpoint"] = new UriBuilder(Duck.Address) { Scheme = scheme, Path = "/update" }.ToString(),
        ["name.servers"] = new[] { Servers.Address.ToString() },
        ["network.treat-as-public"] = new[] { "203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32" },
    }, new Dictionary<string, object>(StringComparer.Ordinal) { ["data.path"] = _folder }).Load().Settings;

    /// <summary>As DuckDNS does it.</summary>
    private protected string Update(Asked asked)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(asked.Query);
        if (Fault == "ko" || query["token"] != Token || query["domains"] != "pycon") return "KO";
        if (Fault == "html") return "<html>OK</html>";
        if (Fault == "stale") return $"OK\n{query.GetValueOrDefault("ip")}\n{query.GetValueOrDefault("ipv6")}\nUPDATED";
        if (query.ContainsKey("clear")) Records.Clear();
        else if (query.TryGetValue("ipv6", out var v6)) Records[IpFamily.V6] = IPAddress.Parse(v6.ToString());
        else Records[IpFamily.V4] = query.TryGetValue("ip", out var v4) ? IPAddress.Parse(v4.ToString()) : Caller;
        return $"OK\n{Records.GetValueOrDefault(IpFamily.V4)}\n{Records.GetValueOrDefault(IpFamily.V6)}\nUPDATED";
    }

    private protected NameFacts Facts => Status.Current.Names.Count > 0 ? Status.Current.Names[0] : new NameFacts("", "", new(IpFamily.V4, null, null, false), new(IpFamily.V6, null, null, false));

    private protected string[] Told => [.. Duck.Requests.Select(r => r.Query.Replace($"?domains=pycon&token={Token}", "", StringComparison.Ordinal).Replace("&verbose=true", "", StringComparison.Ordinal))];

    /// <summary>The name is known to say this, and should.</summary>
    private protected bool Says(IPAddress address) => Facts[address.Family()] is { IsTrue: true } said && address.Equals(said.Published);

    private protected void Leases(params IngressLease[] leases) => Status.Update(s => s with { Leases = leases });

    /// <summary>
    /// Lets time go by, a tenth of a second for each moment that the loops have to work in, until it is so.
    /// When the time is over the clock stands, and a busy machine has some seconds to come after.
    /// </summary>
    private protected async Task UntilAsync(Func<bool> isSo, double within = 30)
    {
        var begin = Time.GetTimestamp();
        for (var after = 0; !isSo();)
        {
            var isOver = Time.GetElapsedTime(begin) >= TimeSpan.FromSeconds(within);
            Assert.True(!isOver || after++ < 1000, $"It never was so: {Facts}; told {string.Join(' ', Told)}\n{string.Join('\n', Log.Lines)}");
            if (isOver) await Task.Delay(TimeSpan.FromMilliseconds(4), TimeProvider.System);
            else await PassAsync(0.1);
        }
    }

    private protected async Task PassAsync(double seconds, double step = 0.1)
    {
        for (; seconds > 0; seconds -= step)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(4), TimeProvider.System);
            Time.Advance(TimeSpan.FromSeconds(Math.Min(step, seconds)));
        }
    }

    /// <summary>Every line of every log.</summary>
    private protected sealed class Loggers : ILoggerFactory, ILogger
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
