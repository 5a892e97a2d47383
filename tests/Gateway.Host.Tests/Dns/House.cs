using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Dns;

/// <summary>A home whose status is written by hand, and the plan that follows from it.</summary>
internal sealed class House
{
    public static readonly IPAddress Home = IPAddress.Parse("203.0.113.7"), Other = IPAddress.Parse("203.0.113.8"), Relay = IPAddress.Parse("198.51.100.70");
    public static readonly IPAddress Six = IPAddress.Parse("2001:db8:1:1::10"), OtherSix = IPAddress.Parse("2001:db8:2:1::10");

    private readonly AddressScopes _scopes = new(IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("2001:db8::/32"));

    public FakeTimeProvider Time { get; } = new();

    public GatewayStatus Status { get; private set; } = new()
    {
        IsClaimed = true,
        Network = new NetworkFacts([new NetworkInterfaceFacts("eth0", 2, true, false, [new InterfaceAddress(IPAddress.Parse("192.168.77.10"), 24, AddressFlags.None)])],
            [new DefaultRoute(IpFamily.V4, IPAddress.Parse("192.168.77.1"), "eth0", 100)]),
    };

    public PublishPlan Plan { get; set; } = new();

    public AddressPair Wanted => Plan.Wanted;

    /// <summary>Time goes by, the status changes, the plan is made anew.</summary>
    public House Now(Func<GatewayStatus, GatewayStatus>? change = null, double after = 0)
    {
        Time.Advance(TimeSpan.FromSeconds(after));
        Status = change?.Invoke(Status) ?? Status;
        Plan = PublishPolicy.Next(Plan, Status, _scopes, Time);
        return this;
    }

    public House Leases(params IngressLease[] leases) => Now(s => s with { Leases = leases });

    public House Seen(IPAddress address, string by = "DuckDNS") => Now(s => s with { Seen = [.. s.Seen.Where(o => o.By != by), new SeenAddress(IpFamily.V4, address, by, Time.GetUtcNow(), Time.GetTimestamp())] });

    /// <summary>A vantage looks at a lease; the status keeps the newest look of each vantage and target.</summary>
    public House Looks(IngressLease lease, ProbeOutcome outcome, VantageKind kind = VantageKind.Ssh, string vantage = "relay", double after = 10, string name = "pycon.duckdns.org")
    {
        Time.Advance(TimeSpan.FromSeconds(after));
        var target = new ProbeTarget(lease.Way, lease.Family, lease.Address!, lease.Port, name, lease.Epoch, "key");
        return Now(s => s with { Observations = [.. s.Observations.Where(o => o.Vantage != vantage || o.Target != target), new Observation(vantage, kind, target, outcome, Time.GetUtcNow(), Time.GetTimestamp(), "")] });
    }

    public static IngressLease PortMap(LeaseState state = LeaseState.Granted, IPAddress? address = null, long epoch = 1) =>
        new("portmap", IpFamily.V4, state) { Address = state is LeaseState.Granted or LeaseState.Candidate ? address ?? Home : null, Port = 443, Epoch = epoch, Local = new IPEndPoint(IPAddress.Parse("192.168.77.10"), 443) };

    public static IngressLease V6(LeaseState state = LeaseState.Granted, IPAddress? address = null, long epoch = 1) =>
        new("ipv6", IpFamily.V6, state) { Address = state is LeaseState.Granted or LeaseState.Candidate ? address ?? Six : null, Port = 443, Epoch = epoch, Local = new IPEndPoint(address ?? Six, 443) };

    public static IngressLease Tunnel(LeaseState state = LeaseState.Granted) =>
        new("ssh", IpFamily.V4, state) { Address = Relay, Port = 443, Server = "relay.example", Local = new IPEndPoint(IPAddress.Loopback, 8444) };
}
