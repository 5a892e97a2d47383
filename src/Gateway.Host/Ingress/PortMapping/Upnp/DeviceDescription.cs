using System.Buffers;
using System.Net;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>A service of the router.</summary>
/// <param name="Type">Such as <c>urn:schemas-upnp-org:service:WANIPConnection:1</c>, exactly as the router writes it.</param>
/// <param name="Control">Where it is commanded: on the router.</param>
internal sealed record ServiceDescription(string Type, Uri Control);

/// <summary>The document in which a UPnP device describes itself (Device Architecture 1.1, section 2.3).</summary>
internal static class DeviceDescription
{
    private const int MostServices = 32, LongestType = 128;
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._-");

    /// <summary>The services whose commands go to the router itself, each place once.</summary>
    public static IReadOnlyList<ServiceDescription> Services(string document, Uri location, IPAddress router)
    {
        var elements = RouterXml.Elements(document);
        var relativeTo = RouterUrl.Read(elements.Text("URLBase"), null, router) ?? location;
        var services = new List<ServiceDescription>();
        var (type, control) = ("", "");
        foreach (var (name, text) in elements)
        {
            if (name.Equals("serviceType", StringComparison.OrdinalIgnoreCase)) type = text;
            else if (name.Equals("controlURL", StringComparison.OrdinalIgnoreCase)) control = text;
            else if (name.Equals("service", StringComparison.OrdinalIgnoreCase))
            {
                // The type goes into a header and a document.
                if (type.Length is > 0 and <= LongestType && !type.AsSpan().ContainsAnyExcept(Plain) && RouterUrl.Read(control, relativeTo, router) is { } url
                    && services.Count < MostServices && !services.Exists(s => s.Type == type && s.Control == url)) services.Add(new ServiceDescription(type, url));
                (type, control) = ("", "");
            }
        }
        return services;
    }
}
