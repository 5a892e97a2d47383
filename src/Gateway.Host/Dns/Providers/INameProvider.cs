using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Dns.Providers;

/// <summary>What a request to a provider came to.</summary>
internal enum ProviderOutcome
{
    /// <summary>Not asked.</summary>
    Unknown = 0,
    /// <summary>It said yes, and said the same address back where it says one.</summary>
    Done,
    /// <summary>It does not take our token or does not know the name: asking again changes nothing.</summary>
    Refused,
    /// <summary>It answers, but nonsense, an error, or that it is in trouble: asking again later may help.</summary>
    Trouble,
    /// <summary>There was no answer: its trouble, or ours.</summary>
    NoAnswer,
    /// <summary>Its protocol has no such thing; it was not asked.</summary>
    NotPossible,
}

/// <summary>A provider's answer.</summary>
/// <param name="Outcome">What it came to.</param>
/// <param name="Words">One plain sentence; never a token, never what the provider wrote.</param>
internal sealed record ProviderReply(ProviderOutcome Outcome, string Words)
{
    /// <summary>What its A record says now, where the request changed or told it.</summary>
    public SentAddress? V4 { get; init; }

    /// <summary>What its AAAA record says now, where the request changed or told it.</summary>
    public SentAddress? V6 { get; init; }

    /// <summary>With which IPv4 address it saw the request come.</summary>
    public IPAddress? Seen { get; init; }

    /// <summary>It refused without a reason: perhaps it is in trouble (DuckDNS's <c>KO</c>).</summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>Somebody answered, and could not prove to be the provider.</summary>
    public bool IsNotTrusted { get; init; }

    /// <summary>It asked to be left alone for so long.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of one family.</summary>
    public SentAddress? this[IpFamily family] => family == IpFamily.V4 ? V4 : V6;

    /// <summary>With what the record of a family says now.</summary>
    public ProviderReply With(IpFamily family, SentAddress sent) => family == IpFamily.V4 ? this with { V4 = sent } : this with { V6 = sent };
}

/// <summary>Who serves a name. Without state; never throws for what provider or network do.</summary>
internal interface INameProvider
{
    /// <summary>Its name in words to people.</summary>
    string Title { get; }

    /// <summary>Where it is asked about this name.</summary>
    Uri PlaceOf(NameOptions name);

    /// <summary>How often it wants to hear of a name that has not changed; null: never, some forbid it.</summary>
    TimeSpan? Refresh { get; }

    /// <summary>How long its name servers may take to say what it was told.</summary>
    TimeSpan TakesUpTo { get; }

    /// <summary>Whose records <see cref="SetAsync"/> may change.</summary>
    IReadOnlyList<IpFamily> Changes(IpFamily family, AddressPair wanted);

    /// <summary>Whose records <see cref="DetectAsync"/> may change.</summary>
    IReadOnlyList<IpFamily> DetectionChanges(NameOptions name);

    /// <summary>Makes the record of one family say what is wanted, or takes it out.</summary>
    /// <param name="name">Which name, with its token.</param>
    /// <param name="family">The record to change.</param>
    /// <param name="wanted">What both should say in the end.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    Task<ProviderReply> SetAsync(NameOptions name, IpFamily family, AddressPair wanted, CancellationToken cancellationToken);

    /// <summary>Finds out with which IPv4 address this home is seen; with some providers the A record says that afterwards (<see cref="DetectionChanges"/>).</summary>
    Task<ProviderReply> DetectAsync(NameOptions name, CancellationToken cancellationToken);

    /// <summary>Puts a TXT record at <see cref="NameOptions.ChallengeName"/>. Where only one value has a place there, it takes that of another. Never touches an address.</summary>
    /// <param name="name">Which name, with its token.</param>
    /// <param name="value">Letters, digits, hyphens and underscores.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    Task<ProviderReply> SetTextAsync(NameOptions name, string value, CancellationToken cancellationToken);

    /// <summary>Takes that record out again; done also when it is not there.</summary>
    Task<ProviderReply> ClearTextAsync(NameOptions name, string value, CancellationToken cancellationToken);
}

/// <summary>Who serves which name.</summary>
internal static class NameProviders
{
    public static INameProvider ProviderOf(this ProviderHttp http, NameOptions name) => name.Provider switch
    {
        DynDns2.Key => new DynDns2(http),
        Desec.Key => new Desec(http),
        Cloudflare.Key => new Cloudflare(http),
        _ => new DuckDns(http),
    };
}
