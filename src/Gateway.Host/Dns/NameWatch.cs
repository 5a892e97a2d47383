using Gateway.Host.Core;
using Gateway.Host.Dns.Wire;

namespace Gateway.Host.Dns;

/// <summary>
/// Asks every server that is the source of a name what it says: every two seconds after a change until all say what is wanted, then more and more seldom, once a minute
/// in the end; at once when the network changes.
/// </summary>
internal sealed class NameWatch(NameOptions name, PlanStore plans, NameRecord record, DnsClient client, NameServers servers, WayOut wayOut, AddressScopes scopes, Bell bell, Bell publisher, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2), Calm = TimeSpan.FromSeconds(60), WhenBlind = TimeSpan.FromSeconds(15), SearchAgain = TimeSpan.FromHours(1);

    private long _searched;
    private TimeSpan _pause = Soon;
    private (int Generation, AddressPair Wanted, int Network) _seen;
    private NameProblem _said;

    /// <summary>Runs until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        time.RepeatAsync(cancel => plans.Current.IsOn ? TurnAsync(cancel) : bell.WaitAsync(null, cancel), Calm, e => logger.LogError(e, "Asking what {Name} says failed; it is tried again", name.Name), cancellationToken);

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var now = (record.Generation, plans.Current.Wanted, plans.NetworkChanges);
        if (now != _seen) (_pause, _seen) = (Soon, now);
        var didAnswer = record.DoServersAnswer;
        await LookAsync(now.Generation, cancellationToken);
        if (record.DoServersAnswer != didAnswer) _pause = Soon;
        // What they say first also tells what need not be taken out.
        if (record.DoServersAnswer && !didAnswer || record.IsNotTaken(IpFamily.V4) || record.IsNotTaken(IpFamily.V6) || record.Facts is { V4.IsTrue: true, V6.IsTrue: true, Problem: not NameProblem.None }) publisher.Ring();
        await bell.WaitAsync(_pause * (0.9 + Random.Shared.NextDouble() / 5), cancellationToken);
        var longest = record.DoServersAnswer ? Calm : WhenBlind;
        _pause = record.Facts is { V4.IsTrue: true, V6.IsTrue: true } ? longest : TimeSpan.FromTicks(Math.Min(longest.Ticks, _pause.Ticks * 3 / 2));
    }

    private async Task LookAsync(int generation, CancellationToken cancellationToken)
    {
        if (record.Search is null || !record.DoServersAnswer || time.GetElapsedTime(_searched) >= SearchAgain)
        {
            // A search that finds nobody does not make those forgotten who were found before.
            var search = await servers.FindAsync(name.Name, name.Servers, cancellationToken);
            if (search.Servers.Count > 0 || record.Search is null) record.Search = search;
            _searched = time.GetTimestamp();
        }
        var check = await NameCheck.AskAsync(client, name.Name, record.Search, cancellationToken);
        if (check.IsAnswered && !(IsSuspicious(check) && await wayOut.LiarAsync(cancellationToken) is { } liar && Blind(check, liar)))
        {
            record.Checked(generation, check);
            Log(NameProblem.None, "");
        }
        else if (!check.IsAnswered) Blind(check, await wayOut.BlameAsync(name.Name, $"the name servers of {name}", null, cancellationToken));
    }

    private bool Blind(NameCheck check, Cause cause)
    {
        record.Blind(check, cause);
        Log(cause.Problem, cause.Words);
        return true;
    }

    /// <summary>Whether somebody else may have answered: an address that the world could not dial, or another than wanted.</summary>
    private bool IsSuspicious(NameCheck check) => AddressPair.Families.Any(f => check[f] is { IsKnown: true, Address: { } said } && (!scopes.IsPublic(said) || !said.Equals(plans.Current.Wanted[f])));

    private void Log(NameProblem problem, string words)
    {
        if (problem == _said) return;
        _said = problem;
        if (problem == NameProblem.None) logger.LogInformation("{Name}: its name servers answer again", name.Name);
        else logger.LogWarning("{Name}: its name servers cannot be asked. {Problem}", name.Name, words);
    }
}
