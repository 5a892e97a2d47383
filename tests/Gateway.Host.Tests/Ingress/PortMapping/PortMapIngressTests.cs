using System.Net;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Host.Tests.Ingress.PortMapping;

public sealed class PortMapIngressTests : IAsyncDisposable
{
    private readonly PortMapperBench _bench = new();
    private readonly StatusStore _status = new();
    private readonly List<IngressLease> _leases = [];
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;
    private readonly SecondPort _second = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task A_router_that_appears_is_asked_and_one_that_goes_ends_the_lease()
    {
        _bench.Router.OnUdp(r => [_bench.Table.Answer(r)]);
        Run();
        await UntilAsync(l => l is { State: LeaseState.Absent, Problem: IngressProblem.NoAddress });
        Network(_bench.Router.Client, _bench.Router.Address);
        var lease = await UntilAsync(l => l.State == LeaseState.Granted);
        Assert.Equal((IPAddress.Parse("203.0.113.7"), 443, new IPEndPoint(_bench.Router.Client, 443), "PCP", true), (lease.Address, lease.Port, lease.Local, lease.Method, lease.IsOpen));
        _status.Update(s => s with { Network = NetworkFacts.Unknown });
        await UntilAsync(l => l.State == LeaseState.Absent);
        Assert.False(_bench.Table.Leads(443));
        Network(_bench.Router.Client, _bench.Router.Address);
        Assert.True((await UntilAsync(l => l.State == LeaseState.Granted)).Epoch > lease.Epoch);
    }

    [Fact]
    public async Task Another_address_of_ours_begins_anew_and_gives_the_old_mapping_back()
    {
        _bench.Router.OnUdp(r => [_bench.Table.Answer(r)]);
        Run();
        Network(_bench.Router.Client, _bench.Router.Address);
        var first = await UntilAsync(l => l.State == LeaseState.Granted);
        Network(_bench.Router.StrangerAddress, _bench.Router.Address);
        var second = await UntilAsync(l => l.State == LeaseState.Granted && l.Local!.Address.Equals(_bench.Router.StrangerAddress));
        Assert.True(second.Epoch > first.Epoch);
        Assert.Contains(_bench.Router.UdpRequests, r => r[0] == 2 && r[1] == 1 && RouterTable.Uint32(r, 4) == 0);
    }

    [Fact]
    public async Task Where_nothing_answers_the_owner_may_have_forwarded_the_port_and_the_address_is_the_one_that_others_saw()
    {
        _bench.Router.OnSearch(_ => []);
        Run();
        Network(_bench.Router.Client, _bench.Router.Address);
        var lease = await UntilAsync(l => l.State == LeaseState.Candidate);
        Assert.Equal((null, 443, "forwarded by hand", IngressProblem.NoProtocol, false), (lease.Address, lease.Port, lease.Method, lease.Problem, lease.IsOpen));
        Assert.Contains($"Forward TCP port 443 to {_bench.Router.Client}, port 443, by hand", lease.Words, StringComparison.Ordinal);
        Saw("10.0.0.7", 1); // not an address that anybody could have seen from outside
        Saw("203.0.113.7", 2);
        var seen = await UntilAsync(l => l.IsOpen);
        Assert.Equal("203.0.113.7", seen.Address!.ToString());
        Assert.True(seen.Epoch > lease.Epoch);
        Saw("203.0.113.99", 3);
        Assert.True((await UntilAsync(l => l.Address?.ToString() == "203.0.113.99")).Epoch > seen.Epoch);
    }

    [Fact]
    public async Task A_router_that_forbids_it_may_have_been_told_by_hand_too()
    {
        _bench.Router.OnUdp(r => r[0] == 2 ? [RouterTable.Refuse(r, 2)] : [[0, (byte)(r[1] | 0x80), 0, 1, 0, 0, 0, 7]]);
        Saw("203.0.113.7", 1);
        Run();
        Network(_bench.Router.Client, _bench.Router.Address);
        var lease = await UntilAsync(l => l.State == LeaseState.Candidate);
        Assert.Equal((IngressProblem.NotAuthorised, true), (lease.Problem, lease.IsOpen));
        Assert.Contains("PCP code 2", lease.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_router_that_leads_nothing_to_a_port_below_1024_leads_to_the_second_one_which_is_open_meanwhile(bool alsoOutside)
    {
        var igd = new IgdModel(_bench.Router);
        _bench.Router.OnSearch(_ => [IgdModel.Found(_bench.Router.Url + "/d.xml")]).OnUdp(r => r[0] == 2 ? [RouterTable.Refuse(r, 1)] : [[0, (byte)(r[1] | 0x80), 0, 1, 0, 0, 0, 7]])
            .OnHttp(r => r.Action == "AddPortMapping" && (r["NewInternalPort"] == "443" || alsoOutside && IgdModel.Port(r) == 443) ? IgdModel.Fault(606) : igd.Answer(r));
        Run();
        Network(_bench.Router.Client, _bench.Router.Address);
        var lease = await UntilAsync(l => l.State == LeaseState.Granted);
        Assert.Equal((alsoOutside ? SecondPort.Port : 443, new IPEndPoint(_bench.Router.Client, SecondPort.Port), true), (lease.Port, lease.Local, _second.IsWanted));
        _status.Update(s => s with { Network = NetworkFacts.Unknown });
        await UntilAsync(l => l.State == LeaseState.Absent);
        Assert.False(_second.IsWanted);
        Assert.Empty(igd.Mappings);
    }

    [Theory]
    [InlineData("100.64.0.7", IngressProblem.SharedAddress)]
    [InlineData("192.168.1.7", IngressProblem.DoubleNat)]
    public async Task Behind_another_NAT_the_lease_is_of_no_use_and_is_not_open(string outside, object problem)
    {
        _bench.Table.Outside = IPAddress.Parse(outside);
        _bench.Router.OnUdp(r => [_bench.Table.Answer(r)]);
        Saw("203.0.113.7", 1);
        Run();
        Network(_bench.Router.Client, _bench.Router.Address);
        var lease = await UntilAsync(l => l.State == LeaseState.Refused);
        Assert.Equal((problem, false), (lease.Problem, lease.IsOpen));
    }

    [Fact]
    public void An_address_of_the_internet_needs_no_router()
    {
        var lease = Plan("203.0.113.50", "203.0.113.1").Lease(null, null, 0);
        Assert.Equal((LeaseState.Granted, "public address", IPAddress.Parse("203.0.113.50"), 443, true), (lease.State, lease.Method, lease.Address, lease.Port, lease.IsOpen));
        Assert.Null(Plan("203.0.113.50", null).Wish);
    }

    [Theory]
    [InlineData("http://*:80", null)]
    [InlineData("https://127.0.0.1:8443", null)]
    [InlineData("https://*:8443", 8443)]
    [InlineData("https://192.168.1.10:443", 443)]
    [InlineData("https://192.168.1.99:443", null)]
    public void The_local_port_is_the_one_where_the_network_finds_HTTPS(string listen, int? port)
    {
        var plan = Plan("192.168.1.10", "192.168.1.1", listen);
        Assert.Equal(port, plan.Port);
        Assert.Equal(port, plan.Wish?.Local.Port);
        if (port is null) Assert.Equal((LeaseState.Absent, IngressProblem.None), (plan.Lease(null, null, 0).State, plan.Lease(null, null, 0).Problem));
    }

    [Theory]
    [InlineData(null, null, "There is no IPv4 router")]
    [InlineData(null, "192.168.1.1", "no IPv4 address")]
    [InlineData("10.1.2.3", null, "no router that could be asked")]
    public void What_is_missing_is_named(string? address, string? router, string words)
    {
        var lease = Plan(address, router, hasRoute: router is not null || address is not null).Lease(null, null, 0);
        Assert.Equal((LeaseState.Absent, IngressProblem.NoAddress), (lease.State, lease.Problem));
        Assert.Contains(words, lease.Words, StringComparison.Ordinal);
    }

    private static PortMapPlan Plan(string? address, string? router, string listen = "https://*:443", bool hasRoute = true) =>
        PortMapPlan.Of(Facts(address is null ? null : IPAddress.Parse(address), router is null ? null : IPAddress.Parse(router), hasRoute), Settings(listen), PortMapperBench.Scopes);

    private static NetworkFacts Facts(IPAddress? address, IPAddress? router, bool hasRoute = true) => new(
        [new NetworkInterfaceFacts("lan", 2, true, false, address is null ? [] : [new InterfaceAddress(address, 24, AddressFlags.None)])],
        hasRoute ? [new DefaultRoute(IpFamily.V4, router, "lan", 100)] : []);

    private static Settings Settings(string listen) => ConfigurationLoader.Fixed(GatewayApp.Schema, new Dictionary<string, object>(StringComparer.Ordinal), new Dictionary<string, object>(StringComparer.Ordinal) { ["http.listen"] = new[] { listen } }).Load().Settings;

    private void Run()
    {
        var mapper = new PortMapper(PortMapperBench.Scopes, _bench.Status, _bench.Memory, TimeProvider.System, NullLogger<PortMapper>.Instance, _bench.Router.Ports);
        var ingress = new PortMapIngress(_status, new SettingsStore(Settings("https://*:443")), PortMapperBench.Scopes, mapper.KeepAsync, _second);
        Assert.Equal("portmap", ingress.Way);
        _running = ingress.RunAsync(l => { lock (_leases) _leases.Add(l.Single()); }, _end.Token);
    }

    private void Network(IPAddress address, IPAddress router) => _status.Update(s => s with { Network = Facts(address, router) });

    private void Saw(string address, long timestamp) => _status.Saw(new SeenAddress(IpFamily.V4, IPAddress.Parse(address), $"somebody {timestamp}", default, timestamp));

    /// <summary>The newest lease, once it is as wanted.</summary>
    private async Task<IngressLease> UntilAsync(Func<IngressLease, bool> isWanted)
    {
        for (var i = 0; ; i++)
        {
            IngressLease? lease;
            lock (_leases) lease = _leases.LastOrDefault();
            if (lease is not null && isWanted(lease)) return lease;
            Assert.True(i < 1500 && !_running.IsCompleted, $"last: {lease}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
