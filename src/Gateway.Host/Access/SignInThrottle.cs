using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>
/// How often a password may be tried. A known device (OWASP's "device cookies") counts by itself. Everybody else counts by source,
/// by account and by all together, apart for this machine, the home network and outside: so strangers, even a whole tunnel's worth behind
/// one address, can use up the attempts of strangers but never those of the owner's phone, nor those from home.
/// </summary>
internal sealed class SignInThrottle(TimeProvider time)
{
    private readonly TokenBuckets _devices = new(10, TimeSpan.FromMinutes(1), time);
    private readonly Zone _thisMachine = new(time), _home = new(time), _outside = new(time);

    /// <summary>Claim codes, by source. A generated one cannot be guessed anyhow; an owner's own words need this.</summary>
    public TokenBuckets ClaimCodes { get; } = new(10, TimeSpan.FromSeconds(10), time);

    /// <summary>Asks for an attempt: how long to wait, or null with the attempt counted.</summary>
    /// <param name="from">Where the client is.</param>
    /// <param name="account">The name that it wants to be.</param>
    /// <param name="device">Its id when it has proven to be a known device of that account.</param>
    public TimeSpan? Take(ClientOrigin from, string account, string? device)
    {
        if (device is not null) return _devices.Take(device);
        var zone = ZoneOf(from);
        if (zone.Sources.Take(from.Source) is { } bySource) return bySource;
        if (zone.Accounts.Take(account) is { } byAccount)
        {
            zone.Sources.GiveBack(from.Source);
            return byAccount;
        }
        if (zone.All.Take("") is not { } byAll) return null;
        zone.Sources.GiveBack(from.Source);
        zone.Accounts.GiveBack(account);
        return byAll;
    }

    /// <summary>The attempt was right, or was not made after all: it does not count.</summary>
    public void GiveBack(ClientOrigin from, string account, string? device)
    {
        if (device is not null)
        {
            _devices.GiveBack(device);
            return;
        }
        var zone = ZoneOf(from);
        zone.Sources.GiveBack(from.Source);
        zone.Accounts.GiveBack(account);
        zone.All.GiveBack("");
    }

    private Zone ZoneOf(ClientOrigin from) => from.Kind switch
    {
        OriginKind.LocalSocket or OriginKind.ThisMachine => _thisMachine,
        OriginKind.HomeNetwork => _home,
        _ => _outside,
    };

    private sealed class Zone(TimeProvider time)
    {
        public TokenBuckets Sources { get; } = new(20, TimeSpan.FromSeconds(30), time);
        public TokenBuckets Accounts { get; } = new(10, TimeSpan.FromMinutes(1), time);
        public TokenBuckets All { get; } = new(60, TimeSpan.FromSeconds(5), time, size: 1);
    }
}
