using System.Net;
using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping.Upnp;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>Somebody on the home's network who would like us to ask, to open or to publish something for him.</summary>
public sealed class LiarTests : IAsyncDisposable
{
    private readonly PortMapperBench _bench = new();
    private readonly IgdModel _igd;

    public LiarTests() => _igd = new IgdModel(_bench.Router);

    private StrangeRouter Router => _bench.Router;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("http://{stranger}/d.xml")]
    [InlineData("http://router.lan:5000/d.xml")]
    [InlineData("http://router@{strangerhost}/d.xml")]
    [InlineData("http://{router}@{strangerhost}/d.xml")]
    [InlineData("https://{router}/d.xml")]
    [InlineData("ftp://{router}/d.xml")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/d.xml")]
    [InlineData("//{strangerhost}/d.xml")]
    [InlineData("http://[::1]/d.xml")]
    [InlineData("http://")]
    [InlineData("")]
    public async Task A_description_elsewhere_is_never_asked_for(string location)
    {
        var target = location.Replace("{stranger}", Router.StrangerUrl[7..], StringComparison.Ordinal).Replace("{strangerhost}", Router.StrangerUrl[7..], StringComparison.Ordinal).Replace("{router}", Router.Url[7..], StringComparison.Ordinal);
        Router.OnSearch(_ => [IgdModel.Found(target)]).OnHttp(_igd.Answer);
        var result = await _bench.FirstAsync();
        Assert.Equal((LeaseState.Absent, IngressProblem.NoProtocol), (result.State, result.Problem));
        Assert.Equal((0, 0), (Router.StrangerRequests, Router.HttpRequests.Count));
        if (location.Length > 0) Assert.Contains("poses as a router", result.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("301 Moved")]
    [InlineData("302 Found")]
    [InlineData("307 Temporary Redirect")]
    [InlineData("308 Permanent Redirect")]
    public async Task A_redirect_is_not_followed(string status)
    {
        var toStranger = true;
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r =>
            toStranger || r.Action == "AddPortMapping" ? IgdModel.Http("", status, $"Location: {Router.StrangerUrl}/x\r\n") : _igd.Answer(r));
        Assert.Equal(LeaseState.Absent, (await _bench.FirstAsync()).State);
        toStranger = false;
        await _bench.UntilAsync(() => _bench.Last.State == LeaseState.Refused, step: 0.2);
        Assert.Equal(0, Router.StrangerRequests);
    }

    [Theory]
    [InlineData("{0}/ctl")]
    [InlineData("//{1}/ctl")]
    [InlineData("http://router.lan/ctl")]
    public async Task Commands_are_never_sent_elsewhere(string control)
    {
        var url = string.Format(null, control, Router.StrangerUrl, Router.StrangerUrl[7..]);
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r => r.Action.Length == 0
            ? IgdModel.Http(_igd.Description(IgdModel.Service(IgdModel.WanIp1, url), $"<URLBase>{Router.StrangerUrl}/</URLBase>")) : _igd.Act(r));
        Assert.Equal(LeaseState.Absent, (await _bench.FirstAsync()).State);
        Assert.Equal(0, Router.StrangerRequests);
        Assert.DoesNotContain(Router.HttpRequests, r => r.Action.Length > 0);
    }

    [Fact]
    public async Task A_service_type_that_would_write_headers_of_its_own_is_not_taken()
    {
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(r => IgdModel.Http(_igd.Description(IgdModel.Service("urn:x:service:WANIPConnection:1\"\r\nX-Evil: 1\r\n", "/ctl"))));
        Assert.Equal(LeaseState.Absent, (await _bench.FirstAsync()).State);
    }

    [Theory]
    [InlineData("endless")]
    [InlineData("silent")]
    [InlineData("endless header")]
    [InlineData("bomb")]
    [InlineData("deep")]
    public async Task A_document_without_end_ends(string kind)
    {
        Router.OnSearch(_ => [IgdModel.Found(Router.Url + "/d.xml")]).OnHttp(_ => kind switch
        {
            "silent" => null,
            "endless" => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n" + new string('x', 4_000_000)),
            "endless header" => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nX: " + new string('x', 4_000_000)),
            "deep" => IgdModel.Http(string.Concat(Enumerable.Repeat("<a>", 20_000))),
            _ => IgdModel.Http("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"xxxxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]><root>&b;&c;</root>"),
        });
        Assert.Equal(LeaseState.Absent, (await _bench.FirstAsync()).State);
    }

    [Fact]
    public void A_document_with_definitions_of_its_own_is_read_no_further() =>
        Assert.Equal([("before", "")], RouterXml.Elements("<!-- x --><before/><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>").Concat(RouterXml.Elements("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")));

    [Fact]
    public async Task A_thousand_answers_to_a_search_make_few_requests()
    {
        Router.OnSearch(_ => Enumerable.Range(0, 100).Select(i => IgdModel.Found($"{Router.Url}/{i}.xml"))).OnHttp(_ => IgdModel.Http("<root/>"));
        Assert.Equal(LeaseState.Absent, (await _bench.FirstAsync()).State);
        Assert.InRange(Router.HttpRequests.Count, 1, 8);
    }

    [Theory]
    [InlineData("http://192.168.1.1:5000/x", "http://192.168.1.1:5000/x")]
    [InlineData("http://192.168.1.1/", "http://192.168.1.1/")]
    [InlineData("http://192.168.1.2/", null)]
    [InlineData("http://192.168.1.1.evil/", null)]
    [InlineData("http://192.168.1.1:0/", null)]
    [InlineData("http://[::ffff:192.168.1.1]/", null)]
    public void Over_IPv4_only_the_routers_own_address_counts(string text, string? url) => Assert.Equal(url, RouterUrl.Read(text, null, IPAddress.Parse("192.168.1.1"))?.ToString());

    [Theory]
    [InlineData("http://[2001:db8:1:1::1]:5000/d.xml?a=b", "http://[fe80::1]:5000/d.xml?a=b")]
    [InlineData("http://[fe80::9]:5000/d.xml", "http://[fe80::1]:5000/d.xml")]
    [InlineData("http://192.168.1.1:5000/d.xml", null)]
    [InlineData("http://router.lan:5000/d.xml", null)]
    public void Over_IPv6_port_and_path_are_taken_and_the_host_is_the_one_we_know(string text, string? url) => Assert.Equal(url, RouterUrl.Read(text, null, IPAddress.Parse("fe80::1%2"))?.ToString());
}
