using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping;

namespace Gateway.Host.Tests.Ingress.PortMapping;

/// <summary>What the router has opened, for whomever.</summary>
public sealed class RouterMappingsTests : IAsyncDisposable
{
    private readonly PortMapperBench _bench = new();
    private readonly IgdModel _igd;
    private bool _isFound = true;

    public RouterMappingsTests()
    {
        _igd = new IgdModel(_bench.Router);
        _bench.Router.OnSearch(_ => _isFound ? [IgdModel.Found(_bench.Router.Url + "/rootDesc.xml")] : []).OnHttp(r => _igd.Answer(r));
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_whole_table_is_read_strangers_too()
    {
        _igd.Mappings[443] = (_bench.Router.Client.ToString(), 8443, 3600);
        _igd.Mappings[3074] = ("192.168.1.77", 3074, 0);
        _igd.Called = "Xbox\n(192.168.1.77:3074) " + new string('x', 100);
        var found = await ReadAsync();
        Assert.Equal([new IPEndPoint(_bench.Router.Client, 8443), IPEndPoint.Parse("192.168.1.77:3074")], found!.Select(m => m.Target));
        Assert.All(found!, m => Assert.Equal(("TCP", 64, true), (m.Protocol, m.Description.Length, m.Description.StartsWith("Xbox(192", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_table_without_end_is_cut()
    {
        for (var port = 1; port <= 300; port++) _igd.Mappings[port] = ("192.168.1.77", port, 0);
        Assert.Equal(100, (await ReadAsync())!.Count);
    }

    [Fact]
    public async Task A_router_that_does_not_speak_UPnP_does_not_tell()
    {
        _isFound = false;
        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task Nonsense_in_the_table_is_an_entry_without_what_it_lacks()
    {
        _igd.Mappings[443] = ("not an address", 99999, 0);
        Assert.Equal([new RouterMapping("TCP", 443, null, "x")], await ReadAsync());
    }

    private Task<IReadOnlyList<RouterMapping>?> ReadAsync() => RouterMappings.ReadAsync(_bench.Wish, _bench.Router.Ports, TimeProvider.System, TestContext.Current.CancellationToken);
}
