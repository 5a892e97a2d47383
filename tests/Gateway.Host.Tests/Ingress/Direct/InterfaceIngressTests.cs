using System.Net;
using System.Threading.Channels;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Direct;

namespace Gateway.Host.Tests.Ingress.Direct;

/// <summary>miredo itself, its server and relay are in the lab.</summary>
public sealed class InterfaceIngressTests : IAsyncDisposable
{
    private const string Qualified = "2001:0:c633:64c2:4e9:2acf:34ff:8efe";

    private readonly StatusStore _status = new();
    private readonly Channel<IngressLease> _leases = Channel.CreateUnbounded<IngressLease>();
    private readonly CancellationTokenSource _end = new();
    private Task _run = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private void Start(string way, string name, string listen = "https://*:443")
    {
        var settings = new SettingsStore(new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal)
        {
            ["http.listen"] = new(new[] { listen }, SettingSource.Default, ""), [AddressScopes.TreatAsPublic] = new(new[] { "2001:db8::/32" }, SettingSource.Default, ""), [AddressScopes.TeredoInterface] = new("teredo", SettingSource.Default, ""),
        }, false));
        _run = new InterfaceIngress(way, name, _status, settings, new AddressScopes(settings)).RunAsync(leases => _leases.Writer.TryWrite(Assert.Single(leases)), _end.Token);
    }

    private void Network(bool isUp, params string[] addresses) => Network("teredo", isUp, true, addresses);

    private void Network(string name, bool isUp, bool routed, params string[] addresses) => _status.Update(s => s with
    {
        Network = new NetworkFacts([new(name, 7, isUp, true, [.. addresses.Select(a => new InterfaceAddress(IPAddress.Parse(a), 64, AddressFlags.Permanent))])], routed ? [new DefaultRoute(IpFamily.V6, null, name, 1)] : []),
    });

    private async Task<IngressLease> LeaseAsync(Func<IngressLease, bool> wanted)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            if (await _leases.Reader.ReadAsync(late.Token) is var lease && wanted(lease)) return lease;
        }
    }

    [Fact]
    public async Task A_Teredo_address_is_a_way_in_for_as_long_as_it_is_there()
    {
        Network(isUp: true, Qualified, "fe80::ffff:ffff:ffff");
        Start("teredo", "teredo");
        var lease = await LeaseAsync(l => l.IsOpen);
        Assert.Equal((Qualified, 443, LeaseState.Candidate), (lease.Address!.ToString(), lease.Port, lease.State));
        Assert.Contains("the server 198.51.100.194 sees it as 203.0.113.1:54576", lease.Words, StringComparison.Ordinal);
        Network(isUp: true);
        Assert.Equal((LeaseState.Absent, IngressProblem.NoInterface), await LeaseAsync(l => !l.IsOpen) is var gone ? (gone.State, gone.Problem) : default);
        Network(isUp: true, Qualified);
        Assert.True((await LeaseAsync(l => l.IsOpen)).Epoch > lease.Epoch, "what was seen before says nothing of a tunnel that was gone");
    }

    [Fact]
    public async Task What_is_missing_is_said_in_words()
    {
        Network("eth0", true, true);
        Start("teredo", "teredo");
        Assert.Contains("apt install miredo", (await LeaseAsync(l => l.Problem == IngressProblem.NoInterface)).Words, StringComparison.Ordinal);
        Network(isUp: false, Qualified);
        Assert.Contains("is down", (await LeaseAsync(l => l.Words.Contains("down", StringComparison.Ordinal))).Words, StringComparison.Ordinal);
        Network(isUp: true, "2001:db8::1");
        Assert.Contains("symmetric", (await LeaseAsync(l => l.Words.Contains("NAT", StringComparison.Ordinal))).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interface_of_the_owner_s_is_followed_whatever_the_default_route_is()
    {
        Network("wg0", true, routed: false, "fd00::1", "2001:db8:9::1");
        Start("ipv6", "wg0");
        var lease = await LeaseAsync(l => l.IsOpen);
        Assert.Equal("2001:db8:9::1", lease.Address!.ToString());
        Assert.Contains("ip rule", lease.Words, StringComparison.Ordinal);
        Network("wg0", true, routed: true, "200:1234::1");
        Assert.Contains("no address of the public internet", (await LeaseAsync(l => !l.IsOpen)).Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2001:0:c633:64c2:4e9:2acf:34ff:8efe", true)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001:1::1", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("::ffff:192.0.2.1", false)]
    public void Only_addresses_of_2001_0_are_Teredo_s(string address, bool isTeredo) => Assert.Equal(isTeredo, Teredo.Of(IPAddress.Parse(address)) is not null);

    [Theory]
    [InlineData("teredo", true)]
    [InlineData("wg0", true)]
    [InlineData("a-name-too-long-for-it", false)]
    [InlineData("../eth0", false)]
    [InlineData("eth0 ", false)]
    [InlineData("", false)]
    public void The_name_of_an_interface_is_checked(string name, bool isRight) => Assert.Equal(isRight, DirectSettings.Definitions[0].Check!(name) is null);
}
