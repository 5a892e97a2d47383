using System.Net;
using System.Net.Sockets;

namespace Gateway.Host.Ingress.PortMapping.Upnp;

/// <summary>
/// Addresses that somebody on the network told us: only those on the router itself are taken, so that no liar
/// can make us send requests elsewhere.
/// </summary>
internal static class RouterUrl
{
    private const int Longest = 1024;

    /// <summary>
    /// What <paramref name="text"/> means on the router; null when it lies elsewhere or is no plain <c>http://</c>. Over IPv6 a router tells its
    /// global address and is known to us by its link-local one: port and path are taken, the host is ours.
    /// </summary>
    /// <param name="text">Whole, or relative to <paramref name="relativeTo"/>.</param>
    /// <param name="relativeTo">Null where only a whole one makes sense.</param>
    /// <param name="router">The default route's gateway.</param>
    public static Uri? Read(string? text, Uri? relativeTo, IPAddress router)
    {
        text = text?.Trim();
        if (text is null or "" or { Length: > Longest }) return null;
        if (!(relativeTo is null ? Uri.TryCreate(text, UriKind.Absolute, out var url) : Uri.TryCreate(relativeTo, text, out url))) return null;
        if (url.Scheme != Uri.UriSchemeHttp || url.UserInfo.Length > 0 || url.Port is < 1 or > 65535 || !IPAddress.TryParse(url.DnsSafeHost, out var host)) return null;
        if (router.AddressFamily == AddressFamily.InterNetwork) return host.Equals(router) ? url : null;
        return host.AddressFamily == AddressFamily.InterNetworkV6 ? new Uri($"http://[{new IPAddress(router.GetAddressBytes())}]:{url.Port}{url.PathAndQuery}") : null;
    }
}
