using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Core;

/// <summary>Where a client comes from, from the most to the least trusted.</summary>
public enum OriginKind
{
    /// <summary>Not told apart; treated as outside.</summary>
    Unknown = 0,
    /// <summary>Through the gateway's own socket file, which only root and the service's user may open.</summary>
    LocalSocket,
    /// <summary>Over a loopback address of this machine.</summary>
    ThisMachine,
    /// <summary>From a private, link-local or on-link address.</summary>
    HomeNetwork,
    /// <summary>From the internet, straight to one of our addresses.</summary>
    OutsideDirect,
    /// <summary>From the internet through a tunnel that ends on this machine.</summary>
    OutsideTunnel,
}

/// <summary>What a listener is for; a tunnel's listener makes everything that arrives there "outside", whatever address it shows.</summary>
/// <param name="Tunnel">The tunnel that ends here; null for a listener of the network.</param>
public sealed record ListenerRole(string? Tunnel = null)
{
    /// <summary>Whether each connection begins with a <see cref="ProxyProtocol"/> header that says who really comes. A listener without this reads none: anybody could send one.</summary>
    public bool ReadsProxyHeader { get; init; }

    /// <summary>TLS has ended at the tunnel's provider, who reads and can change everything that arrives here.</summary>
    public bool IsReadable { get; init; }

    /// <summary>The tunnel's program writes the client's address into X-Forwarded-For, as the last one.</summary>
    public bool SaysWhoComes { get; init; }

    /// <summary>A listener that the network reaches.</summary>
    public static ListenerRole Network { get; } = new();
}

/// <summary>Where a client comes from: throttling, Host checks and exposure all ask this one.</summary>
/// <param name="Kind">How near it is.</param>
/// <param name="Address">Its true address as far as known; null on the local socket.</param>
/// <param name="Tunnel">The tunnel it came through.</param>
public sealed record ClientOrigin(OriginKind Kind, IPAddress? Address, string? Tunnel = null)
{
    /// <summary>Somebody between has read what arrives, and can have changed it: no secret of an owner's is safe here.</summary>
    public bool IsReadable { get; init; }

    /// <summary>Whether <c>X-Forwarded-For</c> may be believed: of a tunnel's own listener alone, whose program writes it.</summary>
    public bool SaysWhoComes { get; init; }

    /// <summary>Whether the client is not of this machine nor of the home network.</summary>
    public bool IsOutside => Kind is OriginKind.Unknown or OriginKind.OutsideDirect or OriginKind.OutsideTunnel;

    /// <summary>What throttling counts by: an IPv4 address, an IPv6 /64 (one subscriber's smallest share, RFC 6177), or the tunnel when it hides addresses.</summary>
    public string Source { get; } = Address switch
    {
        null => Tunnel ?? (Kind == OriginKind.LocalSocket ? "socket" : "unknown"),
        { AddressFamily: AddressFamily.InterNetworkV6 } v6 => v6.Network(64).ToString(),
        var v4 => v4.ToString(),
    };

    /// <summary>Whoever may open the local socket's file.</summary>
    public static ClientOrigin LocalSocket { get; } = new(OriginKind.LocalSocket, null);

    /// <summary>Judges a connection of a TCP listener or a tunnel by the listener's role and the client's address; what cannot be told is outside.</summary>
    public static ClientOrigin Of(EndPoint? remote, ListenerRole? role, Func<IPAddress, bool>? isOnLink = null)
    {
        var address = (remote as IPEndPoint)?.Address.Unmapped();
        if (role is null) return new ClientOrigin(OriginKind.Unknown, address);
        // A tunnel's program connects from this machine: its own address is not the client's.
        if (role.Tunnel is not null) return new ClientOrigin(OriginKind.OutsideTunnel, address is null || IPAddress.IsLoopback(address) ? null : address, role.Tunnel) { IsReadable = role.IsReadable, SaysWhoComes = role.SaysWhoComes };
        if (address is null) return new ClientOrigin(OriginKind.Unknown, null);
        if (IPAddress.IsLoopback(address)) return new ClientOrigin(OriginKind.ThisMachine, address);
        return new ClientOrigin(IsPrivate(address) || isOnLink?.Invoke(address) == true ? OriginKind.HomeNetwork : OriginKind.OutsideDirect, address);
    }

    /// <summary>RFC 1918, RFC 3927, RFC 4193 (fc00::/7) and RFC 4291 section 2.5.6 (fe80::/10). Not 100.64.0.0/10: that is the provider's network.</summary>
    public static bool IsPrivate(IPAddress address) => PrivateNetworks.Any(n => n.Contains(address));

    private static readonly IPNetwork[] PrivateNetworks =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];
}

/// <summary>Carries <see cref="ClientOrigin"/> from the listener to whoever asks.</summary>
public static class ClientOriginExtensions
{
    /// <summary>Marks every connection of this listener with its role. The origin is judged once a connection.</summary>
    public static ListenOptions MarkOrigin(this ListenOptions listener, ListenerRole role)
    {
        // The socket's file is told by the listener, never by a connection without an address.
        var isLocal = listener.SocketPath is not null && role.Tunnel is null;
        if (role.ReadsProxyHeader) ProxyProtocol.Expect(listener);
        var status = listener.ApplicationServices.GetService<StatusStore>(); // a beacon knows no neighbours
        listener.Use(next => connection =>
        {
            connection.Features.Set(isLocal ? ClientOrigin.LocalSocket : ClientOrigin.Of(connection.RemoteEndPoint, role, a => status?.Current.Network.IsOnLink(a) == true));
            return next(connection);
        });
        return listener;
    }

    /// <summary>Where this request's client comes from.</summary>
    public static ClientOrigin Origin(this HttpContext context) =>
        context.Features.Get<ClientOrigin>() ?? new ClientOrigin(OriginKind.Unknown, context.Connection.RemoteIpAddress);
}
