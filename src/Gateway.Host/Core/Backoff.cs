namespace Gateway.Host.Core;

/// <summary>When something that fails is tried again.</summary>
public static class Backoff
{
    /// <summary>How long to wait: doubling from <paramref name="first"/> to <paramref name="longest"/>, half of it by chance, so that a whole house does not come back at once.</summary>
    /// <param name="failures">How many attempts have failed in a row, from 1.</param>
    /// <param name="first">After the first failure.</param>
    /// <param name="longest">After many.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest, double random) =>
        TimeSpan.FromSeconds(Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, failures - 1)) * (0.5 + random / 2));
}
