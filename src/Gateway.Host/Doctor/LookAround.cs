using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Doctor;

/// <summary>
/// What is found out only because somebody asks: what resolvers remember, how the router looks from outside, what it has opened for
/// whom. One round at a time, and none more often than every <see cref="Rest"/>: whoever asks meanwhile gets the same answer.
/// </summary>
internal sealed class LookAround(StatusStore store, TimeProvider time, ILogger<LookAround> logger, AddressScopes scopes, AskResolvers? ask = null, KnockFromOutside? knock = null, ListRouterMappings? list = null)
{
    /// <summary>How long a round's answer is used.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    /// <summary>A part that takes longer is not known.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>Where routers have their admin pages: HTTP, HTTPS, its usual other port, and TR-069, by which providers manage them.</summary>
    private static readonly int[] RouterPorts = [80, 443, 8080, 7547];

    private readonly Lock _lock = new();
    private Task<LookView>? _round;
    private long _began;

    public Task<LookView> LookAsync()
    {
        lock (_lock)
        {
            if (_round is { IsFaulted: false } && (!_round.IsCompleted || time.GetElapsedTime(_began) < Rest)) return _round;
            _began = time.GetTimestamp();
            return _round = RoundAsync(store.Current);
        }
    }

    private async Task<LookView> RoundAsync(GatewayStatus status)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        var (resolvers, doors, mappings) = (ResolversAsync(status, patience.Token), DoorsAsync(status, patience.Token), MappingsAsync(status, patience.Token));
        var look = new LookView(await resolvers, await doors, await mappings);
        return look with { Facts = Sections.Of(look) };
    }

    private async Task<IReadOnlyList<ResolverView>> ResolversAsync(GatewayStatus status, CancellationToken cancellationToken)
    {
        if (ask is null || status.Name is not { } name) return [];
        IpFamily[] families = [.. new[] { IpFamily.V4, IpFamily.V6 }.Where(f => name[f] is { Wanted: not null } or { Published: not null } or { Old: not null })];
        return [.. (await TryAsync(() => ask(name.Name, families, cancellationToken)) ?? []).Select(a => View(a, name[a.Family]))];
    }

    private static ResolverView View(ResolverAnswer answer, NameAddress record)
    {
        var seconds = answer.TimeToLive is { } left ? Math.Ceiling(left.TotalSeconds) : (double?)null;
        var (state, words) = answer.Addresses switch
        {
            null => ("unknown", answer.Words),
            [] when record.Wanted is null => ("right", "says that there is no such address"),
            [] => ("wrong", "says that there is no such address"),
            var all when record.Wanted is { } wanted && all.All(wanted.Equals) => ("right", "gives the right address"),
            var all when record.Old is { } old && all.Contains(old) => ("old", $"still gives the old address, for at most {seconds:0} s"),
            _ => ("wrong", $"gives another address, for at most {seconds:0} s"),
        };
        return new ResolverView(answer.Resolver, (int)answer.Family, state, [.. (answer.Addresses ?? []).Select(a => a.ToString())], seconds, words);
    }

    private async Task<IReadOnlyList<RouterDoorView>?> DoorsAsync(GatewayStatus status, CancellationToken cancellationToken)
    {
        // Nobody's address but this home's own: what the router says, or what was seen from outside.
        var address = status.Leases.Where(l => l is { Family: IpFamily.V4, IsOpen: true }).Select(l => l.Address)
            .Concat(status.Seen.Where(s => s.Family == IpFamily.V4).OrderByDescending(s => s.Timestamp).Select(s => s.Address)).FirstOrDefault(a => a is not null && scopes.IsPublic(a));
        if (knock is null || address is null) return null;
        var seen = await TryAsync(() => knock([.. RouterPorts.Select(p => new IPEndPoint(address, p))], cancellationToken));
        if (seen is not { Count: > 0 }) return null;
        return [.. seen.Select(d =>
        {
            var ours = status.Leases.Any(l => l.IsOpen && l.Port == d.Door.Port && d.Door.Address.Equals(l.Address));
            return new RouterDoorView(d.Vantage, d.Door.Address.ToString(), d.Door.Port, d.IsOpen, ours, Words(d, ours));
        })];
    }

    private static string Words(DoorSeen door, bool ours) => door.IsOpen switch
    {
        null => door.Words,
        false => "closed, as it should be",
        true when ours => "open: this gateway's own door",
        true => door.Door.Port == 7547
            ? "open: by this door providers manage routers (TR-069), and attackers try it; ask your provider to close it to strangers"
            : "open: perhaps the router's admin page; switch off remote administration in its settings",
    };

    private async Task<IReadOnlyList<RouterMappingView>?> MappingsAsync(GatewayStatus status, CancellationToken cancellationToken)
    {
        if (list is null) return null;
        var mappings = await TryAsync(() => list(cancellationToken));
        return mappings is null ? null : [.. mappings.Take(100).Select(m => new RouterMappingView(m.Protocol, m.Port, m.Target?.ToString(), m.Description,
            m.Target is { } target && status.Network.Interfaces.Any(i => i.Addresses.Any(a => a.Address.Equals(target.Address)))))];
    }

    private async Task<T?> TryAsync<T>(Func<Task<T>> question) where T : class?
    {
        try { return await question(); }
        catch (OperationCanceledException) { return null; }
#pragma warning disable CA1031 // A part that fails is a part that is not known; the others stand.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogWarning(e, "A question of the doctor's failed");
            return null;
        }
    }
}
