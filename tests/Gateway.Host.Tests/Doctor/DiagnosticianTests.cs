using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Doctor;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Doctor;

public sealed class DiagnosticianTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private static readonly MadeUp Home = new(Time);
    private static readonly InternetFacts Away = new(false, "Nobody on the internet answers.");

    /// <summary>Every cause: the home that has it, and the hop at which it is named (none: nothing is broken, it is what keeps one from knowing).</summary>
    private static readonly Dictionary<string, (Func<GatewayStatus> Home, string? Hop)> Homes = new(StringComparer.Ordinal)
    {
        ["unclaimed"] = (() => Home.Judged(Home.Believed() with { IsClaimed = false, Leases = [] }, LedPattern.Setup, ""), "Device"),
        ["no-name"] = (Home.NoName, "Device"),
        ["bad-config"] = (() => Home.Judged(Home.Believed(), LedPattern.BadConfig, ""), "Device"),
        ["no-https"] = (() => Home.Judged(Home.Believed() with { Certificate = null }, LedPattern.Unreachable, ""), "Device"),
        ["certificate"] = (() => Home.Believed() with { Certificate = new CertificateFacts("", false, Time.GetUtcNow()) }, "Device"),
        ["clock"] = (() => Home.Believed() with { Clock = new ClockFacts(false, "No time server has answered yet.") }, null),
        ["no-link"] = (() => WithInterface(i => i with { IsUp = false, Addresses = [] }) with { Internet = Away }, "Network"),
        ["no-address"] = (() => WithInterface(i => i with { Addresses = [new InterfaceAddress(IPAddress.Parse("169.254.7.7"), 16, default)] }) with { Internet = Away }, "Network"),
        ["no-route"] = (() => Home.Believed() with { Network = Home.Believed().Network with { Routes = [] }, Internet = Away }, "Network"),
        ["no-ipv4"] = (() => Home.Believed() with { Network = Home.Believed().Network with { Routes = [new DefaultRoute(IpFamily.V6, null, "eth0", 1)] }, Leases = [Home.V4] }, "Network"),
        ["no-ipv6"] = (() => Home.Judged(Home.Believed() with { Leases = [Home.Believed().Leases[0]] }, LedPattern.Unreachable, ""), "Network"),
        ["router-no-protocol"] = (() => Home.With(IngressProblem.NoProtocol, LeaseState.Absent), "Router"),
        ["router-refused"] = (() => Home.With(IngressProblem.NotAuthorised, LeaseState.Refused), "Router"),
        ["port-taken"] = (() => Home.With(IngressProblem.PortTaken, LeaseState.Refused), "Router"),
        ["double-nat"] = (() => Home.With(IngressProblem.DoubleNat, LeaseState.Refused, IPAddress.Parse("192.168.178.23")), "Router"),
        ["router-liar"] = (() => Home.With(IngressProblem.Liar, LeaseState.Refused), "Router"),
        ["router-failed"] = (() => Home.With(IngressProblem.RouterFailed, LeaseState.Refused), "Router"),
        ["router-forgot"] = (() => Home.With(IngressProblem.Lost, LeaseState.Asking), "Router"),
        ["router-closed"] = (() => OnlyV6(Home.V6 with { State = LeaseState.Candidate, Problem = IngressProblem.NoProtocol }, ProbeOutcome.Failed), "Router"),
        ["tunnel-server"] = (() => Tunnel(IngressProblem.NoServer), "Router"),
        ["tunnel-stranger"] = (() => Tunnel(IngressProblem.WrongServer, LeaseState.Refused), "Router"),
        ["tunnel-key"] = (() => Tunnel(IngressProblem.NotAuthorised, LeaseState.Refused), "Router"),
        ["tunnel-port"] = (() => Tunnel(IngressProblem.PortTaken), "Router"),
        ["tunnel-loopback"] = (() => Tunnel(IngressProblem.LoopbackOnly), "Router"),
        ["not-lent"] = (() => Tunnel(IngressProblem.NotLent), "Router"),
        ["tunnel-dead"] = (() => Tunnel(IngressProblem.CarriesNothing), "Router"),
        ["tunnel-failed"] = (() => Tunnel(IngressProblem.TunnelFailed), "Router"),
        ["tunnel-program"] = (() => Tunnel(IngressProblem.NoProgram, LeaseState.Refused), "Router"),
        ["tunnel-taken"] = (() => Tunnel(IngressProblem.NameTaken), "Router"),
        ["tunnel-quota"] = (() => Tunnel(IngressProblem.Quota, LeaseState.Refused), "Router"),
        ["no-interface"] = (() => Home.Judged(Home.Believed() with { Leases = [Home.V6 with { State = LeaseState.Absent, Address = null, Interface = "wg0", Problem = IngressProblem.NoInterface }] }, LedPattern.Unreachable, ""), "Router"),
        ["interface-closed"] = (() => OnlyV6(Home.V6 with { State = LeaseState.Candidate, Interface = "wg0" }, ProbeOutcome.Failed), "Router"),
        ["no-way"] = (() => Home.Judged(Home.Believed() with { Leases = [] }, LedPattern.Unreachable, ""), null),
        ["no-internet"] = (() => Home.Judged(Home.Believed() with { Internet = Away }, LedPattern.NoInternet, ""), "Provider"),
        ["no-outside-address"] = (() => Home.With(IngressProblem.NoOutsideAddress, LeaseState.Refused), "Provider"),
        ["cgnat"] = (Home.Cgnat, "Provider"),
        ["address-differs"] = (() => Home.Contradicted() with { Seen = [new SeenAddress(IpFamily.V4, IPAddress.Parse("91.64.1.1"), "DuckDNS", Time.GetUtcNow(), Time.GetTimestamp())] }, "Provider"),
        ["dns-blocked"] = (() => Home.WithName(NameProblem.NoWayOut), "Provider"),
        ["dns-captive"] = (() => Home.WithName(NameProblem.Captive) with { Internet = Away }, "Provider"),
        ["name-token"] = (Home.NameWrong, "Name"),
        ["name-provider"] = (() => Home.WithName(NameProblem.Provider), "Name"),
        ["name-not-taken"] = (() => Home.WithName(NameProblem.NotTaken, new NameAddress(IpFamily.V4, MadeUp.Outside, MadeUp.Before, true)), "Name"),
        ["name-wrong"] = (() => Home.WithName(NameProblem.None, new NameAddress(IpFamily.V4, MadeUp.Outside, null, true)), "Name"),
        ["name-waiting"] = (() => Home.WithName(NameProblem.None), null),
        ["old-address"] = (() => Home.Believed() with { Names = [new NameFacts("name", MadeUp.Name, MadeUp.Right(IpFamily.V4, MadeUp.Outside) with { Old = MadeUp.Before, OldUntil = Time.GetTimestamp() + 40 * Time.TimestampFrequency }, MadeUp.Right(IpFamily.V6, null))] }, null),
        ["contradicted"] = (() => Home.Contradicted(), "Phone"),
        ["other-gateway"] = (() => Home.Contradicted("key"), "Phone"),
        ["vantage-blind"] = (() => Home.Believed() with { Observations = [Home.Look(Home.V4, ProbeOutcome.Unknown, "It could not reach anything.")] }, null),
        ["no-vantage"] = (Home.Believed, null),
        ["half-proven"] = (() => Home.Judged(Home.Believed() with { Leases = [Home.V6, Home.V4], Names = [new NameFacts("name", MadeUp.Name, MadeUp.Right(IpFamily.V4, MadeUp.Outside), MadeUp.Right(IpFamily.V6, MadeUp.Local6))], Observations = [Home.Look(Home.V6, ProbeOutcome.Reached, "It came in.", "Ada's phone", VantageKind.Phone)] },
            LedPattern.Believed, "", Home.Evidence(Home.V6, EvidenceLevel.Verified), Home.Evidence(Home.V4, EvidenceLevel.Believed)), null),
        ["proof-old"] = (() => Home.Believed() with { Observations = [Home.Look(Home.V4, ProbeOutcome.Reached, "It got in.")] }, null),
        ["own-tunnel"] = (() => Home.Believed() with { Observations = [Home.Look(Home.V4, ProbeOutcome.Reached, "It got in.") with { IsOwnTunnel = true }] }, null),
    };

    /// <summary>A home whose one way in is a tunnel that does not stand.</summary>
    private static GatewayStatus Tunnel(IngressProblem problem, LeaseState state = LeaseState.Asking, IpFamily family = IpFamily.V4)
    {
        var tunnel = new IngressLease("ssh", family, state) { Server = "relay.example", Local = new IPEndPoint(IPAddress.Loopback, 40000), Problem = problem };
        return Home.Judged(Home.Believed() with { Leases = [tunnel] }, LedPattern.Unreachable, "", new WayEvidence(tunnel, EvidenceLevel.None, false, false, null, ""));
    }

    [Fact]
    public void A_home_without_IPv6_is_not_why_nobody_comes_over_IPv6_by_a_tunnel() =>
        Assert.Equal("tunnel-server", Of(Tunnel(IngressProblem.NoServer, family: IpFamily.V6)).Cause!.Code);

    /// <summary>What stands beside the path: noted, and never the reason why nobody gets in.</summary>
    private static readonly Cause[] Beside = [Causes.CertificateForeign, Causes.Transparency, Causes.HomeResolver, Causes.HomeLoopback];

    public static TheoryData<string> Codes => [.. typeof(Causes).GetProperties().Select(p => (Cause)p.GetValue(null)!).Except(Beside).Select(c => c.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Each_cause_is_named_where_it_is_and_nothing_behind_it_is_blamed(string code)
    {
        var (home, hop) = Homes[code];
        var diagnosis = Of(home());
        Assert.Equal((code, hop), (diagnosis.Cause?.Code, diagnosis.FirstBroken?.Kind.ToString()));
        Assert.Equal(6, diagnosis.Path.Count);
        Assert.All(diagnosis.Path, h => Assert.NotEmpty(h.Words));
        if (diagnosis.FirstBroken is { } broken) Assert.DoesNotContain(diagnosis.Path, h => h.Kind > broken.Kind && (h.State == HopState.Broken || h.Cause is not null));
        Assert.DoesNotContain('{', diagnosis.Cause!.Cure);
    }

    [Fact]
    public void What_stands_beside_the_path_is_noted_with_its_cure()
    {
        var foreign = new ForeignCertificate(MadeUp.Name, "key", "The lab", MadeUp.Name, Time.GetUtcNow(), Time.GetUtcNow().AddDays(90));
        var home = Home.Believed() with { Transparency = new TransparencyFacts([foreign], "The monitor does not answer."), AtHome = new HomeFacts("It is kept back.", "It leads nowhere.") };
        var notes = Of(home with { Report = home.Report with { Warnings = [new Warning(Causes.CertificateForeign.Code, "The lab gave somebody a certificate.")] } }).Notes;
        Assert.All(Beside, c => Assert.Equal(c.Cure, Assert.Single(notes, n => n.Code == c.Code).Cure));
    }

    [Fact]
    public void Codes_are_what_scripts_read_one_for_each_cause_in_plain_sentences()
    {
        var causes = typeof(Causes).GetProperties().Select(p => (Cause)p.GetValue(null)!).ToArray();
        Assert.Equal(causes.Length, causes.Select(c => c.Code).Distinct(StringComparer.Ordinal).Count());
        Assert.All(causes, c =>
        {
            Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", c.Code);
            Assert.EndsWith(".", c.Explanation, StringComparison.Ordinal);
            Assert.Matches(@"[.)]$", c.Cure);
            Assert.DoesNotMatch(@"\.$", c.Title);
        });
    }

    [Fact]
    public void A_verified_house_has_no_cause_and_every_hop_is_well()
    {
        var diagnosis = Of(Home.Verified());
        Assert.Null(diagnosis.Cause);
        Assert.All(diagnosis.Path, h => Assert.Equal(HopState.Ok, h.State));
        Assert.Equal($"{MadeUp.Relay} got in from outside.", diagnosis.Path[^1].Words);
        Assert.Equal((MadeUp.Relay, Time.GetUtcNow()), (diagnosis.Path[^1].From, diagnosis.Path[^1].At));
        Assert.InRange(diagnosis.GoodFor!.Value.TotalSeconds, 19, 20);
    }

    [Fact]
    public void Cgnat_is_told_with_the_address_and_its_cure()
    {
        var diagnosis = Of(Home.Cgnat());
        Assert.Equal("Your provider shares one address among many homes (CGNAT: 100.64.0.7 is not public).", diagnosis.FirstBroken!.Words);
        Assert.Equal("That is called CGNAT. Port forwarding cannot work.", diagnosis.Cause!.Explanation);
        Assert.StartsWith("Turn on IPv6 or a tunnel.", diagnosis.Cause.Cure, StringComparison.Ordinal);
        Assert.Equal(HopState.Ok, diagnosis.Path[(int)HopKind.Router].State);
    }

    [Fact]
    public void A_cure_names_the_port_and_the_address_that_are_meant()
    {
        var diagnosis = Of(MadeUp.WithLease(Home.With(IngressProblem.NoProtocol, LeaseState.Absent), Home.V4 with { State = LeaseState.Absent, Problem = IngressProblem.NoProtocol, Port = 8443, Address = null }));
        Assert.Contains("forward TCP port 8443 to 192.168.1.20, port 443 by hand", diagnosis.Cause!.Cure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_from_outside_stands_above_what_the_router_says_of_itself()
    {
        var candidate = Home.V4 with { State = LeaseState.Candidate, Problem = IngressProblem.NoProtocol };
        var status = Home.Judged(MadeUp.WithLease(Home.Verified(), candidate), LedPattern.Verified, "", Home.Evidence(candidate, EvidenceLevel.Verified));
        Assert.All(Of(status).Path, h => Assert.Equal(HopState.Ok, h.State));
    }

    [Fact]
    public void A_claim_that_has_run_out_is_no_claim()
    {
        var time = new FakeTimeProvider();
        var status = new MadeUp(time).Verified();
        time.Advance(TimeSpan.FromSeconds(20));
        var diagnosis = new Diagnostician(new AddressScopes(), time).Of(status);
        Assert.Equal((LedPattern.Off, null), (diagnosis.Pattern, diagnosis.GoodFor));
        Assert.Equal("proof-old", diagnosis.Cause!.Code);
        Assert.Equal(HopState.Unknown, diagnosis.Path[^1].State);
    }

    [Fact]
    public void Of_two_ways_the_one_that_comes_further_is_told_and_the_other_is_a_note()
    {
        var cgnat = Home.V4 with { State = LeaseState.Refused, Address = IPAddress.Parse("100.64.0.7"), Problem = IngressProblem.SharedAddress };
        var status = Home.Judged(WithV6(MadeUp.WithLease(Home.Believed(), cgnat), MadeUp.Right(IpFamily.V4, null)),
            LedPattern.Attention, "", Home.Evidence(Home.V6, EvidenceLevel.Verified), Home.Evidence(cgnat, EvidenceLevel.None, published: false));
        var diagnosis = Of(status);
        Assert.Null(diagnosis.FirstBroken);
        Assert.Equal("ipv6", diagnosis.Way!.Way);
        Assert.Contains(diagnosis.Notes, n => n.Code == "cgnat" && n.Words.StartsWith("Through a port of the router (IPv4): Your provider shares", StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_cannot_be_published_because_of_the_clock_has_that_as_its_cause()
    {
        var status = Home.WithName(NameProblem.Clock) with { Clock = new ClockFacts(false, "No time server has answered yet.") };
        Assert.Equal(("clock", HopKind.Name), (Of(status).Cause!.Code, Of(status).FirstBroken!.Kind));
    }

    [Fact]
    public void What_the_next_router_gave_away_is_told_in_its_own_words()
    {
        var words = "Your provider shares one address among many homes (CGNAT). The next router on the way out is 100.64.0.1.";
        var cgnat = Home.V4 with { State = LeaseState.Refused, Address = null, Port = 0, Problem = IngressProblem.SharedAddress, Words = words };
        var diagnosis = Of(Home.Judged(MadeUp.WithLease(Home.Believed(), cgnat), LedPattern.Unreachable, ""));
        Assert.Equal(("cgnat", words), (diagnosis.Cause!.Code, diagnosis.FirstBroken!.Words));
    }

    [Fact]
    public void A_published_family_that_fails_is_the_cause_although_the_other_is_proven()
    {
        var failed = Home.Look(Home.V6, ProbeOutcome.Failed, "Nothing answered.") with { Step = "tcp" };
        var proof = Home.Look(Home.V4, ProbeOutcome.Reached, "It got in.");
        var status = Home.Judged(WithV6(Home.Believed(), MadeUp.Right(IpFamily.V4, MadeUp.Outside)) with { Observations = [failed, proof] }, LedPattern.Unreachable, "",
            Home.Evidence(Home.V6, EvidenceLevel.Acknowledged) with { IsContradicted = true }, Home.Evidence(Home.V4, EvidenceLevel.Verified));
        Assert.Equal(("contradicted", "ipv6"), (Of(status).Cause!.Code, Of(status).Way!.Way));
    }

    [Fact]
    public void A_name_that_leads_astray_in_one_family_is_wrong_although_the_other_is_proven()
    {
        var name = new NameFacts("name", MadeUp.Name, MadeUp.Right(IpFamily.V4, MadeUp.Outside), new NameAddress(IpFamily.V6, null, MadeUp.Local6, true));
        var diagnosis = Of(Home.Judged(Home.Verified() with { Names = [name] }, LedPattern.NameWrong, "", Home.Evidence(Home.V4, EvidenceLevel.Verified)));
        Assert.Equal("name-wrong", diagnosis.Cause!.Code);
        Assert.Equal($"{MadeUp.Name} leads to {MadeUp.Local6}, where nobody is let in now.", diagnosis.FirstBroken!.Words);
    }

    [Fact]
    public void Whoever_got_in_a_moment_ago_is_told_so_although_the_name_is_wrong_and_nothing_is_claimed()
    {
        var name = new NameFacts("name", MadeUp.Name, MadeUp.Right(IpFamily.V4, MadeUp.Outside), new NameAddress(IpFamily.V6, null, MadeUp.Local6, true));
        var status = Home.Judged(Home.Verified() with { Names = [name], Observations = [Home.Look(Home.V4, ProbeOutcome.Reached, "It got in.")] }, LedPattern.NameWrong, "", Home.Evidence(Home.V4, EvidenceLevel.Verified));
        var phone = Of(status with { Report = status.Report with { GoodUntil = Time.GetTimestamp() } }).Path.Single(h => h.Kind == HopKind.Phone);
        Assert.Equal((HopState.Ok, $"{MadeUp.Relay} got in from outside."), (phone.State, phone.Words));
    }

    [Theory]
    [InlineData(IpFamily.V4)]
    [InlineData(IpFamily.V6)]
    public void What_some_still_remember_is_the_cause_although_somebody_got_in_by_the_new_address(IpFamily family)
    {
        NameAddress Of(IpFamily f, IPAddress? address) => MadeUp.Right(f, address) is var right && f == family ? right with { Old = MadeUp.Before, OldUntil = Time.GetTimestamp() + 40 * Time.TimestampFrequency } : right;
        var name = new NameFacts("name", MadeUp.Name, Of(IpFamily.V4, MadeUp.Outside), Of(IpFamily.V6, null));
        var diagnosis = DiagnosticianTests.Of(Home.Judged(Home.Verified() with { Names = [name] }, LedPattern.Believed, "", Home.Evidence(Home.V4, EvidenceLevel.Verified)));
        Assert.Equal("old-address", diagnosis.Cause!.Code);
        Assert.Contains("40 seconds", diagnosis.Path.Single(h => h.Kind == HopKind.Name).Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NameProblem.NoWayOut, "dns-blocked")]
    [InlineData(NameProblem.Captive, "dns-captive")]
    [InlineData(NameProblem.Provider, "name-provider")]
    [InlineData(NameProblem.None, "name-waiting")]
    public void A_name_that_nobody_can_ask_for_is_the_cause_although_somebody_got_in_by_the_address(NameProblem problem, string code)
    {
        var name = new NameFacts("name", MadeUp.Name, new NameAddress(IpFamily.V4, MadeUp.Outside, null, false), MadeUp.Right(IpFamily.V6, null)) { Problem = problem, Words = "In words." };
        Assert.Equal(code, Of(Home.Judged(Home.Verified() with { Names = [name] }, LedPattern.Believed, "", Home.Evidence(Home.V4, EvidenceLevel.Verified))).Cause!.Code);
    }

    [Fact]
    public void A_lying_friend_is_shown_and_changes_nothing()
    {
        var lie = Home.Look(Home.V4, ProbeOutcome.Failed, "Nothing answered.", "bob.duckdns.org", VantageKind.Friend);
        var diagnosis = Of(Home.Verified() with { Observations = [lie, .. Home.Verified().Observations] });
        Assert.Null(diagnosis.Cause);
        Assert.Contains(diagnosis.Notes, n => n.Words == "bob.duckdns.org could not get in: Nothing answered.");
    }

    [Fact]
    public void A_provider_in_trouble_does_not_break_a_name_that_is_right()
    {
        var status = Home.Verified();
        var diagnosis = Of(status with { Names = [status.Names[0] with { Problem = NameProblem.Provider, Words = "DuckDNS answers with error 500." }] });
        Assert.Null(diagnosis.Cause);
        Assert.Contains(diagnosis.Notes, n => n.Code == "name-provider");
    }

    [Fact]
    public void While_the_internet_is_away_a_silent_router_is_not_blamed()
    {
        var diagnosis = Of(Home.With(IngressProblem.NoProtocol, LeaseState.Absent) with { Internet = Away });
        Assert.Equal("no-internet", diagnosis.Cause!.Code);
        Assert.Equal(HopState.Unknown, diagnosis.Path[(int)HopKind.Router].State);
    }

    [Fact]
    public void A_gateway_that_has_just_started_blames_nobody()
    {
        var diagnosis = Of(new GatewayStatus { IsClaimed = true });
        Assert.Null(diagnosis.FirstBroken);
        Assert.Null(diagnosis.Cause is { Code: not "no-vantage" } cause ? cause : null);
        Assert.DoesNotContain(diagnosis.Path, h => h.State == HopState.Ok);
    }

    [Fact]
    public void Round_the_own_router_is_no_look_from_outside()
    {
        var round = Home.Look(Home.V4, ProbeOutcome.Failed, "It could not be reached.", "this gateway", VantageKind.Hairpin);
        Assert.Equal("no-vantage", Of(Home.Believed() with { Observations = [round] }).Cause!.Code);
    }

    private static Diagnosis Of(GatewayStatus status) => new Diagnostician(new AddressScopes(), Time).Of(status);

    private static GatewayStatus WithInterface(Func<NetworkInterfaceFacts, NetworkInterfaceFacts> change)
    {
        var status = Home.Judged(Home.Believed(), LedPattern.NoNetwork, "");
        return status with { Network = status.Network with { Interfaces = [change(status.Network.Interfaces[0]), status.Network.Interfaces[1]] } };
    }

    private static GatewayStatus WithV6(GatewayStatus status, NameAddress v4) => status with
    {
        Network = status.Network with { Routes = [.. status.Network.Routes, new DefaultRoute(IpFamily.V6, IPAddress.Parse("fe80::1"), "eth0", 100)] },
        Leases = [Home.V6, .. status.Leases.Where(l => l.Family == IpFamily.V4)],
        Names = [new NameFacts("name", MadeUp.Name, v4, MadeUp.Right(IpFamily.V6, MadeUp.Local6))],
    };

    private static GatewayStatus OnlyV6(IngressLease lease, ProbeOutcome outcome)
    {
        var status = WithV6(Home.Believed(), MadeUp.Right(IpFamily.V4, null));
        return Home.Judged(status with { Leases = [lease], Observations = [Home.Look(lease, outcome, "Nothing answered.") with { Step = "tcp" }] }, LedPattern.Unreachable, "",
            Home.Evidence(lease, EvidenceLevel.Configured) with { IsContradicted = true });
    }
}
