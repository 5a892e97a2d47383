using Gateway.Host.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MQTTnet.Protocol;

namespace Gateway.Host.Broker;

/// <summary>The embedded MQTT broker: its settings, its parts, its doors.</summary>
internal static class BrokerFeature
{
    /// <summary>The broker's own keys; the key <c>mqtt.broker</c> and what goes with a broker elsewhere are the lights'.</summary>
    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new("mqtt.listen", SettingKind.Text, "Where the embedded MQTT broker listens, without encryption: ADDRESS:PORT, `*:1883` for the whole network.")
            { Default = "127.0.0.1:1883", Check = SettingChecks.ListenAddress },
    ];

    /// <summary>Whether the gateway is its own broker.</summary>
    public static bool IsEmbedded(Settings settings) => settings.Text("mqtt.broker") is null or "embedded";

    /// <summary>The door for the gateway's own client, which may do everything there.</summary>
    public static string SocketPath(Settings settings) => Path.Combine(settings.Text("data.path")!, "mqtt.sock");

    public static void AddBroker(this IServiceCollection services)
    {
        services.TryAddSingleton(new BrokerLimits());
        services.TryAddSingleton<VerifyMqttToken>((_, _) => null); // Without Access nobody has a token.
        services.AddSingleton(p => new QueueBudget(p.GetRequiredService<BrokerLimits>().QueuedBytes));
        services.AddSingleton<SubscriptionIndex>();
        services.AddSingleton<SessionRegistry>();
        services.AddSingleton<RetainedMessages>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<ConnectionGate>();
        services.AddSingleton<ConnectionWatch>();
        services.AddSingleton<PacketHandler>();
        services.AddSingleton<ClientLoop>();
        services.AddSingleton<EmbeddedBroker>();
        services.AddHostedService<BrokerService>();
    }
}

/// <summary>Loads what was retained before the first client comes, and lets the clients go when the gateway stops.</summary>
internal sealed class BrokerService(RetainedMessages retained, SessionRegistry sessions, Metrics metrics, ConnectionWatch watch, IHostApplicationLifetime lifetime, ILogger<BrokerService> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Gauge("gateway_mqtt_clients", "Clients connected to the embedded broker", () => sessions.Connected);
        metrics.Gauge("gateway_mqtt_retained_messages", "Messages that the embedded broker keeps", () => retained.Count);
        logger.LogDebug("{Count} retained messages", retained.Count);
        lifetime.ApplicationStopping.Register(() => watch.CloseAll(MqttDisconnectReasonCode.ServerShuttingDown));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>MQTT over TCP and over the socket file: Kestrel's transport as it is.</summary>
internal sealed class MqttConnectionHandler(EmbeddedBroker broker, TimeProvider time) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => broker.ServeAsync(new MqttConnection(
        connection.Transport, connection.Features.Get<ClientOrigin>() ?? ClientOrigin.Of(connection.RemoteEndPoint, null), isWebSocket: false, connection.Abort, time)
        { Gone = connection.ConnectionClosed });
}
