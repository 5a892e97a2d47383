namespace Gateway.Host.Core;

/// <summary>What became of publishing a text under a name.</summary>
public enum TextOutcome
{
    /// <summary>Not tried.</summary>
    Unknown = 0,
    /// <summary>It was published, every name server said so, and it has been used.</summary>
    Done,
    /// <summary>The name's provider has no such thing: another way is needed.</summary>
    NotPossible,
    /// <summary>The provider says no: asking again changes nothing until the owner mends it.</summary>
    Refused,
    /// <summary>The provider or its name servers are in trouble: later it may go.</summary>
    Failed,
}

/// <summary>The same in words.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Words">One plain sentence; never a token.</param>
public sealed record TextReply(TextOutcome Outcome, string Words);

/// <summary>
/// Publishes a TXT record at <c>_acme-challenge.NAME</c>, waits until every authoritative server has said so twice, does <paramref name="meanwhile"/>, and takes the record out again:
/// also when that throws, which then goes on to the caller, and also after a crash. One at a time a name. Dns has it, Certificates ask.
/// </summary>
public delegate Task<TextReply> PublishText(string name, string value, Func<CancellationToken, Task> meanwhile, CancellationToken cancellationToken);

/// <summary>
/// Lets one account of one certificate authority alone issue for a name and what is below it, proven by DNS alone (CAA: RFC 8659, RFC 8657), where the name's provider has such records. Those that
/// others have made stay, and then nothing is changed. Gives what there is to say of it; null: nothing. Dns has it, Certificates ask.
/// </summary>
/// <param name="name">One of this gateway's.</param>
/// <param name="authority">The authority's domain (<c>caaIdentities</c>, RFC 8555 section 7.1.1).</param>
/// <param name="account">The account's URL.</param>
/// <param name="cancellationToken">Ends it by throwing.</param>
public delegate Task<string?> BindIssuance(string name, string authority, Uri account, CancellationToken cancellationToken);

/// <summary>Whether the provider of a name has TXT records at all. Dns knows it, Certificates ask.</summary>
public delegate bool CanPublishText(string name);
