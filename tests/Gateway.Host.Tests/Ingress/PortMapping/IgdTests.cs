using System.Net;
using System.Text;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>By UPnP, before routers that do it right and those that are known to do it otherwise.</summary>
public sealed class IgdTests : IAsyncDisposable
{
    private readonly PortMapperBench _bench = new();
    private IgdModel _igd;

    public IgdTests() => _igd = new IgdModel(_bench.Router);

    private StrangeRouter Router => _bench.Router;

    private string Location => Router.Url + "/rootDesc.xml";

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_port_is_opened_read_back_renewed_and_closed_again()
    {
        Serve();
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Granted, IPEndPoint.Parse("203.0.113.7:443"), "UPnP IGD 1", IngressProblem.None), (result.State, result.External, result.Method, result.Problem));
        Assert.Equal(["", "GetExternalIPAddress", "AddPortMapping", "GetSpecificPortMappingEntry"], Actions());
        var asked = Router.HttpRequests.Single(r => r.Action == "AddPortMapping");
        Assert.Equal(("", "443", "TCP", "443", Router.Client.ToString(), "1", "3600"), (asked["NewRemoteHost"], asked["NewExternalPort"], asked["NewProtocol"], asked["NewInternalPort"], asked["NewInternalClient"], asked["NewEnabled"], asked["NewLeaseDuration"]));
        await _bench.UntilAsync(() => Actions().Count(a => a == "AddPortMapping") == 2, step: 120);
        Assert.InRange(_bench.Time.GetUtcNow(), DateTimeOffset.Parse("2026-01-01T00:30:00Z"), DateTimeOffset.Parse("2026-01-01T00:42:00Z"));
        Assert.InRange(await _bench.StopAsync(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Empty(_igd.Mappings);
    }

    [Fact]
    public async Task Each_search_asks_the_router_alone_and_everybody_for_both_versions_and_for_all()
    {
        var asked = new List<string>();
        Router.OnSearch(r => { lock (asked) asked.Add(r); return asked.Count < 3 ? [] : [IgdModel.Found(Location)]; }).OnHttp(_igd.Answer);
        Assert.Equal(LeaseState.Granted, (await _bench.FirstAsync()).State);
        foreach (var target in new[] { "InternetGatewayDevice:1", "InternetGatewayDevice:2", "ssdp:all" }) Assert.Contains(asked, a => a.Contains(target, StringComparison.Ordinal));
        Assert.All(asked, a => Assert.Matches("^M-SEARCH \\* HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: [^\r]+\r\n\r\n$", a));
    }

    [Theory]
    [InlineData("location: {0}")]
    [InlineData("LOCATION:{0}")]
    [InlineData("Location:   {0}   ")]
    public async Task Answers_to_a_search_may_be_written_carelessly(string header)
    {
        Router.OnSearch(_ => ["rubbish", "HTTP/1.1 200 OK\nST: upnp:rootdevice\n" + string.Format(null, header, Location) + "\n\n"]).OnHttp(_igd.Answer);
        Assert.Equal(LeaseState.Granted, (await _bench.FirstAsync()).State);
    }

    public static TheoryData<string> Transports => ["plain", "no type", "wrong type", "chunked", "no length", "HTTP/1.0", "no reason"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task HTTP_of_every_kind_is_understood(string kind)
    {
        Router.OnSearch(_ => [IgdModel.Found(Location)]).OnHttp(r =>
        {
            var whole = Encoding.UTF8.GetString(_igd.Answer(r));
            var (head, body) = (whole.Split("\r\n\r\n", 2)[0], whole.Split("\r\n\r\n", 2)[1]);
            return Encoding.UTF8.GetBytes(kind switch
            {
                "no type" => whole.Replace("Content-Type: text/xml; charset=\"utf-8\"\r\n", "", StringComparison.Ordinal),
                "wrong type" => whole.Replace("text/xml; charset=\"utf-8\"", "text/html;;charset=utf8;x", StringComparison.Ordinal),
                "chunked" => $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length / 2:x}\r\n{body[..(body.Length / 2)]}\r\n{body.Length - body.Length / 2:x};x=y\r\n{body[(body.Length / 2)..]}\r\n0\r\n\r\n",
                "no length" => $"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}",
                "HTTP/1.0" => $"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n{body}",
                "no reason" => whole.Replace("200 OK", "200", StringComparison.Ordinal),
                _ => $"{head}\r\n\r\n{body}",
            });
        });
        Assert.Equal(LeaseState.Granted, (await _bench.FirstAsync()).State);
    }

    public static TheoryData<string> Descriptions => ["blank before", "zeros behind", "BOM", "bare ampersand", "no namespace", "relative", "whole", "URLBase", "foreign URLBase", "legacy type", "IGD 2", "cut off", "upper case"];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public async Task Descriptions_of_every_kind_are_understood(string kind)
    {
        _igd = kind switch
        {
            "relative" => new IgdModel(Router) { ControlUrl = "ctl/IPConn" },
            "whole" => new IgdModel(Router) { ControlUrl = Router.Url + "/ctl/IPConn" },
            "legacy type" => new IgdModel(Router) { Type = "urn:dslforum-org:service:WANIPConnection:1" },
            "IGD 2" => new IgdModel(Router) { Type = "urn:schemas-upnp-org:service:WANIPConnection:2" },
            _ => _igd,
        };
        var description = _igd.Description(urlBase: kind switch { "URLBase" => $"<URLBase>{Router.Url}/</URLBase>", "foreign URLBase" => "<URLBase>http://203.0.113.7:80/</URLBase>", _ => "" });
        description = kind switch
        {
            "blank before" => "\r\n \r\n" + description,
            "zeros behind" => description + "\0\0\0",
            "BOM" => "\uFEFF" + description,
            "bare ampersand" => description.Replace(">Router<", ">Smith & Sons &copy<", StringComparison.Ordinal),
            "no namespace" => description.Replace(" xmlns=\"urn:schemas-upnp-org:device-1-0\"", "", StringComparison.Ordinal).Replace("<device>", "<x:device>", StringComparison.Ordinal).Replace("</device>", "</x:device>", StringComparison.Ordinal),
            "cut off" => description.Replace("</device></root>", "</dev", StringComparison.Ordinal),
            "upper case" => description.Replace("controlURL>", "controlUrl>", StringComparison.Ordinal),
            _ => description,
        };
        Router.OnSearch(_ => [IgdModel.Found(Location)]).OnHttp(r => r.Action.Length == 0 ? IgdModel.Http(description) : _igd.Act(r));
        Assert.Equal(LeaseState.Granted, (await _bench.FirstAsync()).State);
        Assert.Equal(kind == "IGD 2" ? "UPnP IGD 2" : "UPnP IGD 1", _bench.Last.Method);
        Assert.All(Router.HttpRequests.Where(r => r.Action.Length > 0), r => Assert.Equal((_igd.Type, "/ctl/IPConn"), (r.Service, r.Path)));
    }

    [Theory]
    [InlineData("Disconnected", "Connected")]
    [InlineData("Disconnected", "Up")] // BBox: miniupnp issue 147
    [InlineData("", "Connected")]
    [InlineData("Connected", "Connected")] // then the one with a public address
    public async Task Of_several_connections_the_one_that_is_up_is_commanded_in_its_own_name_and_place(string first, string second)
    {
        const string ppp = "urn:schemas-upnp-org:service:WANPPPConnection:1";
        var services = IgdModel.Service(IgdModel.WanIp1, "/ip") + IgdModel.Service(ppp, "/ppp");
        Router.OnSearch(_ => [IgdModel.Found(Location)]).OnHttp(r => (r.Action, r.Path) switch
        {
            ("", _) => IgdModel.Http(_igd.Description(services)),
            ("GetStatusInfo", "/ip") => first.Length > 0 ? IgdModel.Done(r, ("NewConnectionStatus", first)) : IgdModel.Fault(401),
            ("GetStatusInfo", _) => IgdModel.Done(r, ("NewConnectionStatus", second)),
            ("GetExternalIPAddress", "/ip") => IgdModel.Done(r, ("NewExternalIPAddress", "0.0.0.0")),
            _ => _igd.Act(r),
        });
        Assert.Equal(LeaseState.Granted, (await _bench.FirstAsync()).State);
        Assert.Equal(("/ppp", ppp), Router.HttpRequests.Where(r => r.Action == "AddPortMapping").Select(r => (r.Path, r.Service)).Single());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.0.0.0")] // seen by Tailscale
    [InlineData("(null)")]
    [InlineData("1")]
    [InlineData("2001:db8::1")]
    public async Task A_router_without_an_outside_address_is_asked_on_until_it_has_one(string address)
    {
        _igd.Outside = address;
        Serve();
        Assert.Equal((LeaseState.Refused, IngressProblem.NoOutsideAddress), ((await _bench.FirstAsync()).State, _bench.Last.Problem));
        _igd.Outside = " 203.0.113.8 ";
        await _bench.UntilAsync(() => _bench.Last.State == LeaseState.Granted);
        Assert.Equal("203.0.113.8:443", _bench.Last.External!.ToString());
    }

    [Fact]
    public async Task A_router_that_forgets_in_silence_is_reminded_and_the_mapping_counts_as_a_new_one()
    {
        Serve();
        var first = await _bench.FirstAsync();
        lock (_igd.Mappings) _igd.Mappings.Clear();
        await _bench.UntilAsync(() => _igd.Leads(443) && _bench.Last.Epoch > first.Epoch);
        Assert.Equal(LeaseState.Granted, _bench.Last.State);
    }

    [Fact]
    public async Task A_service_that_has_moved_to_another_port_is_searched_for_again()
    {
        var gone = false;
        Router.OnSearch(_ => [IgdModel.Found(gone ? Router.Url + "/new.xml" : Location)]).OnHttp(r =>
            gone && !r.Path.Contains("new", StringComparison.Ordinal) ? IgdModel.Http("<html>", "404 Not Found") : r.Action.Length == 0 ? IgdModel.Http(_igd.Description(gone ? IgdModel.Service(IgdModel.WanIp1, "/new") : "")) : _igd.Act(r));
        await _bench.FirstAsync();
        gone = true;
        await _bench.UntilAsync(() => Router.HttpRequests.Any(r => r is { Action: "AddPortMapping", Path: "/new" }));
    }

    private void Serve() => Router.OnSearch(_ => [IgdModel.Found(Location)]).OnHttp(_igd.Answer);

    private string[] Actions() => [.. Router.HttpRequests.Select(r => r.Action)];
}
