using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Tests.Doctor;

/// <summary>Statuses of homes that nobody has. The house is pycon.duckdns.org, behind a FRITZ!Box-like router at 192.168.1.1.</summary>
public sealed class MadeUp(TimeProvider time)
{
    public const string Name = "pycon.duckdns.org", Relay = "relay.example.org", Key = "6a09e667f3bcc908";

    public static IPAddress Local4 { get; } = IPAddress.Parse("192.168.1.20");
    public static IPAddress Local6 { get; } = IPAddress.Parse("2a02:8071:b583:4a00::20");
    public static IPAddress Outside { get; } = IPAddress.Parse("84.19.171.7");
    public static IPAddress Before { get; } = IPAddress.Parse("84.19.165.200");

    /// <summary>How long claims stand.</summary>
    public TimeSpan GoodFor { get; init; } = TimeSpan.FromSeconds(20);

    private long Soon => time.GetTimestamp() + (long)(GoodFor.TotalSeconds * time.TimestampFrequency);

    public IngressLease V4 { get; } = new("portmap", IpFamily.V4, LeaseState.Granted)
    {
        Address = Outside, Port = 443, Local = new IPEndPoint(Local4, 443), Method = "UPnP IGD 2",
        Words = $"The router opened port 443 of {Outside} for this gateway (UPnP IGD 2).",
    };

    public IngressLease V6 { get; } = new("ipv6", IpFamily.V6, LeaseState.Granted)
    {
        Address = Local6, Port = 443, Local = new IPEndPoint(Local6, 443), Method = "PCP", Words = $"The router lets visitors through to {Local6}, port 443 (PCP).",
    };

    /// <summary>All is right over IPv4, and nobody has looked. The home has no IPv6.</summary>
    public GatewayStatus Believed() => Judged(new GatewayStatus
    {
        IsClaimed = true,
        Network = new NetworkFacts(
            [
                new NetworkInterfaceFacts("eth0", 2, true, false,
                    [new InterfaceAddress(Local4, 24, AddressFlags.Permanent), new InterfaceAddress(IPAddress.Parse("fe80::dea6:32ff:fe01:2345"), 64, AddressFlags.Permanent)]),
                new NetworkInterfaceFacts("wlan0", 3, false, false, []),
            ],
            [new DefaultRoute(IpFamily.V4, IPAddress.Parse("192.168.1.1"), "eth0", 100)]),
        Leases = [new IngressLease("ipv6", IpFamily.V6, LeaseState.Absent) { Problem = IngressProblem.NoAddress, Words = "The router offers no IPv6." }, V4],
        Names = [new NameFacts("name", Name, Right(IpFamily.V4, Outside), Right(IpFamily.V6, null)) { Updated = time.GetUtcNow().AddHours(-3), Answers = [new("ns1.duckdns.org", Outside.ToString()), new("ns2.duckdns.org", Outside.ToString())] }],
        Seen = [new SeenAddress(IpFamily.V4, Outside, "DuckDNS", time.GetUtcNow().AddHours(-3), time.GetTimestamp())],
        Clock = new ClockFacts(true, "The clock is set by time servers."),
        Internet = new InternetFacts(true, "The internet answers."),
        Certificate = new CertificateFacts(Key, true, time.GetUtcNow().AddYears(2)),
    }, LedPattern.Believed, "Everything looks right, but nobody outside has proven it.", Evidence(V4, EvidenceLevel.Believed));

    /// <summary>The same, and a relay got in a moment ago.</summary>
    public GatewayStatus Verified() => Judged(Believed() with { Observations = [Look(V4, ProbeOutcome.Reached, $"It got in to {Outside}:443 and met this gateway.")] },
        LedPattern.Verified, $"{Name} can be reached. {Relay} got in.", Evidence(V4, EvidenceLevel.Verified));

    /// <summary>The provider shares one address among many homes, and there is no IPv6.</summary>
    public GatewayStatus Cgnat()
    {
        var lease = V4 with { State = LeaseState.Refused, Address = IPAddress.Parse("100.64.0.7"), Problem = IngressProblem.SharedAddress, Words = "CGNAT" };
        return Judged(WithLease(Believed(), lease) with { Names = [Nothing()] }, LedPattern.Unreachable, "No way in works.", Evidence(lease, EvidenceLevel.None, published: false));
    }

    /// <summary>The provider's token is not taken, and the name carries an older address.</summary>
    public GatewayStatus NameWrong() => Judged(Believed() with
    {
        Names = [new NameFacts("name", Name, new NameAddress(IpFamily.V4, Outside, Before, true), Right(IpFamily.V6, null)) { Problem = NameProblem.Refused, Words = "DuckDNS does not accept the token for pycon." }],
    }, LedPattern.NameWrong, $"{Name} leads to {Before}, which is not this home's {Outside}.", Evidence(V4, EvidenceLevel.Acknowledged, published: false));

    /// <summary>Somebody owns it, and it has no name.</summary>
    public GatewayStatus NoName() => Judged(Believed() with { Names = [] }, LedPattern.Setup, "No name is set yet under which this gateway could be found.", Evidence(V4, EvidenceLevel.Acknowledged, published: false));

    /// <summary>Everything looks right and the relay could not get in.</summary>
    public GatewayStatus Contradicted(string step = "tcp") => Judged(Believed() with { Observations = [Look(V4, ProbeOutcome.Failed, "Nothing answered within 6 seconds, while others could be reached from there.") with { Step = step }] },
        LedPattern.Unreachable, "Over IPv4 nobody gets in.", Evidence(V4, EvidenceLevel.Acknowledged) with { IsContradicted = true });

    /// <summary>With a problem of the router or the provider instead of a grant; nothing is published.</summary>
    public GatewayStatus With(IngressProblem problem, LeaseState state, IPAddress? address = null)
    {
        var lease = V4 with { State = state, Address = address, Problem = problem, Words = "" };
        return Judged(WithLease(Believed(), lease) with { Names = [Nothing()] }, LedPattern.Unreachable, "No way in works.", Evidence(lease, EvidenceLevel.None, published: false));
    }

    public GatewayStatus WithName(NameProblem problem, NameAddress? v4 = null) => Judged(Believed() with
    {
        Names = [new NameFacts("name", Name, v4 ?? new NameAddress(IpFamily.V4, Outside, null, false), Right(IpFamily.V6, null)) { Problem = problem, Words = "In words." }],
    }, LedPattern.NameWrong, "In words.", Evidence(V4, EvidenceLevel.Acknowledged, published: false));

    public GatewayStatus Judged(GatewayStatus status, LedPattern pattern, string words, params WayEvidence[] ways) =>
        status with { Report = new ReachabilityReport(pattern, words, time.GetUtcNow(), time.GetTimestamp(), Soon, time.GetUtcNow().AddMinutes(-12), ways, []) };

    public WayEvidence Evidence(IngressLease lease, EvidenceLevel level, bool published = true) => new(lease, level, published, false, level == EvidenceLevel.Verified ? Soon : null, "");

    public Observation Look(IngressLease lease, ProbeOutcome outcome, string words, string vantage = Relay, VantageKind kind = VantageKind.Ssh) =>
        new(vantage, kind, new ProbeTarget(lease.Way, lease.Family, lease.Address!, lease.Port, Name, lease.Epoch, ""), outcome, time.GetUtcNow(), time.GetTimestamp(), words);

    public static GatewayStatus WithLease(GatewayStatus status, IngressLease lease) => status with { Leases = [.. status.Leases.Select(l => l.Way == lease.Way && l.Family == lease.Family ? lease : l)] };

    public static NameAddress Right(IpFamily family, IPAddress? address) => new(family, address, address, true);

    private static NameFacts Nothing() => new("name", Name, Right(IpFamily.V4, null), Right(IpFamily.V6, null));
}
