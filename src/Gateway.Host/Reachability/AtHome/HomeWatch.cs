using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Reachability.AtHome;

/// <summary>
/// Whether visitors at home get in by the house's name as those elsewhere do: whether the network's own resolver gives its addresses away, which a protection against DNS rebinding may
/// prevent, and whether the router turns round what comes from inside to its own public address (hairpinning, RFC 4787 section 6). It proves nothing of the outside and the LED says nothing
/// of it. Asks once for each change of what is published, and every ten minutes; while something is wrong three times a minute.
/// </summary>
internal sealed class HomeWatch(AskNetworkResolver ask, Challenges challenges, StatusStore status, AddressScopes scopes, TimeProvider time, ILogger<HomeWatch> logger) : BackgroundService
{
    /// <summary>From look to look: in peace, and while something is wrong.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMinutes(10), Doubt = TimeSpan.FromSeconds(20);

    /// <summary>A resolver may remember that there was nothing for so long (RFC 2308): only after it is it said to withhold something.</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(15);

    private readonly Bell _bell = new(time);
    private Wanted? _seen;
    private long? _withheldSince;
    private int _closed;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        status.OnChange((before, after) => { if (!ReferenceEquals(before.Names, after.Names) || !ReferenceEquals(before.Leases, after.Leases) || before.IsClaimed != after.IsClaimed) _bell.Ring(); });
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        time.RepeatAsync(TurnAsync, Usual, e => logger.LogError(e, "Looking how visitors at home get in failed; it is tried again"), stoppingToken);

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var wanted = WantedNow();
        if (wanted != _seen) (_seen, _withheldSince, _closed) = (wanted, null, 0);
        var withheld = await WithheldAsync(wanted, cancellationToken);
        var isClosed = wanted.Door is { } door && !await LeadsBackAsync(door, cancellationToken);
        _withheldSince = withheld is null ? null : _withheldSince ?? time.GetTimestamp();
        _closed = isClosed ? _closed + 1 : 0;
        // One look may have met a router that was busy, or had only just been told.
        var facts = new HomeFacts(_withheldSince is { } since && time.GetElapsedTime(since) >= ForgottenAfter ? withheld : null,
            _closed >= 2 ? $"From inside, {new IPEndPoint(wanted.Door!.Address, wanted.Door.Port)} does not lead here{(wanted.V6 is null ? "" : "; over IPv6 devices at home get in by the name all the same")}." : null);
        status.Update(s => s with { AtHome = facts });
        var next = time.After(time.GetTimestamp(), withheld is null && !isClosed ? Usual : Doubt);
        while (WantedNow() == wanted && time.Until(next) is { Ticks: > 0 } wait) await _bell.WaitAsync(wanted == default ? null : wait, cancellationToken);
    }

    private Wanted WantedNow()
    {
        if (status.Current is not { IsClaimed: true, Name: { } name } now) return default;
        var door = now.Leases.FirstOrDefault(l => l is { Family: IpFamily.V4, IsOpen: true, IsTunnel: false } && name.V4.IsTrue && Evidence.IsPublished(l, now) && !l.Address!.Equals(l.Local?.Address));
        return new Wanted(name.Name, Said(name.V4), Said(name.V6), door is null ? null : Evidence.Target(door, now, scopes));
    }

    private static IPAddress? Said(NameAddress address) => address.IsTrue ? address.Published : null;

    /// <summary>What the network's resolver keeps to itself, in words; null: nothing, or nobody answers. An old address is only old.</summary>
    private async Task<string?> WithheldAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        foreach (var address in new[] { wanted.V6, wanted.V4 })
        {
            if (address is not null && await ask(wanted.Name, address.Family(), cancellationToken) is []) return $"This network's resolver does not give {address} away, although the name servers of {wanted.Name} do.";
        }
        return null;
    }

    /// <summary>Whether this gateway comes to itself by its public address.</summary>
    private async Task<bool> LeadsBackAsync(ProbeTarget door, CancellationToken cancellationToken)
    {
        using var challenge = challenges.Issue();
        if (challenge is null) return true; // too many looks are under way: nothing is known
        using var patience = new CancellationTokenSource(Look.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try { return await ChallengeClient.DialAsync(door, challenge.Nonce, either.Token) == challenge.Answer; }
        catch (LookException) { return false; }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return false; }
    }

    /// <summary>What visitors at home should find.</summary>
    private readonly record struct Wanted(string Name, IPAddress? V4, IPAddress? V6, ProbeTarget? Door);
}
