using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>An entry of the router's table.</summary>
/// <param name="Client">Where it leads; null when the router names no address.</param>
/// <param name="Port">To which port there.</param>
/// <param name="IsEnabled">Whether it is switched on.</param>
/// <param name="Lease">How long it has left; null: it does not end, or the router does not tell.</param>
internal sealed record TableEntry(IPAddress? Client, int Port, bool IsEnabled, TimeSpan? Lease)
{
    /// <summary>Whether it leads here.</summary>
    public bool LeadsTo(IPEndPoint local) => Port == local.Port && (Client is null || Client.Equals(local.Address));
}

/// <summary>A connection of the router to the outside: the actions of WANIPConnection (IGD 1 section 2.4, IGD 2 section 2.5) and WANPPPConnection that a mapping needs.</summary>
internal sealed class WanConnection(IgdService service)
{
    private const string Tcp = "TCP"; // upper case: some take nothing else

    /// <summary>In words.</summary>
    public string Method { get; } = $"UPnP IGD {Math.Clamp(service.Version, 1, 2)}";

    /// <summary>Whether the router says that it is up; null when it does not tell.</summary>
    public async Task<bool?> IsConnectedAsync(CancellationToken cancellationToken)
    {
        try
        {
            var status = (await service.CallAsync("GetStatusInfo", [], cancellationToken)).Text("NewConnectionStatus");
            return status is null ? null : status.Equals("Connected", StringComparison.OrdinalIgnoreCase) || status.Equals("Up", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is SoapFaultException or RouterSilentException) { return null; }
    }

    /// <summary>The outside address; unspecified when the router has none or tells nonsense.</summary>
    public async Task<IPAddress> ExternalAddressAsync(CancellationToken cancellationToken)
    {
        try { return Address((await service.CallAsync("GetExternalIPAddress", [], cancellationToken)).Text("NewExternalIPAddress")) ?? IPAddress.Any; }
        catch (SoapFaultException e) when (e.Code != 0) { return IPAddress.Any; }
    }

    /// <summary>Opens a port. A lease of zero does not end.</summary>
    public Task AddAsync(int externalPort, IPEndPoint local, TimeSpan lease, CancellationToken cancellationToken) => service.CallAsync("AddPortMapping",
    [
        .. Entry(externalPort), ("NewInternalPort", Number(local.Port)), ("NewInternalClient", local.Address.ToString()),
        ("NewEnabled", "1"), ("NewPortMappingDescription", $"gateway {local.Port}"), ("NewLeaseDuration", Number((int)lease.TotalSeconds)),
    ], cancellationToken);

    /// <summary>What the router's table says of a port.</summary>
    public async Task<TableEntry> FindAsync(int externalPort, CancellationToken cancellationToken)
    {
        var found = await service.CallAsync("GetSpecificPortMappingEntry", [.. Entry(externalPort)], cancellationToken);
        return new TableEntry(Address(found.Text("NewInternalClient")), Parse(found.Text("NewInternalPort")) ?? 0,
            !(found.Text("NewEnabled") ?? "1").Equals("false", StringComparison.OrdinalIgnoreCase) && found.Text("NewEnabled") is not "0",
            Parse(found.Text("NewLeaseDuration")) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    /// <summary>An entry of the router's table by its place, from 0; null behind the last. What an entry lacks is left empty.</summary>
    public async Task<RouterMapping?> EntryAsync(int place, CancellationToken cancellationToken)
    {
        try
        {
            var found = await service.CallAsync("GetGenericPortMappingEntry", [("NewPortMappingIndex", Number(place))], cancellationToken);
            var (client, port) = (Address(found.Text("NewInternalClient")), Parse(found.Text("NewInternalPort")));
            return new RouterMapping(Plain(found.Text("NewProtocol"), 8), Parse(found.Text("NewExternalPort")) ?? 0, client is not null && port is > 0 and <= 65535 ? new IPEndPoint(client, port.Value) : null, Plain(found.Text("NewPortMappingDescription"), 64));
        }
        catch (SoapFaultException) { return null; }
    }

    /// <summary>Closes a port.</summary>
    public Task DeleteAsync(int externalPort, CancellationToken cancellationToken) => service.CallAsync("DeletePortMapping", [.. Entry(externalPort)], cancellationToken);

    private static (string, string)[] Entry(int externalPort) => [("NewRemoteHost", ""), ("NewExternalPort", Number(externalPort)), ("NewProtocol", Tcp)];

    private static string Plain(string? text, int longest) => string.Concat((text ?? "").Where(c => !char.IsControl(c)).Take(longest));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int? Parse(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Four numbers: the forms of inet_aton(3) are nonsense here.</summary>
    private static IPAddress? Address(string? text) =>
        text?.Count(c => c == '.') == 3 && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork ? address : null;
}
