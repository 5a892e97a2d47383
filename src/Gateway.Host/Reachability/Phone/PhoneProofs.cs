using System.Net;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Phone;

/// <summary>
/// A signed-in person's own device, coming from outside through the public name, carries a nonce round: that proves the way it came. No stranger can: the nonce is given to who has signed in,
/// and counts only where it comes in from outside, over HTTPS, by the way for which it was given.
/// </summary>
internal sealed class PhoneProofs(Challenges challenges, StatusStore status, SettingsStore settings, AddressScopes scopes, OwnNetworks own, TimeProvider time)
{
    /// <summary>So many devices are remembered for each way in.</summary>
    public const int Remembered = 8;

    /// <summary>One person's proofs: 6 at once, then one every ten seconds; a page sends one a minute.</summary>
    public TokenBuckets Pace { get; } = new(6, TimeSpan.FromSeconds(10), time);

    /// <summary>What would be proven by whoever comes like this; null with the reason why nothing would be, in words.</summary>
    /// <param name="origin">Where the device is.</param>
    /// <param name="local">Where it arrived on this machine.</param>
    /// <param name="host">By which name and port it called.</param>
    public (ProbeTarget? Target, string Why) Judge(ClientOrigin origin, IPEndPoint local, HostString host)
    {
        if (!origin.IsOutside || origin.Kind == OriginKind.Unknown) return (null, "This device is at home: try it over mobile data, with Wi-Fi turned off.");
        if (origin is { Kind: OriginKind.OutsideDirect, Address: { } address } && (!scopes.IsPublic(address) || own.Contains(address)))
            return (null, $"This device comes with this home's own address ({address}), so it is at home, or behind the same router: try it over mobile data, with Wi-Fi turned off.");
        var name = host.Host.TrimEnd('.').ToLowerInvariant();
        if (!PublicNames.Of(settings.Current).Any(n => n.Name == name)) return (null, "This device did not come by the gateway's public name.");
        var s = status.Current;
        if (s.Names.FirstOrDefault(n => n.Name == name) is not { } facts) return (null, $"Nothing is known yet of where {name} leads.");
        var lease = s.Leases.FirstOrDefault(l => IsBy(l, origin, local) && l.Port == (host.Port ?? 443) && l.IsOpen && l.Address!.Equals(facts[l.Family].Published));
        return lease is not null && Evidence.Target(lease, s, scopes) is { } target ? (target, "") : (null, $"The way by which this device came is none to which {name} leads.");
    }

    /// <summary>Gives a nonce to a person's device; null while too many are on their way. When it comes in, it is a proof.</summary>
    public string? Issue(Caller caller, ProbeTarget target, HostString host)
    {
        var (vantage, at, started) = ($"{caller.Name}'s {caller.Device}", time.GetUtcNow(), time.GetTimestamp());
        return challenges.Issue(arrival =>
        {
            if (!arrival.IsHttps || Judge(arrival.Origin, arrival.Local, host).Target != target) return; // it has moved meanwhile, or the way is another by now
            Add(new Observation(vantage, VantageKind.Phone, target, ProbeOutcome.Reached, at, started, $"It came in by {target.Name} to {new IPEndPoint(target.Address, target.Port)}."));
        })?.Nonce;
    }

    /// <summary>Puts a proof in; of the devices that have proven this way, the oldest is forgotten.</summary>
    private void Add(Observation proof) => status.Update(s =>
    {
        var all = Evidence.With(s, proof, scopes);
        var old = all.Where(o => o.Kind == VantageKind.Phone && o.Target == proof.Target).Select(o => o.Vantage).Distinct(StringComparer.Ordinal).Skip(Remembered).ToHashSet(StringComparer.Ordinal);
        return s with { Observations = [.. all.Where(o => o.Kind != VantageKind.Phone || o.Target != proof.Target || !old.Contains(o.Vantage))] };
    });

    /// <summary>Whether who arrives like this came by this lease.</summary>
    private static bool IsBy(IngressLease lease, ClientOrigin origin, IPEndPoint local) =>
        origin.Tunnel is { } tunnel ? lease.Way == tunnel : lease.Family == local.Address.Family() && lease.LeadsTo(local);
}
