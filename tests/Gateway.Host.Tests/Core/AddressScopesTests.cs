using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Core;

public sealed class AddressScopesTests
{
    [Theory]
    [InlineData("8.8.8.8", AddressScope.Public)]
    [InlineData("100.63.255.255", AddressScope.Public)]
    [InlineData("100.64.0.7", AddressScope.Shared)]
    [InlineData("192.0.0.2", AddressScope.Shared)]
    [InlineData("172.31.0.1", AddressScope.Private)]
    [InlineData("172.32.0.1", AddressScope.Public)]
    [InlineData("169.254.1.1", AddressScope.LinkLocal)]
    [InlineData("127.0.0.53", AddressScope.Loopback)]
    [InlineData("203.0.113.7", AddressScope.Documentation)]
    [InlineData("0.0.0.0", AddressScope.Reserved)]
    [InlineData("255.255.255.255", AddressScope.Reserved)]
    [InlineData("224.0.0.1", AddressScope.Reserved)]
    [InlineData("2a00:1450::1", AddressScope.Public)]
    [InlineData("2001:4860:4860::8888", AddressScope.Public)]
    [InlineData("2001:db8::1", AddressScope.Documentation)]
    [InlineData("2001::1", AddressScope.Translated)]
    [InlineData("2001:10::1", AddressScope.Reserved)]
    [InlineData("2002:c000:204::1", AddressScope.Translated)]
    [InlineData("64:ff9b::808:808", AddressScope.Translated)]
    [InlineData("::ffff:8.8.8.8", AddressScope.Translated)]
    [InlineData("fd00::1", AddressScope.Private)]
    [InlineData("fe80::1", AddressScope.LinkLocal)]
    [InlineData("::1", AddressScope.Loopback)]
    [InlineData("::", AddressScope.Reserved)]
    [InlineData("4000::1", AddressScope.Reserved)]
    public void An_address_reaches_as_far_as_the_registries_say(string address, AddressScope scope) =>
        Assert.Equal(scope, new AddressScopes().Of(IPAddress.Parse(address)));

    [Fact]
    public void A_network_that_the_owner_names_counts_as_public() =>
        Assert.True(new AddressScopes(IPNetwork.Parse("203.0.113.0/24")).IsPublic(IPAddress.Parse("203.0.113.7")));
}
