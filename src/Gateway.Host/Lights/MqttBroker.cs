using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Gateway.Host.Lights;

/// <summary>Which broker the gateway talks to, and how.</summary>
/// <param name="Name">For the log: never with a password.</param>
/// <param name="IsEmbedded">Whether it is the gateway's own, through its socket file.</param>
internal sealed record MqttBroker(string Name, bool IsEmbedded, Func<MqttClientTcpOptions> Channel, string? User, string? Password)
{
    /// <summary>Often enough for a NAT to remember the connection; a broker that is silent for longer is gone (MQTT 5.0 section 3.1.2.10). A socket file needs none: it tells at once.</summary>
    public TimeSpan KeepAlive => IsEmbedded ? TimeSpan.Zero : TimeSpan.FromSeconds(60);

    /// <summary>Larger packets are not for us: the largest announcement, with room for its topic.</summary>
    private const uint MaxPacketBytes = 256 * 1024;

    public static MqttBroker Of(Settings settings)
    {
        var data = settings.Text("data.path")!;
        if (settings.Text("mqtt.broker") is not { } address || address == MqttSettings.Embedded) return new MqttBroker("the embedded broker", true, () => Socket(Path.Combine(data, "mqtt.sock")), null, null);
        var uri = new Uri(address);
        var tls = uri.Scheme == "mqtts";
        var port = uri.Port > 0 ? uri.Port : tls ? 8883 : 1883;
        var ca = settings.Text("mqtt.ca");
        return new MqttBroker($"the broker {uri.Host}:{port}", false, () => Tcp(uri.IdnHost, port, tls, ca), Uri.UnescapeDataString(uri.UserInfo) is { Length: > 0 } user ? user : null, settings.Text("mqtt.password"));
    }

    /// <summary>The options of one connection. The will makes the broker say "offline" when we no longer can.</summary>
    public MqttClientOptions Options(string clientId, string statusTopic, MqttProtocolVersion version) => new()
    {
        ChannelOptions = Channel(),
        ClientId = clientId,
        Credentials = User is null ? null : new MqttClientCredentials(User, Password is null ? null : System.Text.Encoding.UTF8.GetBytes(Password)),
        ProtocolVersion = version,
        CleanSession = true,
        KeepAlivePeriod = KeepAlive,
        MaximumPacketSize = version == MqttProtocolVersion.V500 ? MaxPacketBytes : 0,
        WillTopic = statusTopic,
        WillPayload = "offline"u8.ToArray(),
        WillRetain = true,
        WillQualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        AllowPacketFragmentation = false,
    };

    private static MqttClientTcpOptions Socket(string path) => new()
    {
        RemoteEndpoint = new UnixDomainSocketEndPoint(path),
        AddressFamily = AddressFamily.Unix,
        ProtocolType = ProtocolType.Unspecified,
        LingerState = new LingerOption(false, 0),
        TlsOptions = new MqttClientTlsOptions { UseTls = false },
    };

    private static MqttClientTcpOptions Tcp(string host, int port, bool tls, string? ca) => new()
    {
        RemoteEndpoint = new DnsEndPoint(host, port),
        // The library's default resets the connection at its end, and with it the last "offline".
        LingerState = new LingerOption(false, 0),
        TlsOptions = new MqttClientTlsOptions
        {
            UseTls = tls,
            TargetHost = host,
            TrustChain = ca is null ? null : Authorities(ca),
            // A home's own authority has no revocation list, and an unreachable one must not darken the house.
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };

    private static X509Certificate2Collection Authorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities;
    }
}
