using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>Finds the router's services, first where they were the last time.</summary>
internal sealed class IgdDiscovery(MappingWish wish, int ssdpPort, TimeProvider time)
{
    private readonly RouterHttp _http = new(wish.Local.Address, wish.Router.Gateway!, time);
    private readonly SsdpSearch _search = new(wish, ssdpPort, time);
    private Uri? _location;

    /// <summary>All services of which the type contains one of <paramref name="types"/>; at least one. Throws <see cref="RouterSilentException"/>.</summary>
    public async Task<IReadOnlyList<IgdService>> FindAsync(string[] types, CancellationToken cancellationToken)
    {
        if (_location is { } known && await DescribedAtAsync(known, types, cancellationToken) is { Count: > 0 } again) return again;
        await foreach (var location in _search.FindAsync(cancellationToken))
        {
            if (await DescribedAtAsync(location, types, cancellationToken) is not { Count: > 0 } services) continue;
            _location = location;
            return services;
        }
        throw new RouterSilentException($"{wish.TheRouter} does not speak UPnP.")
        {
            Remark = _search.Stranger is { } stranger ? $"{stranger} poses as a router; it is not believed." : "",
        };
    }

    private async Task<IReadOnlyList<IgdService>> DescribedAtAsync(Uri location, string[] types, CancellationToken cancellationToken)
    {
        try
        {
            var description = await _http.GetAsync(location, cancellationToken);
            return [.. DeviceDescription.Services(description.Body, location, wish.Router.Gateway!)
                .Where(s => types.Any(t => s.Type.Contains(t, StringComparison.OrdinalIgnoreCase))).Select(s => new IgdService(s, _http))];
        }
        catch (RouterSilentException) { return []; }
    }
}
