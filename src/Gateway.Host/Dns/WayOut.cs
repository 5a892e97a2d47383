using System.Globalization;
using System.Security.Cryptography;
using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>Whose fault it is that there was no answer.</summary>
/// <param name="Problem">As the doctor names it.</param>
/// <param name="Words">One plain sentence.</param>
internal sealed record Cause(NameProblem Problem, string Words);

/// <summary>
/// Tells apart why somebody outside does not answer: no way out, a resolver here that lies or fails, or trouble over there. Asked only when something failed.
/// </summary>
internal sealed class WayOut(SystemResolver resolver, StatusStore status)
{
    /// <summary>Who is to blame that <paramref name="host"/> does not answer as it should.</summary>
    /// <param name="host">The provider's host, or the name itself.</param>
    /// <param name="who">Its owner in words.</param>
    /// <param name="doOthersAnswer">Asks others out there; null where there is nobody to ask.</param>
    /// <param name="cancellationToken">Ends it by throwing.</param>
    public async Task<Cause> BlameAsync(string host, string who, Func<CancellationToken, Task<bool>>? doOthersAnswer, CancellationToken cancellationToken)
    {
        if (await LiarAsync(cancellationToken) is { } liar) return liar;
        if (status.Current.Network is { Interfaces.Count: > 0, Routes.Count: 0 }) return new Cause(NameProblem.NoWayOut, "There is no router to go out through.");
        // Every resolver knows the servers of the root: who does not say them is no use for any name.
        var root = await resolver.AskAsync(".", DnsType.NS, cancellationToken);
        if (root.Outcome != DnsOutcome.Answered || root.Message!.Of("", DnsType.NS).FirstOrDefault() is null)
        {
            // A careful one may refuse that question and answer others.
            var other = await resolver.AskAsync(host, DnsType.A, cancellationToken);
            if (other.Outcome != DnsOutcome.Answered || !other.Message!.Of(host, DnsType.A).Any())
                return new Cause(NameProblem.NoWayOut, $"The name server that this network uses ({string.Join(", ", resolver.Servers.Select(s => s.Address))}) {(root.IsAnswer ? "knows nothing" : root.Words)}, so no name can be resolved here.");
        }
        return status.Current.Internet.Answers == false || doOthersAnswer is not null && !await doOthersAnswer(cancellationToken)
            ? new Cause(NameProblem.NoWayOut, "Nobody else out there answers either: the way out of this home is broken.")
            : new Cause(NameProblem.Provider, $"That is trouble of {who}; this home is not to blame.");
    }

    /// <summary>
    /// Whether resolvers here make addresses up: they have one for a name that can not be (RFC 6761 section 6.4: nothing is ever below <c>invalid</c>). Null when they do not.
    /// </summary>
    public async Task<Cause?> LiarAsync(CancellationToken cancellationToken)
    {
        var impossible = RandomNumberGenerator.GetHexString(12, lowercase: true) + ".invalid";
        var reply = await resolver.AskAsync(impossible, DnsType.A, cancellationToken);
        return reply.Message?.Of(impossible, DnsType.A).FirstOrDefault()?.Address is { } address
            ? new Cause(NameProblem.Captive, string.Create(CultureInfo.InvariantCulture, $"Every name leads to {address} here: the network wants something first, such as a sign-in or a payment."))
            : null;
    }
}
