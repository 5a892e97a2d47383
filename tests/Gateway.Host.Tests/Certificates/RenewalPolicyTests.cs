using Gateway.Host.Certificates;
using Gateway.Host.Certificates.Acme;

namespace Gateway.Host.Tests.Certificates;

public sealed class RenewalPolicyTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(90 * 24)]
    [InlineData(45 * 24)]
    [InlineData(160)]
    public void Without_a_suggestion_it_is_renewed_once_two_thirds_of_its_life_are_over_or_a_little_before(int hours)
    {
        var life = TimeSpan.FromHours(hours);
        Assert.Equal(From + life * (2 / 3.0), RenewalPolicy.RenewAt(From, From + life, null, 0));
        Assert.Equal((From + life * (2 / 3.0 - 1 / 20.0)).ToUnixTimeSeconds(), RenewalPolicy.RenewAt(From, From + life, null, 1).ToUnixTimeSeconds());
    }

    [Fact]
    public void A_suggestion_is_followed_to_a_moment_in_it_by_chance()
    {
        var window = new AcmeWindow(From.AddDays(30), From.AddDays(32));
        Assert.Equal(From.AddDays(31), RenewalPolicy.RenewAt(From, From.AddDays(90), window, 0.5));
        // Also when it is over already: the authority wants the certificate back.
        Assert.Equal(From.AddDays(-4), RenewalPolicy.RenewAt(From, From.AddDays(90), new AcmeWindow(From.AddDays(-5), From.AddDays(-3)), 0.5));
    }

    [Fact]
    public void A_suggestion_to_wait_for_the_end_or_of_no_time_at_all_is_not_followed()
    {
        Assert.Equal(From.AddDays(75), RenewalPolicy.RenewAt(From, From.AddDays(90), new AcmeWindow(From.AddDays(900), From.AddDays(901)), 0.5));
        Assert.Equal(From.AddDays(60), RenewalPolicy.RenewAt(From, From.AddDays(90), new AcmeWindow(From.AddDays(2), From.AddDays(2)), 0));
    }

    [Fact]
    public void The_authority_is_asked_again_what_it_suggests_when_it_says_within_reason()
    {
        Assert.Equal(TimeSpan.FromHours(6), RenewalPolicy.AskAgainAfter(null));
        Assert.Equal(TimeSpan.FromMinutes(1), RenewalPolicy.AskAgainAfter(TimeSpan.FromMilliseconds(1)));
        Assert.Equal(TimeSpan.FromDays(1), RenewalPolicy.AskAgainAfter(TimeSpan.FromDays(400)));
    }

    [Fact]
    public void Proofs_that_fail_are_never_five_in_an_hour()
    {
        var (failures, now) = ((RenewalFailures?)null, From);
        var attempts = new List<DateTimeOffset>();
        for (; now < From.AddDays(2); now = failures.Next)
        {
            attempts.Add(now);
            failures = RenewalPolicy.Failed(failures, new AcmeException(AcmeFailure.Trouble, "no"), now, 0);
        }
        Assert.All(attempts, a => Assert.InRange(attempts.Count(b => b >= a && b < a.AddHours(1)), 1, 5));
        Assert.InRange(attempts.Count, 10, 30);
        Assert.Equal(From, failures!.Since);
    }

    [Fact]
    public void A_provider_that_fails_is_tried_again_within_the_minute_and_then_more_and_more_seldom()
    {
        var (failures, waits) = ((RenewalFailures?)null, new List<TimeSpan>());
        for (var now = From; waits.Count < 14; now = failures.Next)
        {
            failures = RenewalPolicy.Failed(failures, new AcmeException(AcmeFailure.NotShown, "DuckDNS is in trouble"), now, 1);
            waits.Add(failures.Next - now);
        }
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(40), TimeSpan.FromHours(6)), (waits[0], waits[1], waits[^1]));
    }

    [Fact]
    public void A_no_is_not_hammered_and_who_wants_to_be_left_alone_is()
    {
        Assert.InRange((RenewalPolicy.Failed(null, new AcmeException(AcmeFailure.Refused, "no"), From, 0).Next - From).TotalHours, 12, 24);
        Assert.Equal(From.AddHours(34), RenewalPolicy.Failed(null, new AcmeException(AcmeFailure.RateLimited, "no") { RetryAfter = TimeSpan.FromHours(34) }, From, 0).Next);
        Assert.Equal(From.AddDays(7), RenewalPolicy.Failed(null, new AcmeException(AcmeFailure.RateLimited, "no") { RetryAfter = TimeSpan.FromDays(3000) }, From, 0).Next);
        Assert.True(RenewalPolicy.Failed(null, new AcmeException(AcmeFailure.NoAnswer, "no"), From, 1).Next <= From.AddSeconds(20));
    }

    [Fact]
    public void What_was_written_down_under_a_clock_that_ran_ahead_holds_nothing_up()
    {
        var failures = new RenewalFailures(1, From.AddYears(20), From.AddYears(20), false, "no");
        Assert.Equal(From, RenewalPolicy.NextAttempt(failures, From));
    }

    [Theory]
    [InlineData(90 * 24, 60 * 24, 66 * 24)]
    [InlineData(160, 106, 117)]
    public void The_owner_is_told_in_time_to_act_and_not_of_every_hiccup(int life, int begun, int told)
    {
        string? At(int hour) => RenewalPolicy.Problem("home.example.org", From, From.AddHours(life), new RenewalFailures(9, From.AddHours(begun), From, false, "DuckDNS is in trouble."), From.AddHours(hour));
        Assert.Null(At(begun + 1));
        Assert.Null(At(told - 1));
        Assert.EndsWith("could not be renewed yet. DuckDNS is in trouble.", At(told + 1), StringComparison.Ordinal);
        Assert.Contains("has ended", At(life + 1), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_is_told_at_once_and_so_is_an_end_that_is_near_whatever_the_reason()
    {
        Assert.NotNull(RenewalPolicy.Problem("home.example.org", From, From.AddDays(90), new RenewalFailures(1, From.AddDays(60), From, true, "no"), From.AddDays(60)));
        Assert.NotNull(RenewalPolicy.Problem("home.example.org", From, From.AddDays(90), null, From.AddDays(73)));
        Assert.Null(RenewalPolicy.Problem("home.example.org", From, From.AddDays(90), null, From.AddDays(71)));
    }

    [Fact]
    public void Before_the_first_certificate_an_hour_is_left_to_get_one()
    {
        var failures = new RenewalFailures(3, From, From, false, "no");
        Assert.Null(RenewalPolicy.Problem("home.example.org", null, null, failures, From.AddMinutes(59)));
        Assert.Equal("home.example.org has no certificate of an authority, so browsers warn. no", RenewalPolicy.Problem("home.example.org", null, null, failures, From.AddMinutes(60)));
    }
}
