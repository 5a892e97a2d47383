using System.Globalization;
using Gateway.Host.Certificates.Acme;

namespace Gateway.Host.Certificates;

/// <summary>Attempts in a row that failed.</summary>
/// <param name="Count">How many; from 1.</param>
/// <param name="Since">When the first did.</param>
/// <param name="Next">When the next may be.</param>
/// <param name="IsRefused">The last was a no that asking again does not change.</param>
/// <param name="Words">What the last came to.</param>
internal sealed record RenewalFailures(int Count, DateTimeOffset Since, DateTimeOffset Next, bool IsRefused, string Words);

/// <summary>When a certificate is renewed, when an attempt that failed is repeated, and when the owner is told: pure functions.</summary>
internal static class RenewalPolicy
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>When to renew: a moment by chance in the window that the authority suggests (RFC 9773 section 4.2); where it suggests none, once two thirds of the life are over, a little earlier by chance.</summary>
    /// <param name="from">Of the certificate.</param>
    /// <param name="until">Of the certificate.</param>
    /// <param name="window">The authority's; one without an inside counts as none, and none is waited for so long that the end is near.</param>
    /// <param name="random">From 0 to 1, the same for the life of the certificate.</param>
    public static DateTimeOffset RenewAt(DateTimeOffset from, DateTimeOffset until, AcmeWindow? window, double random)
    {
        var life = until - from;
        if (window is not { } w || w.End <= w.Start) return from + life * (2 / 3.0 - random / 20);
        var (chosen, latest) = (w.Start + (w.End - w.Start) * random, from + life * (5 / 6.0));
        return chosen < latest ? chosen : latest;
    }

    /// <summary>When the authority is asked again what it suggests: when it says, within reason (RFC 9773 section 4.3); a quarter of a day where it does not.</summary>
    public static TimeSpan AskAgainAfter(TimeSpan? retryAfter) => retryAfter is { } wish ? TimeSpan.FromTicks(Math.Clamp(wish.Ticks, TimeSpan.TicksPerMinute, TimeSpan.TicksPerDay)) : TimeSpan.FromHours(6);

    /// <summary>What is known after one more attempt that failed. Nothing is asked again at once, what is refused not before half a day, and nobody before the time that he wants.</summary>
    /// <param name="before">The failures before it; null for none.</param>
    /// <param name="failure">What it came to.</param>
    /// <param name="now">When.</param>
    /// <param name="random">From 0 to 1.</param>
    public static RenewalFailures Failed(RenewalFailures? before, AcmeException failure, DateTimeOffset now, double random)
    {
        var count = (before?.Count ?? 0) + 1;
        // An authority counts proofs that fail: Let's Encrypt takes five an hour for a name (https://letsencrypt.org/docs/rate-limits/). Whom nobody answers, nobody counts.
        var wait = failure.Failure switch
        {
            AcmeFailure.NoAnswer => Core.Backoff.After(count, TimeSpan.FromSeconds(20), TimeSpan.FromHours(1), random),
            AcmeFailure.NotShown => Core.Backoff.After(count, TimeSpan.FromSeconds(20), TimeSpan.FromHours(6), random),
            AcmeFailure.Refused => Core.Backoff.After(1, TimeSpan.FromDays(1), TimeSpan.FromDays(1), random),
            AcmeFailure.RateLimited => Core.Backoff.After(count, TimeSpan.FromHours(1), TimeSpan.FromHours(12), random),
            _ => Core.Backoff.After(count, TimeSpan.FromMinutes(5), TimeSpan.FromHours(6), random),
        };
        if (failure.RetryAfter > wait) wait = failure.RetryAfter.Value < Longest ? failure.RetryAfter.Value : Longest;
        return new RenewalFailures(count, before?.Since ?? now, now + wait, failure.Failure == AcmeFailure.Refused, failure.Message);
    }

    /// <summary>When the next attempt may be: what was written down under a clock that ran ahead does not hold up for ever.</summary>
    public static DateTimeOffset NextAttempt(RenewalFailures failures, DateTimeOffset now) => failures.Next - now > Longest ? now : failures.Next;

    /// <summary>What the owner is told, while there is time to act; null: nothing.</summary>
    /// <param name="name">Of whose certificate.</param>
    /// <param name="from">Of the certificate; null where there is none.</param>
    /// <param name="until">Of the certificate.</param>
    /// <param name="failures">The attempts that failed; null where none did.</param>
    /// <param name="now">The time.</param>
    public static string? Problem(string name, DateTimeOffset? from, DateTimeOffset? until, RenewalFailures? failures, DateTimeOffset now)
    {
        var why = failures is null ? "" : " " + failures.Words;
        if (from is not { } begun || until is not { } end)
        {
            return failures is { } f && (f.IsRefused || now - f.Since >= TimeSpan.FromHours(1)) ? $"{name} has no certificate of an authority, so browsers warn.{why}" : null;
        }
        var (life, left) = (end - begun, end - now);
        if (left <= TimeSpan.Zero) return $"The certificate of {name} has ended, so browsers refuse to open the page.{why}";
        // Two thirds of the life over and a fifteenth more of failing, which of 90 days are six: 24 are left to act.
        var isLate = failures is { } failed && (failed.IsRefused || now - failed.Since >= life / 15) || left < life / 5;
        return isLate ? string.Create(CultureInfo.InvariantCulture, $"The certificate of {name} ends on {end.UtcDateTime:d MMMM yyyy, HH:mm} UTC and could not be renewed yet.{why}") : null;
    }
}
