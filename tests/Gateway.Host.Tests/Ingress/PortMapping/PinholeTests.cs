using System.Globalization;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>Over IPv6: pinholes in the router's firewall.</summary>
public sealed class PinholeTests : IAsyncDisposable
{
    private const string Firewall = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";
    private readonly HashSet<int> _open = [];
    private PortMapperBench _bench = new(overIPv6: true);
    private int _last = 16;

    private StrangeRouter Router => _bench.Router;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task PCP_opens_any_port_for_the_address_that_asks()
    {
        _bench.Table.Outside = IPAddress.IPv6Loopback; // a firewall translates nothing
        Router.OnUdp(r => [_bench.Table.Answer(r)]);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, new IPEndPoint(Router.Client, 443), "PCP"), (result.State, result.External, result.Method));
        Assert.Equal(IPAddress.IPv6Loopback, new IPAddress(Router.UdpRequests.First()[8..24]));
        await _bench.StopAsync();
        Assert.DoesNotContain(Router.UdpRequests, r => r[0] == 0); // NAT-PMP knows no IPv6
    }

    [Fact]
    public async Task A_pinhole_that_may_not_be_ended_is_made_short()
    {
        _bench.Table.Outside = IPAddress.IPv6Loopback;
        Router.OnUdp(r => [r[1] == 1 && RouterTable.Uint32(r, 4) == 0 ? RouterTable.Refuse(r, 2) : _bench.Table.Answer(r)]);
        await _bench.FirstAsync();
        Assert.InRange(await _bench.StopAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal([1200u, 0u, 1u], Router.UdpRequests.Where(r => r[1] == 1).Select(r => RouterTable.Uint32(r, 4)));
        Assert.Empty(_bench.Memory.At(_bench.Wish));
    }

    [Fact]
    public async Task UPnP_opens_a_pinhole_keeps_it_and_closes_it()
    {
        await WithPortAsync(8443);
        Serve();
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, 8443, "UPnP IGD 2"), (result.State, result.External!.Port, result.Method));
        var asked = Router.HttpRequests.Single(r => r.Action == "AddPinhole");
        Assert.Equal(("", "0", "::1", "8443", "6", "1200"), (asked["RemoteHost"], asked["RemotePort"], asked["InternalClient"], asked["InternalPort"], asked["Protocol"], asked["LeaseTime"]));
        await _bench.UntilAsync(() => Router.HttpRequests.Any(r => r.Action == "UpdatePinhole"), step: 60);
        Assert.Equal(result.Epoch, _bench.Last.Epoch);
        await _bench.StopAsync();
        Assert.Empty(_open);
    }

    [Theory]
    [InlineData(704, 401)]
    [InlineData(402, 401)] // miniupnpd
    [InlineData(704, 0)] // knows how to check
    public async Task A_pinhole_that_was_forgotten_is_opened_again(int unknown, int check)
    {
        await WithPortAsync(8443);
        Serve(r => r.Action switch
        {
            "CheckPinholeWorking" when check != 0 => IgdModel.Fault(check),
            "CheckPinholeWorking" or "UpdatePinhole" when !IsOpen(r) => IgdModel.Fault(unknown),
            _ => null,
        });
        var first = await _bench.FirstAsync();
        lock (_open) _open.Clear();
        await _bench.UntilAsync(() => _bench.Last.State == LeaseState.Granted && _bench.Last.Epoch > first.Epoch);
        Assert.NotEmpty(_open);
        Assert.DoesNotContain(_bench.Results, r => r.Problem == IngressProblem.Lost);
    }

    [Theory]
    [InlineData(606, IngressProblem.NotAuthorised, "below 1024")]
    [InlineData(703, IngressProblem.NotAuthorised, "settings forbid it")]
    [InlineData(701, IngressProblem.RouterFailed, "no room")]
    [InlineData(501, IngressProblem.RouterFailed, "UPnP code 501")]
    public async Task A_refusal_is_told_so_that_another_port_can_be_asked_for(int code, object problem, string words)
    {
        Serve(r => r.Action == "AddPinhole" ? IgdModel.Fault(code) : null);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Refused, problem), (result.State, result.Problem));
        Assert.Contains(words, result.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_firewall_that_is_off_needs_no_pinhole_until_it_is_on()
    {
        await WithPortAsync(8443);
        var isOn = false;
        Serve(r => r.Action == "GetFirewallStatus" ? IgdModel.Done(r, ("FirewallEnabled", isOn ? "1" : "false"), ("InboundPinholeAllowed", "1")) : null);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, (DateTimeOffset?)null), (result.State, result.GoodUntil));
        Assert.Contains("firewall is off", result.Words, StringComparison.Ordinal);
        isOn = true;
        await _bench.UntilAsync(() => _open.Count == 1 && _bench.Last.GoodUntil is not null);
    }

    [Fact]
    public async Task A_firewall_that_lets_no_device_open_anything_says_so()
    {
        await WithPortAsync(8443);
        Serve(r => r.Action == "GetFirewallStatus" ? IgdModel.Done(r, ("FirewallEnabled", "1"), ("InboundPinholeAllowed", "0")) : null);
        Assert.Equal((LeaseState.Refused, IngressProblem.NotAuthorised), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
        Assert.DoesNotContain(Router.HttpRequests, r => r.Action == "AddPinhole");
    }

    private async Task WithPortAsync(int port)
    {
        await _bench.DisposeAsync();
        _bench = new PortMapperBench(overIPv6: true) { ExternalPort = port };
    }

    /// <summary>A well-behaved firewall, but where <paramref name="strange"/> has another answer.</summary>
    private void Serve(Func<RouterRequest, byte[]?>? strange = null) => Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r =>
    {
        if (r.Action.Length == 0) return IgdModel.Http(new IgdModel(Router).Description(IgdModel.Service(IgdModel.WanIp1, "/ip") + IgdModel.Service(Firewall, "/fw")));
        if (strange?.Invoke(r) is { } answer) return answer;
        lock (_open)
        {
            switch (r.Action)
            {
                case "GetFirewallStatus": return IgdModel.Done(r, ("FirewallEnabled", "1"), ("InboundPinholeAllowed", "1"));
                case "AddPinhole":
                    _open.Add(++_last);
                    return IgdModel.Done(r, ("UniqueID", $"{_last}"));
                case "DeletePinhole": return _open.Remove(Id(r)) ? IgdModel.Done(r) : IgdModel.Fault(704);
                case "UpdatePinhole": return _open.Contains(Id(r)) ? IgdModel.Done(r) : IgdModel.Fault(704);
                case "CheckPinholeWorking": return IgdModel.Fault(_open.Contains(Id(r)) ? 709 : 704);
                default: return IgdModel.Fault(401);
            }
        }
    });

    private bool IsOpen(RouterRequest request)
    {
        lock (_open) return _open.Contains(Id(request));
    }

    private static int Id(RouterRequest request) => int.Parse(request["UniqueID"], CultureInfo.InvariantCulture);
}
