using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability;

namespace Gateway.Host.Tests.Reachability;

/// <summary>Each rule of the verdict as a sentence.</summary>
public sealed class PolicyTests
{
    private static readonly GatewayStatus Well = Facts.Well, Both = Facts.Both;

    private static void Shows(LedPattern pattern, GatewayStatus status, double at = 0)
    {
        var report = status.Judged(at);
        Assert.True(pattern == report.Pattern, $"{report.Pattern} at {at}: {report.Words}");
        Assert.EndsWith(".", report.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_counts_for_longer_where_the_name_does_not_lead_and_for_no_longer_than_any_once_it_does()
    {
        var waits = Facts.Both.With(n => Facts.Says(Facts.V4, null)).Got(0, family: IpFamily.V6);
        EvidenceLevel Level(GatewayStatus status, double at) => Evidence.Of(status.Leases[0], status, Facts.At(at), Facts.Scopes).Level;
        Assert.Equal(EvidenceLevel.Verified, Level(waits, 60));
        Assert.NotEqual(EvidenceLevel.Verified, Level(waits, 66));
        Assert.NotEqual(EvidenceLevel.Verified, Level(waits.With(n => Facts.Says(Facts.V4, Facts.V6)), 26));
    }

    [Fact]
    public void Without_an_owner_or_a_name_it_waits_for_its_owner()
    {
        Shows(LedPattern.Setup, Well with { IsClaimed = false });
        Shows(LedPattern.Setup, Well with { Names = [] });
        Shows(LedPattern.Setup, new GatewayStatus());
    }

    [Fact]
    public void No_link_or_no_address_comes_before_everything_that_follows_from_it()
    {
        var broken = Well.Failed(0) with { Internet = new InternetFacts(false, "Nobody answers."), Names = [Facts.Says(Facts.OldV4, null)] };
        var network = broken.Network.Interfaces[0];
        Shows(LedPattern.NoNetwork, broken with { Network = new NetworkFacts([], []) });
        Shows(LedPattern.NoNetwork, broken with { Network = new NetworkFacts([network with { IsUp = false }], []) });
        Shows(LedPattern.NoNetwork, broken with { Network = new NetworkFacts([network with { Addresses = [] }], []) });
        Shows(LedPattern.NoNetwork, broken with { Network = new NetworkFacts([network with { Addresses = [new(IPAddress.Parse("fe80::1%2"), 64, AddressFlags.None), new(IPAddress.Parse("169.254.3.4"), 16, AddressFlags.None)] }], []) });
    }

    [Fact]
    public void No_internet_comes_before_the_name_and_ends_even_a_fresh_proof()
    {
        Shows(LedPattern.NoInternet, Well.Got(0).With(n => n with { Problem = NameProblem.NoWayOut }) with { Internet = new InternetFacts(false, "Nobody answers.") });
        Shows(LedPattern.Verified, Well.Got(0) with { Internet = new InternetFacts(null, "Not asked.") });
    }

    [Fact]
    public void A_name_that_leads_elsewhere_is_wrong_whatever_is_proven_of_the_door()
    {
        var proven = Well.Got(0);
        Shows(LedPattern.NameWrong, proven.With(n => n with { V4 = n.V4 with { Published = Facts.OldV4 } }));
        Shows(LedPattern.NameWrong, proven.With(n => n with { V6 = n.V6 with { Published = Facts.V6 } })); // withdrawn, and still there
        Shows(LedPattern.NameWrong, proven.With(n => n with { V4 = n.V4 with { Published = null } }));
        Shows(LedPattern.NameWrong, proven.With(n => n with { V4 = n.V4 with { Published = null, IsKnown = false }, Problem = NameProblem.Provider, Words = "DuckDNS answers with errors." }));
        Assert.Contains(Facts.OldV4.ToString(), proven.With(n => n with { V4 = n.V4 with { Published = Facts.OldV4 } }).Judged().Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_way_in_nothing_is_said_about_the_name_that_is_empty_for_that_reason()
    {
        var shared = Well.With(l => l with { State = LeaseState.Refused, Problem = IngressProblem.SharedAddress, Words = "Your provider shares one address among many homes." }).With(_ => Facts.Says(null, null));
        Shows(LedPattern.Unreachable, shared);
        Assert.Contains("shares one address", shared.Judged().Words, StringComparison.Ordinal);
        Shows(LedPattern.Unreachable, shared with { Leases = [] });
        var closed = Well.Failed(0).With(_ => Facts.Says(null, null)); // withdrawn because nobody gets in
        Shows(LedPattern.Unreachable, closed, at: 1);
        Assert.Contains("refused", closed.Judged(1).Words, StringComparison.Ordinal);
        Shows(LedPattern.Unreachable, Well with { Certificate = null });
    }

    [Fact]
    public void What_router_and_name_servers_say_is_believed_and_no_more()
    {
        Shows(LedPattern.Believed, Well);
        Assert.Equal(EvidenceLevel.Believed, Assert.Single(Well.Judged().Ways).Level);
        Assert.Equal(EvidenceLevel.Acknowledged, Assert.Single(Well.With(_ => Facts.Says(null, null)).Judged().Ways).Level);
        Assert.Equal(EvidenceLevel.Configured, Assert.Single(Well.With(l => l with { State = LeaseState.Asking, Address = null }).Judged().Ways).Level);
        Assert.Equal(EvidenceLevel.None, Assert.Single(Well.With(l => l with { State = LeaseState.Refused }).Judged().Ways).Level);
        Assert.Equal(EvidenceLevel.Acknowledged, Assert.Single(Well.With(l => l with { Address = IPAddress.Parse("100.64.0.7") }).Judged().Ways).Level);
    }

    [Fact]
    public void What_nobody_has_granted_is_not_believed_until_somebody_has_come_through_it()
    {
        var candidate = Well.With(l => l with { State = LeaseState.Candidate });
        Shows(LedPattern.Unreachable, candidate);
        Shows(LedPattern.Verified, candidate.Got(0));
        Shows(LedPattern.Believed, candidate.Got(0).Blind(10).Blind(20).Blind(30), at: 31);
        Shows(LedPattern.Verified, candidate.Got(0, VantageKind.Phone), at: 119);
        Shows(LedPattern.Believed, candidate.Got(0, VantageKind.Phone), at: 120);
    }

    [Fact]
    public void A_proof_of_ones_own_vantage_counts_for_twenty_five_seconds_and_others_for_two_minutes()
    {
        Shows(LedPattern.Verified, Well.Got(0), at: 24.9);
        Shows(LedPattern.Believed, Well.Got(0), at: 25);
        foreach (var kind in new[] { VantageKind.Friend, VantageKind.Beacon, VantageKind.Phone })
        {
            Shows(LedPattern.Verified, Well.Got(0, kind), at: 119.9);
            Shows(LedPattern.Believed, Well.Got(0, kind), at: 120);
        }
        Shows(LedPattern.Believed, Well.Got(0, VantageKind.Hairpin));
    }

    [Fact]
    public void One_internet_that_is_proven_says_nothing_of_the_other_neither_good_nor_bad()
    {
        var half = Both.Got(0, VantageKind.Phone, IpFamily.V6);
        Shows(LedPattern.Believed, half, at: 1);
        Assert.Empty(half.Judged(1).Warnings); // that only IPv6 works is not known
        Assert.StartsWith("Only a part is proven: Phone got in. The rest looks right", half.Judged(1).Words, StringComparison.Ordinal);
        Shows(LedPattern.Verified, half.Got(1, VantageKind.Phone), at: 2);
    }

    [Fact]
    public void A_claim_ends_by_itself_with_its_proof_or_twelve_seconds_after_nobody_makes_it_anew()
    {
        Assert.Equal(Facts.Ticks(12), Well.Got(0).Judged(0).GoodUntil);
        Assert.Equal(Facts.Ticks(25), Well.Got(0).Judged(20).GoodUntil);
        Assert.Equal(Facts.Ticks(20), Both.Got(-5).Got(3, family: IpFamily.V6).Judged(15).GoodUntil);
        Assert.Equal(Facts.Ticks(12), Well.Judged(0).GoodUntil);
        Assert.Equal(Facts.Ticks(0), (Well with { Names = [] }).Judged(0).GoodUntil);
    }

    public static TheoryData<string> Changes => ["address", "port", "epoch", "key", "name", "way"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_proof_is_gone_at_once_when_what_was_looked_at_is_another(string change)
    {
        var proven = Well.Got(0);
        var other = IPAddress.Parse("203.0.113.8");
        Assert.NotEqual(LedPattern.Verified, (change switch
        {
            "address" => proven.With(l => l with { Address = other }).With(_ => Facts.Says(other, null)),
            "port" => proven.With(l => l with { Port = 8443 }),
            "epoch" => proven.With(l => l with { Epoch = 1 }),
            "way" => proven.With(l => l with { Way = "ipv4" }),
            "name" => proven.With(n => n with { Name = "other.duckdns.org" }),
            _ => proven with { Certificate = proven.Certificate! with { KeyFingerprint = "cd34" } },
        }).Shows(1));
    }

    [Fact]
    public void Another_certificate_for_the_same_key_keeps_the_proof() =>
        Shows(LedPattern.Verified, Well.Got(0) with { Certificate = Well.Certificate! with { IsSelfSigned = false, Expires = Well.Certificate.Expires.AddYears(1) } });

    [Fact]
    public void Every_published_family_needs_its_own_proof()
    {
        Shows(LedPattern.Believed, Both.Got(0));
        Shows(LedPattern.Believed, Both.Got(0, family: IpFamily.V6));
        Shows(LedPattern.Verified, Both.Got(0).Got(0, family: IpFamily.V6));
        Shows(LedPattern.Unreachable, Both.Got(0).Failed(0, family: IpFamily.V6), at: 1);
        // What is not in the name does not matter.
        Shows(LedPattern.Verified, Both.With(_ => Facts.Says(Facts.V4, null)).Got(0).Failed(0, family: IpFamily.V6), at: 1);
        // A name that leads to where no way in holds any more.
        Shows(LedPattern.Unreachable, Both.Got(0) with { Leases = [Facts.Lease(IpFamily.V4)] }, at: 1);
    }

    [Fact]
    public void One_failed_look_does_not_end_a_proof_that_still_stands_and_two_in_a_row_do()
    {
        Shows(LedPattern.Verified, Well.Got(0).Failed(10), at: 11);
        Shows(LedPattern.Unreachable, Well.Got(0).Failed(10).Failed(11), at: 11.5);
        Shows(LedPattern.Unreachable, Well.Got(0).Failed(10), at: 25);
        Shows(LedPattern.Verified, Well.Got(0).Failed(10).Failed(11).Got(20), at: 21);
    }

    [Fact]
    public void A_failed_look_ends_belief_at_once()
    {
        Shows(LedPattern.Unreachable, Well.Failed(0), at: 0.1);
        var way = Assert.Single(Well.Failed(0).Judged(0.1).Ways);
        Assert.True(way is { IsContradicted: true, Level: EvidenceLevel.Acknowledged });
        Assert.Contains("refused", Well.Failed(0).Judged(0.1).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vantage_that_has_gone_blind_proves_nothing_and_denies_nothing()
    {
        Shows(LedPattern.Verified, Well.Got(0).Blind(10).Blind(20), at: 24);
        Shows(LedPattern.Believed, Well.Got(0).Blind(10).Blind(20), at: 25);
        Shows(LedPattern.Believed, Well.Blind(0).Blind(1).Blind(2));
        // But what it saw before it went blind is not forgotten so soon.
        Shows(LedPattern.Unreachable, Well.Failed(0).Blind(10).Blind(20).Blind(30), at: 31);
        Shows(LedPattern.Believed, Well.Failed(0).Blind(10).Blind(20), at: 601);
    }

    [Fact]
    public void One_contradicting_friend_does_not_overturn_ones_own_proof_but_is_named()
    {
        var report = Well.Got(0).Failed(5, VantageKind.Friend).Failed(6, VantageKind.Friend).Judged(7);
        Assert.Equal(LedPattern.Verified, report.Pattern);
        Assert.Contains("Friend could not", report.Words, StringComparison.Ordinal);
        Assert.False(Assert.Single(report.Ways).IsContradicted);
        Shows(LedPattern.Unreachable, Well.Failed(5, VantageKind.Friend), at: 7);
    }

    [Fact]
    public void A_friend_does_not_outvote_ones_own_vantage_that_cannot_get_in()
    {
        Shows(LedPattern.Unreachable, Well.Got(0, VantageKind.Friend).Failed(5), at: 7);
        Shows(LedPattern.Unreachable, Well.Failed(5).Got(6, VantageKind.Friend), at: 7);
        Shows(LedPattern.Verified, Well.Failed(5).Got(6, VantageKind.Friend).Got(15), at: 16);
    }

    [Fact]
    public void A_relay_that_is_the_tunnel_itself_proves_nothing_and_can_deny()
    {
        Shows(LedPattern.Believed, Well.Looked(ProbeOutcome.Reached, 0, ownTunnel: true));
        Shows(LedPattern.Unreachable, Well.Looked(ProbeOutcome.Failed, 0, ownTunnel: true));
        Shows(LedPattern.Verified, Well.Looked(ProbeOutcome.Reached, 0, ownTunnel: true).Got(0, VantageKind.Friend));
    }

    [Fact]
    public void After_an_address_change_it_is_believed_until_the_old_address_is_forgotten()
    {
        var changed = Well.Got(0).With(n => n with { V4 = n.V4 with { Old = Facts.OldV4, OldUntil = Facts.Ticks(20) } });
        Shows(LedPattern.Believed, changed, at: 19);
        Shows(LedPattern.Verified, changed, at: 20);
        Assert.Equal(1, Next(changed, 19).TotalSeconds, 0.01);
        Shows(LedPattern.Believed, Well.Got(0).With(n => n with { V6 = n.V6 with { IsKnown = false } }));
    }

    [Fact]
    public void Without_a_set_clock_nothing_is_called_proven()
    {
        Shows(LedPattern.Believed, Well.Got(0) with { Clock = new ClockFacts(false, "The clock is not set.") });
        Shows(LedPattern.Believed, Well.Got(0) with { Clock = new ClockFacts(null, "Not asked.") });
    }

    [Fact]
    public void What_will_fail_soon_needs_attention_while_it_still_works()
    {
        var proven = Well.Got(0);
        foreach (var (topic, status) in new[]
        {
            ("certificate", proven with { Certificate = proven.Certificate! with { Problem = "It could not be renewed." } }),
            ("disk", proven with { Disk = new DiskFacts(true, "The disk is nearly full.") }),
            ("name", proven.With(n => n with { Problem = NameProblem.Refused, Words = "DuckDNS does not take the token." })),
            ("ipv4", Both.With(_ => Facts.Says(null, Facts.V6)).Got(0, family: IpFamily.V6)),
        })
        {
            Shows(LedPattern.Attention, status, at: 1);
            Assert.Equal(topic, Assert.Single(status.Judged(1).Warnings).Topic);
            Shows(LedPattern.Believed, status, at: 25);
        }
        Shows(LedPattern.Verified, Both.Got(0).Got(0, family: IpFamily.V6), at: 1);
    }

    [Fact]
    public void At_the_start_what_is_not_known_yet_is_not_called_wrong()
    {
        var young = Well with { Report = ReachabilityReport.Starting };
        LedPattern At(GatewayStatus status, double seconds) => ReachabilityPolicy.Judge(status, Facts.At(seconds, born: 0), Facts.Scopes).Pattern;
        Assert.Equal(LedPattern.Starting, At(young with { Leases = [] }, 1));
        Assert.Equal(LedPattern.Starting, At(young.With(l => l with { State = LeaseState.Asking, Address = null }).With(_ => Facts.Says(null, null)), 1));
        Assert.Equal(LedPattern.Starting, At(young.With(n => n with { V4 = n.V4 with { IsKnown = false } }), 1));
        Assert.Equal(LedPattern.Starting, At(young.With(l => l with { State = LeaseState.Candidate }), 1));
        Assert.Equal(LedPattern.Unreachable, At(young with { Leases = [] , Names = [Facts.Says(null, null)] }, 30));
        Assert.Equal(LedPattern.Unreachable, At(young.Failed(1), 2));
        Assert.Equal(LedPattern.NoNetwork, At(young with { Network = new NetworkFacts([], []) }, 1));
        // Once something has been said it is not the start any more.
        Assert.Equal(LedPattern.Unreachable, At(young with { Leases = [], Names = [Facts.Says(null, null)], Report = Well.Report }, 1));
    }

    [Fact]
    public void A_pattern_keeps_the_time_since_when_it_stands()
    {
        var first = Well.Got(0).Judged(1);
        var later = (Well.Got(10) with { Report = first }).Judged(11);
        Assert.Equal((first.Since, true), (later.Since, later.At > first.At));
        Assert.Equal(Facts.At(40).At, (Well.Got(10) with { Report = first }).Judged(40).Since);
    }

    [Fact]
    public void Only_so_many_observations_are_kept_and_none_of_what_is_gone()
    {
        var status = Well.Got(0).Failed(1).Blind(2).Blind(3).Blind(4).Got(1, VantageKind.Friend);
        Assert.Equal(5, status.Observations.Count);
        Assert.Empty(Evidence.With(status.With(l => l with { Epoch = 1 }), null, Facts.Scopes));
        Assert.Empty(Evidence.With(status with { IsClaimed = false }, null, Facts.Scopes));
    }

    [Fact]
    public void Nobody_is_sent_to_an_address_that_is_not_public() =>
        Assert.Empty(Evidence.Targets(Well.With(l => l with { Address = IPAddress.Parse("192.168.1.1") }), Facts.Scopes));

    private static TimeSpan Next(GatewayStatus status, double at) => ReachabilityJudge.Next(status with { Report = status.Judged(at) }, Facts.At(at));

    [Fact]
    public void The_judge_sleeps_until_something_may_be_another()
    {
        Assert.Equal(8, Next(Well with { IsClaimed = false }, 0).TotalSeconds, 0.01);
        Assert.Equal(8, Next(Well, 0).TotalSeconds, 0.01);
        Assert.Equal(3, Next(Well.Got(0), 22).TotalSeconds, 0.01);
        Assert.Equal(1, Next(Well.Failed(0), 599).TotalSeconds, 0.01);
    }

    [Fact]
    public void A_certificate_of_somebody_else_asks_for_attention_and_names_the_relay_that_the_name_leads_to()
    {
        var foreign = new ForeignCertificate(Facts.Name, "ab", "Another CA", Facts.Name, Facts.At(0).At, Facts.At(0).At.AddDays(90));
        var alarmed = Well with { Transparency = new TransparencyFacts([foreign], null) };
        Assert.Equal(LedPattern.Believed, alarmed.Shows(1));
        Assert.Equal(LedPattern.Attention, alarmed.Got(0).Shows(1));
        Assert.Equal(LedPattern.Verified, (alarmed with { Transparency = new TransparencyFacts([], "Nobody has told for days.") }).Got(0).Shows(1));
        var warning = alarmed.With(l => l with { Way = "ssh.relay", Server = "relay.example" }).Got(0).Judged(1).Warnings[0];
        Assert.Equal("certificate-foreign", warning.Topic);
        Assert.Contains("tunnel ssh.relay over relay.example", warning.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("tunnel", alarmed.Judged(1).Warnings[0].Words, StringComparison.Ordinal);
    }
}
