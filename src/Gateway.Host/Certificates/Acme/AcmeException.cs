namespace Gateway.Host.Certificates.Acme;

/// <summary>What kind of trouble it is: it says when asking again makes sense.</summary>
internal enum AcmeFailure
{
    /// <summary>Nobody answers: the network, the authority's, or ours.</summary>
    NoAnswer = 0,
    /// <summary>The name's provider fails, so the authority was shown no proof that it could count.</summary>
    NotShown,
    /// <summary>The authority is in trouble, answers nonsense, or could not see the proof.</summary>
    Trouble,
    /// <summary>It was asked too often.</summary>
    RateLimited,
    /// <summary>It says no: asking the same again changes nothing.</summary>
    Refused,
}

/// <summary>A certificate was not had.</summary>
/// <param name="failure">Why.</param>
/// <param name="words">Plain sentences; what the authority wrote is cleaned and short.</param>
/// <param name="inner">Its cause.</param>
internal sealed class AcmeException(AcmeFailure failure, string words, Exception? inner = null) : Exception(words, inner)
{
    public AcmeFailure Failure { get; } = failure;

    /// <summary>The type of the authority's problem after <c>urn:ietf:params:acme:error:</c> (RFC 8555 section 6.7); empty where it named none.</summary>
    public string Type { get; init; } = "";

    /// <summary>How long it wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>By what an authority answered that is no success.</summary>
    public static AcmeException Of(AcmeProblem? problem, int status, TimeSpan? retryAfter)
    {
        const string prefix = "urn:ietf:params:acme:error:";
        // The reason for several names at once stands in the parts (RFC 8555 section 6.7.1).
        var told = problem?.Subproblems is [{ Detail.Length: > 0 } first, ..] ? first : problem;
        var type = problem?.Type is { } t && t.StartsWith(prefix, StringComparison.Ordinal) ? t[prefix.Length..] : "";
        var words = Cleaned(told?.Detail) is { Length: > 0 } detail ? $"The certificate authority says: {detail}" : $"The certificate authority answers with error {status}.";
        return new AcmeException(type switch
        {
            "rateLimited" => AcmeFailure.RateLimited,
            // What a moment may mend: names, networks, and servers in trouble.
            "serverInternal" or "badNonce" or "dns" or "connection" or "tls" or "incorrectResponse" or "accountDoesNotExist" or "orderNotReady" or "caa" or "alreadyReplaced" => AcmeFailure.Trouble,
            "" => status == 429 ? AcmeFailure.RateLimited : AcmeFailure.Trouble,
            _ => AcmeFailure.Refused,
        }, words) { Type = type, RetryAfter = retryAfter };
    }

    /// <summary>At most 300 characters of a stranger's text, none of which could steer a terminal or a line of the log.</summary>
    public static string Cleaned(string? text) => string.Concat((text ?? "").Take(300).Select(c => char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator ? ' ' : c)).Trim();
}
