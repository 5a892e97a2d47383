using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability;

namespace Gateway.Host.Tests.Reachability;

/// <summary>A house in which everything is well, for the policy to judge, and what can be changed in it. Seconds count from an arbitrary beginning.</summary>
internal static class Facts
{
    public const string Name = "pycon.duckdns.org";

    public static readonly IPAddress V4 = IPAddress.Parse("203.0.113.7"), V6 = IPAddress.Parse("2001:db8:1:1::10"), OldV4 = IPAddress.Parse("203.0.113.99");

    public static readonly AddressScopes Scopes = new(IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("2001:db8::/32"));

    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    /// <summary>That many seconds after the beginning; the process is 100 seconds older.</summary>
    public static Moment At(double seconds, double born = -100) => new(Ticks(seconds), TimeSpan.TicksPerSecond, Noon.AddSeconds(seconds), Ticks(born));

    public static long Ticks(double seconds) => TimeSpan.FromSeconds(1000 + seconds).Ticks;

    public static IngressLease Lease(IpFamily family, LeaseState state = LeaseState.Granted) => new(family == IpFamily.V4 ? "portmap" : "ipv6", family, state)
    {
        Address = family == IpFamily.V4 ? V4 : V6, Port = 443, Local = new IPEndPoint(family == IpFamily.V4 ? IPAddress.Parse("192.168.77.10") : V6, 443), Method = "PCP", Words = "The router said yes.",
    };

    public static NameFacts Says(IPAddress? v4, IPAddress? v6) => new("name", Name, new NameAddress(IpFamily.V4, v4, v4, true), new NameAddress(IpFamily.V6, v6, v6, true));

    /// <summary>IPv4 alone, granted and published; nobody has looked.</summary>
    public static GatewayStatus Well => new()
    {
        IsClaimed = true,
        Network = new NetworkFacts([new NetworkInterfaceFacts("eth0", 2, true, false, [new InterfaceAddress(IPAddress.Parse("192.168.77.10"), 24, AddressFlags.None)])], [new DefaultRoute(IpFamily.V4, IPAddress.Parse("192.168.77.1"), "eth0", 0)]),
        Leases = [Lease(IpFamily.V4)],
        Names = [Says(V4, null)],
        Clock = new ClockFacts(true, "The clock is set."),
        Internet = new InternetFacts(true, "DuckDNS answered."),
        Certificate = new CertificateFacts("ab12", true, Noon.AddYears(1)),
        Report = ReachabilityReport.Starting with { Pattern = LedPattern.Believed, Made = 1 },
    };

    /// <summary>The same with IPv6 beside it.</summary>
    public static GatewayStatus Both => Well with { Leases = [Lease(IpFamily.V6), Lease(IpFamily.V4)], Names = [Says(V4, V6)] };

    /// <summary>Somebody looked at the way in of this family, at that second.</summary>
    public static GatewayStatus Looked(this GatewayStatus status, ProbeOutcome outcome, double at, VantageKind by = VantageKind.Ssh, IpFamily family = IpFamily.V4, string? name = null, bool ownTunnel = false)
    {
        var target = Evidence.Target(status.Leases.First(l => l.Family == family), status, Scopes)!;
        var words = outcome switch { ProbeOutcome.Reached => "It got in.", ProbeOutcome.Failed => "The connection was refused.", _ => "Nothing else could be reached from there either." };
        return status with { Observations = Evidence.With(status, new Observation(name ?? by.ToString(), by, target, outcome, Noon.AddSeconds(at), Ticks(at), words) { IsOwnTunnel = ownTunnel }, Scopes) };
    }

    public static GatewayStatus Got(this GatewayStatus status, double at, VantageKind by = VantageKind.Ssh, IpFamily family = IpFamily.V4) => status.Looked(ProbeOutcome.Reached, at, by, family);

    public static GatewayStatus Failed(this GatewayStatus status, double at, VantageKind by = VantageKind.Ssh, IpFamily family = IpFamily.V4) => status.Looked(ProbeOutcome.Failed, at, by, family);

    public static GatewayStatus Blind(this GatewayStatus status, double at, VantageKind by = VantageKind.Ssh, IpFamily family = IpFamily.V4) => status.Looked(ProbeOutcome.Unknown, at, by, family);

    public static GatewayStatus With(this GatewayStatus status, Func<NameFacts, NameFacts> name) => status with { Names = [name(status.Names[0])] };

    public static GatewayStatus With(this GatewayStatus status, Func<IngressLease, IngressLease> lease) => status with { Leases = [.. status.Leases.Select(lease)] };

    public static ReachabilityReport Judged(this GatewayStatus status, double at = 0) => ReachabilityPolicy.Judge(status, At(at), Scopes);

    /// <summary>What the LED shows at that second.</summary>
    public static LedPattern Shows(this GatewayStatus status, double at = 0) => status.Judged(at).Pattern;

    /// <summary>Waits for a status; fails after half a minute, showing the last one's words.</summary>
    public static async Task<GatewayStatus> UntilAsync(this StatusStore status, Func<GatewayStatus, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var current = status.Current;
            if (wanted(current)) return current;
            try { await status.WaitForOtherAsync(current, patience.Token); }
            catch (OperationCanceledException) { Assert.Fail($"{current.Report.Pattern}: {current.Report.Words}\n{string.Join('\n', current.Observations.Select(o => $"{o.Outcome} {o.Step}: {o.Words}"))}"); }
        }
    }
}
