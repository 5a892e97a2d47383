using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Direct;

namespace Gateway.Host.Tests.Ingress.Direct;

public sealed class AddressChoiceTests
{
    private const string A = "2001:db8:1:1:0:ff:fe00:7710", B = "2001:db8:2:1:0:ff:fe00:7710";

    private static readonly AddressScopes Scopes = new(IPNetwork.Parse("2001:db8::/32"));

    private static readonly DefaultRoute ByEth0 = new(IpFamily.V6, IPAddress.Parse("fe80::1%2"), "eth0", 1024);
    private static readonly DefaultRoute ByWlan0 = new(IpFamily.V6, IPAddress.Parse("fe80::1%3"), "wlan0", 2048);

    /// <summary>An address with its flags: t temporary, d deprecated, n tentative (new), f failed, p permanent, s superseded.</summary>
    private static InterfaceAddress Address(string text)
    {
        var parts = text.Split(' ');
        var (address, length) = (parts[0].Split('/')[0], parts[0].Contains('/') ? int.Parse(parts[0].Split('/')[1]) : 64);
        var flags = AddressFlags.None;
        foreach (var flag in parts.Length > 1 ? parts[1] : "")
            flags |= flag switch { 't' => AddressFlags.Temporary, 'd' => AddressFlags.Deprecated, 'n' => AddressFlags.Tentative, 'f' => AddressFlags.DadFailed, 'p' => AddressFlags.Permanent, _ => AddressFlags.None };
        return new InterfaceAddress(IPAddress.Parse(address), length, flags) { IsSuperseded = parts.Length > 1 && parts[1].Contains('s') };
    }

    private static NetworkInterfaceFacts Interface(string name, int index, params string[] addresses) => new(name, index, true, false, [.. addresses.Select(Address)]);

    private static string? Choose(NetworkFacts network, string? current = null) =>
        AddressChoice.Of(network, Scopes.IsPublic, current is null ? null : IPAddress.Parse(current))?.Address.ToString();

    public static TheoryData<string, string[], string?, string?> OnOneInterface => new()
    {
        { "the public one", ["fe80::10 p", "fd00:1::10", A], null, A },
        { "none where all are for the home", ["fe80::10 p", "fd00:1::10"], null, null },
        { "none where all are IPv4 in disguise", ["2002:c000:201::1", "2001:0:1::1", "64:ff9b::c000:201"], null, null },
        { "the lasting one, not the one for privacy", ["2001:db8:1:1:a:b:c:d t", A], null, A },
        { "none where only one for privacy is there", ["2001:db8:1:1:a:b:c:d t"], null, null },
        { "not before it is known to be nobody else's", [A + " n"], null, null },
        { "not one that somebody else has", [A + " nf"], null, null },
        { "not one at the end of its time", [A + " d", B], A, B },
        { "none where all are at the end of their time", [A + " d"], A, null },
        { "the ending one while the next is not ready", [A + " d", B + " n"], A, A },
        { "an ending one only if it was chosen before", [A + " d", B + " n"], null, null },
        { "not an ending one for the sake of one that will never come", [A + " d", B + " nf"], A, null },
        { "the new one where the old vanished", [A + " s", B], A, B },
        { "the vanished one while the next is not ready", [A + " s", B + " n"], A, A },
        { "the vanished one where there is no other", [A + " s"], null, A },
        { "the one chosen before, of two that are as good", [A, B], B, B },
        { "always the same of two that are as good", [B, A], null, A },
        { "what the owner set by hand", [A, "2001:db8:1:1::10 p"], null, "2001:db8:1:1::10" },
        { "not what was set by hand in a prefix that is gone", ["2001:db8:1:1::10 p", A + " s", B], "2001:db8:1:1::10", B },
        { "what was set by hand where no router advertises", ["2001:db8:1:1::10 p"], null, "2001:db8:1:1::10" },
        { "one of DHCPv6", ["2001:db8:1:1::abcd/128"], null, "2001:db8:1:1::abcd" },
        { "not an address that is a single light's", ["2001:db8:1:1::5/128 p", A], null, A },
    };

    [Theory]
    [MemberData(nameof(OnOneInterface))]
    public void Of_one_interface_it_chooses(string what, string[] addresses, string? current, string? expected) =>
        Assert.True(expected == Choose(new NetworkFacts([Interface("eth0", 2, addresses)], [ByEth0]), current), what);

    [Fact]
    public void Without_a_way_out_no_address_is_of_use() => Assert.Null(Choose(new NetworkFacts([Interface("eth0", 2, A)], [new(IpFamily.V4, IPAddress.Parse("192.168.1.1"), "eth0", 0)])));

    [Fact]
    public void Of_several_interfaces_the_one_with_the_way_out_counts_and_the_way_out_is_its_own()
    {
        var network = new NetworkFacts([Interface("eth0", 2, A), Interface("wlan0", 3, B)], [ByWlan0, ByEth0]);
        var chosen = AddressChoice.Of(network, Scopes.IsPublic, IPAddress.Parse(A))!;
        Assert.Equal((IPAddress.Parse(B), ByWlan0), (chosen.Address, chosen.Route));
    }

    [Fact]
    public void An_interface_without_the_way_out_is_better_than_none() =>
        Assert.Equal(B, Choose(new NetworkFacts([Interface("eth0", 2, "fe80::10 p"), Interface("wlan0", 3, B)], [ByEth0])));

    [Fact]
    public void A_prefix_that_lives_on_one_interface_is_better_than_one_that_vanished_from_the_way_out() =>
        Assert.Equal(B, Choose(new NetworkFacts([Interface("eth0", 2, A + " s"), Interface("wlan0", 3, B)], [ByEth0])));

    [Fact]
    public void An_interface_without_a_cable_does_not_count() =>
        Assert.Equal(B, Choose(new NetworkFacts([Interface("eth0", 2, A) with { IsUp = false }, Interface("wlan0", 3, B)], [ByEth0])));

    [Fact]
    public void A_tunnel_comes_last_unless_it_is_the_way_out()
    {
        var tunnel = Interface("wg0", 1, A) with { IsTunnel = true };
        Assert.Equal(B, Choose(new NetworkFacts([tunnel, Interface("wlan0", 3, B)], [ByEth0])));
        Assert.Equal(A, Choose(new NetworkFacts([tunnel, Interface("wlan0", 3, B)], [new(IpFamily.V6, null, "wg0", 1)])));
    }

    [Fact]
    public void The_order_in_which_the_kernel_tells_does_not_matter()
    {
        string[] addresses = [A, B, "2001:db8:1:1::abcd/128", "2001:db8:3::1 s", "2001:db8:1:1:a:b:c:d t", "fe80::10 p"];
        var random = new Random(5);
        for (var i = 0; i < 100; i++)
        {
            random.Shuffle(addresses);
            Assert.Equal("2001:db8:1:1::abcd", Choose(new NetworkFacts([Interface("eth0", 2, addresses)], [ByEth0])));
        }
    }
}
