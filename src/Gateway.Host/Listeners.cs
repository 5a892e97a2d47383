using System.Net;
using System.Net.Sockets;
using Gateway.Host.Broker;
using Gateway.Host.Certificates;
using Gateway.Host.Core;
using Gateway.Host.Ingress.Tunnels;
using Gateway.Host.Reachability.Friends.Lending;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Host;

/// <summary>Every door of the process, each marked with where its clients come from.</summary>
internal static class Listeners
{
    /// <summary><c>sun_path</c> has 108 bytes, the last of them 0 (unix(7)).</summary>
    public const int LongestSocketPath = 107;

    /// <summary>A TLS handshake takes a phone on a train two seconds; one that takes longer holds a place for nothing.</summary>
    private static readonly TimeSpan HandshakeWithin = TimeSpan.FromSeconds(10);

    /// <summary>The door for who may read the data folder: the commands of this program.</summary>
    public static string SocketPath(Settings settings) => SocketPath(settings.Text("data.path")!);

    /// <inheritdoc cref="SocketPath(Settings)" />
    public static string SocketPath(string dataPath) => Path.Combine(dataPath, "gateway.sock");

    public static void Configure(KestrelServerOptions kestrel, Settings settings)
    {
        kestrel.AddServerHeader = false;
        ServerLimits.Apply(kestrel.Limits);
        foreach (var uri in settings.List("http.listen").Select(a => Parse(a)!)) Listen(kestrel, uri.Host, uri.Port, uri.Scheme == Uri.UriSchemeHttps ? Https : Http);
        ListenOnSecondPort(kestrel);
        if (ServesHttps(settings)) kestrel.ApplicationServices.GetRequiredService<TunnelListeners>().Listen(kestrel, TunnelsFeature.Doors(settings), Https);
        var socket = SocketPath(settings);
        File.Delete(socket);
        kestrel.ListenUnixSocket(socket, o => o.MarkOrigin(ListenerRole.Network));
        if (BrokerFeature.IsEmbedded(settings)) ListenMqtt(kestrel, settings);
    }

    public static void Configure(SocketTransportOptions sockets)
    {
        sockets.CreateBoundListenSocket = Bind;
        // A sender that never pauses is read so far, then the next connection has its turn: with the default of 1 MB ten of them hold up everybody for 30 ms on one core.
        sockets.MaxReadBufferSize = 32 * 1024;
    }

    /// <summary>Binds a listener. A socket file is its owner's alone before anyone can connect: that begins with listen(2).</summary>
    private static Socket Bind(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (endpoint is UnixDomainSocketEndPoint file) File.SetUnixFileMode(file.ToString(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return socket;
    }

    private static void ListenMqtt(KestrelServerOptions kestrel, Settings settings)
    {
        static void Options(ListenOptions o) => Guard(o, ListenerRole.Network).UseConnectionHandler<MqttConnectionHandler>();
        var socket = BrokerFeature.SocketPath(settings);
        File.Delete(socket);
        kestrel.ListenUnixSocket(socket, Options);
        if (settings.Text("mqtt.listen") is not { } address || SettingChecks.HostAndPort(address) is not var (host, port)) return;
        Listen(kestrel, host, port, Options);
    }

    private static ListenOptions Guard(ListenOptions listener, ListenerRole role)
    {
        listener.MarkOrigin(role);
        listener.ApplicationServices.GetRequiredService<MemoryRelease>().Watch(listener);
        listener.ApplicationServices.GetRequiredService<ArrivalPace>().Guard(listener);
        return listener;
    }

    /// <summary>Reads <c>http://ADDRESS:PORT</c>; null when it is not that. Host <c>*</c> becomes <c>[::]</c>.</summary>
    public static Uri? Parse(string address) =>
        Uri.TryCreate(address.Replace("//*", "//[::]", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri is { Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "", Fragment: "" }
        && (uri.Host == "localhost" || IPAddress.TryParse(uri.Host, out _)) ? uri : null;

    /// <summary>Listens at an address as it is configured.</summary>
    public static void Listen(KestrelServerOptions kestrel, string host, int port, Action<ListenOptions> options)
    {
        if (host == "localhost") kestrel.ListenLocalhost(port, options);
        else if (host is "*" or "[::]") kestrel.ListenAnyIP(port, options); // IPv4 alone where the kernel has no IPv6
        else kestrel.Listen(IPAddress.Parse(host), port, options);
    }

    /// <summary>Whether anything is served over HTTPS.</summary>
    public static bool ServesHttps(Settings settings) => settings.List("http.listen").Any(url => url.StartsWith("https:", StringComparison.Ordinal));

    /// <summary>HTTPS once more, while a way in needs another port (<see cref="SecondPort"/>).</summary>
    private static void ListenOnSecondPort(KestrelServerOptions kestrel)
    {
        var port = kestrel.ApplicationServices.GetRequiredService<SecondPort>();
        kestrel.Configure(new ConfigurationBuilder().Add(port).Build(), reloadOnChange: true).Endpoint(SecondPort.Endpoint, e => Https(e.ListenOptions));
    }

    /// <summary>Plain HTTP, for this machine and the home network alone; others are told where HTTPS is, once a browser would trust it.</summary>
    private static void Http(ListenOptions listener)
    {
        Guard(listener, ListenerRole.Network);
        var elsewhere = listener.ApplicationServices.GetRequiredService<RedirectOutside>();
        CutOutside(listener, unless: () => elsewhere.IsOn);
        listener.ApplicationServices.GetRequiredService<ConnectionQuota>().Guard(listener);
        elsewhere.Guard(listener);
    }

    /// <summary>HTTPS, for everybody once the gateway has an owner.</summary>
    private static void Https(ListenOptions listener) => Https(listener, ListenerRole.Network);

    /// <inheritdoc cref="Https(ListenOptions)" />
    private static void Https(ListenOptions listener, ListenerRole role)
    {
        Guard(listener, role);
        var status = listener.ApplicationServices.GetRequiredService<StatusStore>();
        CutOutside(listener, unless: () => status.Current.IsClaimed);
        listener.ApplicationServices.GetRequiredService<ConnectionQuota>().Guard(listener);
        if (role.IsReadable) return; // the provider has taken TLS off
        listener.ApplicationServices.GetRequiredService<LendDoor>().Guard(listener);
        listener.UseGatewayCertificate(HandshakeWithin);
    }

    /// <summary>Whoever comes from outside to a door that is not for him is cut before he has said anything.</summary>
    private static void CutOutside(ListenOptions listener, Func<bool> unless) => listener.Use(next => connection =>
    {
        if (!connection.Features.Get<ClientOrigin>()!.IsOutside || unless()) return next(connection);
        connection.Abort(new ConnectionAbortedException("This door is not for clients from outside."));
        return Task.CompletedTask;
    });
}
