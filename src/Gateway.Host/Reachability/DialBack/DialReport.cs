using Gateway.Host.Core;

namespace Gateway.Host.Reachability.DialBack;

/// <summary>What came of dialling back, in steps so coarse that they tell nobody more than whether his own door is open.</summary>
/// <param name="Outcome">Reached: what answered had the key, and gave an answer; only whoever asked knows whether it is the right one.</param>
/// <param name="Step">Where it ended: one of the words below; empty when it got through.</param>
/// <param name="Answer">What was answered; empty else.</param>
internal sealed record DialReport(ProbeOutcome Outcome, string Step = "", string Answer = "")
{
    public const string Address = "address", Dns = "dns", Busy = "busy", Refused = "refused", Tcp = "tcp", Tls = "tls", Key = "key", Http = "http", Nonce = "nonce";

    private const int AnswerBytes = 32;

    public static DialReport NotDialled(string step) => new(ProbeOutcome.Unknown, step);

    /// <summary>Whether this is the form of an answer to a challenge: nothing else of what a stranger's server says is passed on.</summary>
    public static bool IsAnswer(string? text) => KeyFingerprint.IsHex(text, AnswerBytes);

    /// <summary>As the wire has it: <c>reached</c>, <c>failed</c>, <c>unknown</c>.</summary>
    public string OutcomeWord => ReachabilityView.Lower(Outcome);

    /// <summary>Reads what a beacon or a friend reports; null when it makes no sense.</summary>
    public static DialReport? Read(string? outcome, string? step, string? answer) => outcome switch
    {
        "reached" when IsAnswer(answer) => new DialReport(ProbeOutcome.Reached, "", answer!),
        "failed" => new DialReport(ProbeOutcome.Failed, Known(step)),
        "unknown" => new DialReport(ProbeOutcome.Unknown, Known(step)),
        _ => null,
    };

    /// <summary>The answer, for whoever asked to compare; throws <see cref="LookException"/> when there is none. The words are our own: what a stranger writes is shown to nobody.</summary>
    public string AnswerOrThrow() => Outcome == ProbeOutcome.Reached ? Answer
        : throw new LookException(Step == Refused ? Tcp : Step, Outcome == ProbeOutcome.Unknown && Step == Tcp ? "it could not get in, and cannot reach others either" : Words,
            Outcome == ProbeOutcome.Failed ? LookEnd.Failed : LookEnd.Blind);

    /// <summary>As the end of a sentence.</summary>
    public string Words => Step switch
    {
        "" => "it got in",
        Address => "the address is none that it dials: it is private, reserved or of its own network",
        Dns => "it cannot look the name up",
        Busy => "it has been asked too often and does not look now",
        Refused => "the connection was refused",
        Tcp => "nothing answered",
        Tls => "something answers there, but not with TLS",
        Key => "another device answers there: its key is not the one",
        Http => "the key is the right one, but no answer came",
        _ => "what answered there does not know the answer",
    };

    private static string Known(string? step) => step is Address or Dns or Busy or Refused or Tcp or Tls or Key or Http ? step : Nonce;
}
