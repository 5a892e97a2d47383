using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>
/// Whether the internet answers at all. While others hear from it (a vantage that looks, a provider that was asked) nobody is asked; when they have fallen silent or see nothing, somebody is.
/// One question that nobody answers is chance; a second one says that the internet is gone.
/// </summary>
internal sealed class InternetWatch(StatusStore status, AskInternet ask, TimeProvider time, ILogger<InternetWatch> logger) : BackgroundService
{
    /// <summary>So long an answer of anybody counts. With the questions' patience the end of the internet is known 30 s after it at the latest.</summary>
    public static readonly TimeSpan AnswerCounts = TimeSpan.FromSeconds(15);

    /// <summary>Between questions while something is wrong, and while nobody answers.</summary>
    public static readonly TimeSpan InDoubt = TimeSpan.FromSeconds(10), WhileGone = TimeSpan.FromSeconds(4), SecondQuestion = TimeSpan.FromSeconds(1);

    private long? _answered, _asked;
    private int _unanswered;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        time.RepeatAsync(StepAsync, InDoubt, e => logger.LogError(e, "Whether the internet answers could not be found out"), stoppingToken);

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        var seen = status.Current;
        var next = Next(seen);
        if (next <= TimeSpan.Zero) await AskAsync(seen, cancellationToken);
        else await status.WaitForOtherAsync(seen, next ?? Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    /// <summary>How long until somebody has to be asked; null while nobody has. Takes up what others have heard.</summary>
    private TimeSpan? Next(GatewayStatus seen)
    {
        // Only a gateway that is to be found from outside asks anybody there.
        if (!seen.IsClaimed || seen.Name is null) return null;
        if (!ReferenceEquals(seen.Network, NetworkFacts.Unknown) && seen.Network.Routes.Count == 0)
        {
            (_answered, _unanswered) = (null, 0);
            Tell(false, "No way leads out of the home network: the router gave this gateway no route.");
            return null;
        }
        if (Heard(seen) is var (who, at) && !(at <= _answered) && time.GetElapsedTime(at) < AnswerCounts)
        {
            (_answered, _unanswered) = (at, 0);
            Tell(true, $"The internet is there: {who} was heard.");
        }
        var since = _asked is { } asked ? time.GetElapsedTime(asked) : TimeSpan.MaxValue;
        if (_unanswered == 1) return SecondQuestion - since;
        if (_unanswered > 1) return WhileGone - since;
        if (_answered is not { } answered) return TimeSpan.Zero;
        var quiet = AnswerCounts - time.GetElapsedTime(answered);
        return IsWrong(seen) && InDoubt - since is var doubt && doubt < quiet ? doubt : quiet;
    }

    /// <summary>Who of the others was last in touch with the outside, and when.</summary>
    private static (string Who, long At)? Heard(GatewayStatus seen) => seen.Observations.Where(o => o.Outcome != ProbeOutcome.Unknown).Select(o => (o.Vantage, o.Started))
        .Concat(seen.Seen.Select(s => (s.By, s.Timestamp))).Select(h => ((string Who, long At)?)h).MaxBy(h => h!.Value.At);

    private static bool IsWrong(GatewayStatus seen) =>
        seen.Observations.GroupBy(o => (o.Vantage, o.Target)).Any(g => g.MaxBy(o => o.Started)!.Outcome == ProbeOutcome.Unknown) || seen.Name?.Problem is NameProblem.NoWayOut or NameProblem.Provider or NameProblem.Captive;

    private async Task AskAsync(GatewayStatus seen, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var who = _unanswered == 0 ? await ask(false, cancellationToken) : null;
        who ??= await ask(true, cancellationToken);
        _asked = time.GetTimestamp();
        if (who is not null)
        {
            (_answered, _unanswered) = (started, 0);
            Tell(true, $"The internet is there: {who} answers.");
        }
        else if (++_unanswered > 1) Tell(false, "The home network is there, but nobody in the internet answers. Does the router have a connection?");
    }

    private void Tell(bool answers, string words)
    {
        var before = status.Current.Internet;
        // Who it was is news only when it is news that anybody was.
        if (before.Answers == answers && (answers || before.Words == words)) return;
        if (before.Answers is not null || !answers) logger.LogInformation("{Words}", words);
        status.Update(s => s with { Internet = new InternetFacts(answers, words) });
    }
}
