using System.Collections.Frozen;
using System.Net;
using Gateway.Host.Core;

namespace Gateway.Host.Access;

/// <summary>
/// The names that may stand in a request's Host. A page of somebody else that makes its own name point here (DNS rebinding) carries that name;
/// an address instead of a name cannot be rebound.
/// </summary>
internal sealed class HostAllowList
{
    private volatile Names _near = new([]), _outside = new([]);

    public HostAllowList(SettingsStore settings)
    {
        settings.OnChange(Read);
        Read(settings.Current);
    }

    /// <param name="host">As in the request. The last good one is remembered, as one client says the same each time.</param>
    /// <param name="isOutside">Whoever comes from outside knows the gateway by its public names, never by those of the home.</param>
    public bool Allows(HostString host, bool isOutside)
    {
        if (host.Value is null) return false;
        var names = isOutside ? _outside : _near;
        if (host.Value == names.LastAllowed) return true;
        if (!names.Have(host.Host) && !IsAddress(host.Host)) return false;
        names.LastAllowed = host.Value;
        return true;
    }

    private static bool IsAddress(string host) =>
        host.StartsWith('[') ? host.EndsWith(']') && IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out _)
        // Four plain numbers: IPAddress.Parse would take "1" and "0x7f.1" too.
        : IPAddress.TryParse(host, out var address) && address.ToString() == host;

    private void Read(Settings settings)
    {
        var machine = Environment.MachineName;
        string[] names = [.. settings.List(AccessSettings.Hosts), .. PublicNames.Of(settings).Select(n => n.Name), .. PublicNames.Others(settings)];
        _outside = new Names(names.ToFrozenSet(StringComparer.OrdinalIgnoreCase));
        _near = new Names(names.Concat(["localhost", "gateway.local", machine, machine + ".local"]).ToFrozenSet(StringComparer.OrdinalIgnoreCase));
    }

    private sealed class Names(FrozenSet<string> all)
    {
        public string? LastAllowed { get; set; }

        public bool Have(string host) => all.Contains(host) || (host.EndsWith('.') && all.Contains(host[..^1]));
    }
}
