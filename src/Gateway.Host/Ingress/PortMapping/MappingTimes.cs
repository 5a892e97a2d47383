namespace Gateway.Host.Ingress.PortMapping;

/// <summary>How often the router is asked what.</summary>
internal static class MappingTimes
{
    /// <summary>Asked for. Short enough that the mapping of a gateway that died soon ends, and that a router which forgets in silence is soon reminded.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(20);

    /// <summary>Longer ones are not believed: RFC 6887 section 15 lets a client end what it takes at a day.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromDays(1);

    /// <summary>A mapping that does not end is asked for again so often.</summary>
    private static readonly TimeSpan PermanentLease = TimeSpan.FromHours(2);

    /// <summary>RFC 6887 section 11.2.1: renewals are at least four seconds apart.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(4);

    /// <summary>After the wish has ended the mapping must be given back within this.</summary>
    public static readonly TimeSpan ReleaseWithin = TimeSpan.FromSeconds(1.9);

    /// <summary>A storm of announcements makes no more than a question in this time.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>So many checks without an answer, and the router counts as gone.</summary>
    public const int Patience = 2;

    /// <summary>When to renew, counted from the grant: RFC 6887 section 11.2.1, at 1/2 to 5/8 of the lifetime, then at 3/4, 7/8 ... with an ever smaller spread.</summary>
    /// <param name="lifetime">As granted; null: for ever.</param>
    /// <param name="failures">How many renewals have failed since.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan RenewAfter(TimeSpan? lifetime, int failures, double random)
    {
        var left = Math.Pow(2, -(Math.Min(failures, 20) + 1));
        var after = (lifetime ?? PermanentLease) * (1 - left + random * left / 4);
        return after < Shortest * (failures + 1) ? Shortest * (failures + 1) : after;
    }

    /// <summary>When to check next: soon enough that a router which has restarted or died is found out within 15 s, and at once while it is silent.</summary>
    public static TimeSpan CheckAfter(int failures, double random) => failures == 0 ? TimeSpan.FromSeconds(9 + 2 * random) : TimeSpan.FromSeconds(1 + random / 2);

    /// <summary>How long to wait before asking again for what was not granted: from two seconds, doubling to a quarter of a minute where the router answers, to a minute where it does not; only half of it certain.</summary>
    /// <param name="failures">From 1.</param>
    /// <param name="answers">Whether the router speaks at all.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan Backoff(int failures, bool answers, double random) =>
        Core.Backoff.After(failures, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(answers ? 15 : 60), random);
}
