using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class ConnectionQuotaTests
{
    private readonly ConnectionQuota _quota = new();

    private static ClientOrigin Home(string address) => new(OriginKind.HomeNetwork, IPAddress.Parse(address));

    [Fact]
    public void One_source_cannot_take_every_place_and_another_still_gets_in()
    {
        for (var i = 0; i < ConnectionQuota.OfOneSource; i++) Assert.True(_quota.TryEnter(Home("192.168.1.66")));
        Assert.False(_quota.TryEnter(Home("192.168.1.66")));
        Assert.True(_quota.TryEnter(Home("192.168.1.5")));
        _quota.Leave(Home("192.168.1.66"));
        Assert.True(_quota.TryEnter(Home("192.168.1.66")));
    }

    [Fact]
    public void One_subscriber_of_IPv6_is_one_source_whatever_address_it_takes()
    {
        for (var i = 1; i <= ConnectionQuota.OfOneSource; i++) Assert.True(_quota.TryEnter(new(OriginKind.OutsideDirect, IPAddress.Parse($"2001:db8:0:7::{i:x}"))));
        Assert.False(_quota.TryEnter(new(OriginKind.OutsideDirect, IPAddress.Parse("2001:db8:0:7:ffff::1"))));
    }

    [Fact]
    public void A_tunnel_that_hides_its_clients_gets_more_and_this_machine_is_not_counted()
    {
        for (var i = 0; i < ConnectionQuota.OfOneTunnel; i++) Assert.True(_quota.TryEnter(new(OriginKind.OutsideTunnel, null, "ssh")));
        Assert.False(_quota.TryEnter(new(OriginKind.OutsideTunnel, null, "ssh")));
        for (var i = 0; i < 5000; i++) Assert.True(_quota.TryEnter(new(OriginKind.ThisMachine, IPAddress.Loopback)));
        Assert.True(_quota.TryEnter(new(OriginKind.LocalSocket, null)));
    }
}
