using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>Routers that say no by UPnP, or say yes and do something else.</summary>
public sealed class IgdRefusalTests : IAsyncDisposable
{
    private readonly PortMapperBench _bench = new();
    private readonly IgdModel _igd;

    public IgdRefusalTests() => _igd = new IgdModel(_bench.Router);

    private StrangeRouter Router => _bench.Router;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(718)]
    [InlineData(729)]
    [InlineData(724)]
    [InlineData(606)]
    [InlineData(501)]
    public async Task Where_the_wanted_port_is_refused_another_one_is_opened_and_said(int code)
    {
        ServeButRefuse(r => IgdModel.Port(r) == 443 ? IgdModel.Fault(code) : null);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, 8443), (result.State, result.External!.Port));
        Assert.Contains("Port 443 was not to be had", result.Words, StringComparison.Ordinal);
        Assert.True(_igd.Leads(8443));
    }

    [Theory]
    [InlineData(718, IngressProblem.PortTaken, 5)]
    [InlineData(729, IngressProblem.PortTaken, 5)]
    [InlineData(606, IngressProblem.NotAuthorised, 2)]
    [InlineData(501, IngressProblem.RouterFailed, 2)]
    [InlineData(728, IngressProblem.RouterFailed, 2)]
    public async Task Where_every_port_is_refused_the_code_is_told_and_few_were_asked_for(int code, object problem, int asked)
    {
        ServeButRefuse(_ => IgdModel.Fault(code));
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Refused, problem), (result.State, result.Problem));
        Assert.Contains($"UPnP code {code}", result.Words, StringComparison.Ordinal);
        Assert.Equal(asked, Added().Length);
    }

    [Theory]
    [InlineData("100.64.0.7", IngressProblem.SharedAddress)]
    [InlineData("10.0.0.7", IngressProblem.DoubleNat)]
    [InlineData("0.0.0.0", IngressProblem.NoOutsideAddress)]
    public async Task A_refusal_is_explained_by_an_outside_address_that_nobody_can_dial(string outside, object problem)
    {
        _igd.Outside = outside;
        ServeButRefuse(_ => IgdModel.Fault(501));
        Assert.Equal((LeaseState.Refused, problem), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
    }

    [Theory]
    [InlineData(725, "500 Internal Server Error")] // RouterOS
    [InlineData(402, "500 Internal Server Error")]
    [InlineData(725, "200 OK")] // a fault that calls itself a success
    public async Task A_router_that_knows_only_leases_without_end_gets_one_and_it_is_closed_in_the_end(int code, string status)
    {
        ServeButRefuse(r => r["NewLeaseDuration"] != "0" ? IgdModel.Fault(code, status) : null);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, (DateTimeOffset?)null), (result.State, result.GoodUntil));
        await _bench.StopAsync();
        Assert.Empty(_igd.Mappings);
    }

    [Fact]
    public async Task Error_codes_between_blanks_and_in_other_cases_are_read()
    {
        ServeButRefuse(r => r["NewLeaseDuration"] != "0" ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(IgdModel.Fault(725)).Replace(">725<", ">\n  725\n <", StringComparison.Ordinal).Replace("Content-Length", "X-Length", StringComparison.Ordinal)) : null);
        Assert.Equal(LeaseState.Granted, (await _bench.FirstAsync()).State);
    }

    [Fact]
    public async Task Our_own_mapping_in_the_way_of_its_renewal_is_closed_first()
    {
        ServeButRefuse(r => _igd.Mappings.ContainsKey(IgdModel.Port(r)) ? IgdModel.Fault(718) : null);
        _igd.Mappings[443] = (Router.Client.ToString(), 443, 0); // what a gateway that was killed has left
        Assert.Equal((LeaseState.Granted, 443), ((await _bench.FirstAsync()).State, _bench.Last.External!.Port));
        await _bench.UntilAsync(() => Router.HttpRequests.Count(r => r.Action == "DeletePortMapping") == 2, step: 120);
        await _bench.UntilAsync(() => _bench.Results.Count == 3, step: 0.1);
        Assert.Equal((LeaseState.Granted, 443), (_bench.Last.State, _bench.Last.External!.Port));
    }

    [Fact]
    public async Task A_mapping_that_leads_to_somebody_else_is_left_alone()
    {
        ServeButRefuse(r => _igd.Mappings.ContainsKey(IgdModel.Port(r)) ? IgdModel.Fault(718) : null);
        _igd.Mappings[443] = ("192.168.1.77", 443, 0);
        Assert.Equal(8443, (await _bench.FirstAsync()).External!.Port);
        await _bench.StopAsync();
        Assert.Equal([443], _igd.Mappings.Keys);
    }

    [Theory]
    [InlineData("overwritten", IngressProblem.PortTaken)]
    [InlineData("switched off", IngressProblem.NotAuthorised)]
    public async Task A_yes_that_leads_elsewhere_is_no_yes(string how, object problem)
    {
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r => r.Action == "GetSpecificPortMappingEntry"
            ? IgdModel.Done(r, ("NewInternalPort", "443"), ("NewInternalClient", how == "overwritten" ? "192.168.1.77" : Router.Client.ToString()), ("NewEnabled", how == "overwritten" ? "1" : "0"))
            : _igd.Answer(r));
        Assert.Equal((LeaseState.Refused, problem), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(501)]
    [InlineData(714)]
    public async Task A_router_that_cannot_read_back_is_believed_with_a_remark(int code)
    {
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r => r.Action == "GetSpecificPortMappingEntry" ? IgdModel.Fault(code) : _igd.Answer(r));
        var result = await _bench.FirstAsync();
        Assert.Equal(LeaseState.Granted, result.State);
        Assert.Contains("does not list", result.Words, StringComparison.Ordinal);
        await _bench.UntilAsync(() => Router.HttpRequests.Count(r => r.Action == "GetExternalIPAddress") > 5, step: 10);
        Assert.Equal((1, result.Epoch), (Added().Length, _bench.Last.Epoch));
    }

    [Theory]
    [InlineData(" {0} ", "1")]
    [InlineData("gateway.lan", "true")]
    [InlineData("", "yes")]
    public async Task Entries_are_read_as_they_are_written(string client, string enabled)
    {
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r => r.Action == "GetSpecificPortMappingEntry"
            ? IgdModel.Done(r, ("NewInternalPort", "443"), ("NewInternalClient", string.Format(null, client, Router.Client)), ("NewEnabled", enabled)) : _igd.Answer(r));
        Assert.Equal((LeaseState.Granted, "The router (" + Router.Address + ") leads port 443 of 203.0.113.7 here, by UPnP IGD 1."), ((await _bench.FirstAsync()).State, _bench.Last.Words));
    }

    [Fact]
    public async Task What_an_earlier_run_left_on_another_port_is_closed_and_what_is_not_its_own_is_not()
    {
        var wish = _bench.Wish;
        _ = _bench.Memory.Nonce(wish);
        _bench.Memory.Save(wish, "UPnP IGD 1", new Grant(new(System.Net.IPAddress.Any, 4443), null, null));
        var other = wish with { Local = new(Router.Client, 9443) };
        _ = _bench.Memory.Nonce(other);
        _bench.Memory.Save(other, "UPnP IGD 1", new Grant(new(System.Net.IPAddress.Any, 5555), null, null));
        _igd.Mappings[4443] = (Router.Client.ToString(), 443, 0);
        _igd.Mappings[5555] = ("192.168.1.77", 9443, 0); // somebody else has it now
        ServeButRefuse(_ => null);
        await _bench.FirstAsync();
        Assert.Equal([443, 5555], _igd.Mappings.Keys.Order());
        Assert.Equal([443], _bench.Memory.At(wish).Select(m => m.ExternalPort));
    }

    [Fact]
    public void The_other_ports_are_always_the_same_never_zero_and_never_the_well_known_ones()
    {
        var wish = _bench.Wish;
        var ports = OtherPorts.Of(wish);
        Assert.Equal(ports, OtherPorts.Of(wish));
        Assert.Equal([443, 8443], ports[..2]);
        Assert.Equal(5, ports.Distinct().Count());
        Assert.All(ports[2..], p => Assert.InRange(p, 49152, 65535));
        Assert.Equal(8443, OtherPorts.Of(wish with { ExternalPort = 8443 })[0]);
    }

    /// <summary>As the model would, but an AddPortMapping for which <paramref name="refuse"/> has another answer.</summary>
    private void ServeButRefuse(Func<RouterRequest, byte[]?> refuse) => Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")])
        .OnHttp(r => (r.Action == "AddPortMapping" ? refuse(r) : null) ?? _igd.Answer(r));

    private RouterRequest[] Added() => [.. Router.HttpRequests.Where(r => r.Action == "AddPortMapping")];
}
