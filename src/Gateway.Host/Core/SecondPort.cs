using System.Globalization;

namespace Gateway.Host.Core;

/// <summary>
/// A second port for HTTPS, listened on only while a way in needs it: many routers open no IPv6 pinhole to a port below 1024 by UPnP
/// (UPnP WANIPv6FirewallControl:1 leaves that to the maker, and miniupnpd refuses), and some lead none to such a port over IPv4 either. A server's endpoints are configuration, and this is a piece of it.
/// </summary>
public sealed class SecondPort : ConfigurationProvider, IConfigurationSource
{
    /// <summary>The usual second port of HTTPS.</summary>
    public const int Port = 8443;

    /// <summary>The endpoint's name in the server's configuration.</summary>
    public const string Endpoint = "SecondPort";

    private const string Url = $"Endpoints:{Endpoint}:Url";

    private readonly Lock _lock = new();
    private readonly HashSet<string> _ways = new(StringComparer.Ordinal);

    /// <summary>Whether it is wanted now.</summary>
    public bool IsWanted => Data.ContainsKey(Url);

    /// <summary>Opens the port while any way in wants it, and closes it again; connections that are open on it go on for a moment.</summary>
    public void Want(string way, bool wanted)
    {
        lock (_lock)
        {
            if (wanted ? !_ways.Add(way) || _ways.Count > 1 : !_ways.Remove(way) || _ways.Count > 0) return;
            Set(wanted);
        }
    }

    private void Set(bool wanted)
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        // "http" is the transport: TLS is added by whoever configures the endpoint, as for the other ports.
        if (wanted) data[Url] = string.Create(CultureInfo.InvariantCulture, $"http://*:{Port}");
        Data = data;
        OnReload();
    }

    /// <inheritdoc />
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
