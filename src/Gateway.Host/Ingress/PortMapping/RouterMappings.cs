using Gateway.Host.Core;
using Gateway.Host.Ingress.PortMapping.Upnp;

namespace Gateway.Host.Ingress.PortMapping;

/// <summary>Reads what the router has opened, for this gateway and for strangers. Only UPnP tells that.</summary>
internal sealed class RouterMappings(StatusStore status, SettingsStore settings, AddressScopes scopes, TimeProvider time)
{
    /// <summary>Longer tables are cut: nobody reads them.</summary>
    private const int Most = 100;

    /// <summary>See <see cref="ListRouterMappings"/>.</summary>
    public async Task<IReadOnlyList<RouterMapping>?> ListAsync(CancellationToken cancellationToken) =>
        PortMapPlan.Of(status.Current.Network, settings.Current, scopes).Wish is { } wish ? await ReadAsync(wish, new RouterPorts(), time, cancellationToken) : null;

    /// <summary>What the router that a wish would go to has opened; null when it does not tell.</summary>
    public static async Task<IReadOnlyList<RouterMapping>?> ReadAsync(MappingWish wish, RouterPorts ports, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var services = await new IgdDiscovery(wish, ports.Ssdp, time).FindAsync([":WANIPConnection:", ":WANPPPConnection:"], cancellationToken);
            var mappings = new List<RouterMapping>();
            foreach (var connection in services.Select(s => new WanConnection(s)))
            {
                for (var place = 0; mappings.Count < Most && await connection.EntryAsync(place, cancellationToken) is { } mapping; place++)
                    if (!mappings.Contains(mapping)) mappings.Add(mapping);
                    else if (place >= Most) break; // a router that gives the same for every place
            }
            return mappings;
        }
        catch (RouterSilentException) { return null; }
    }
}
