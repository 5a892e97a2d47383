using System.Text;
using Gateway.Host.Core;
using MQTTnet.Packets;

namespace Gateway.Host.Broker;

/// <summary>Finds out who a client is: any user name, an API token as the password.</summary>
internal sealed class SignIn(VerifyMqttToken verify, SettingsStore settings, BrokerLimits limits, TimeProvider time, ILogger<SignIn> logger)
{
    /// <summary>Whom a client without a password is in the demonstration home.</summary>
    public const string DemonstrationName = "demonstration";

    /// <summary>Sources remembered; beyond, the oldest failures are forgotten.</summary>
    private const int RememberedSources = 1000;

    private sealed record Failures(long Since, int Count);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Failures> _failures = new(StringComparer.Ordinal);

    /// <summary>The client's rights; null when it has none. A right token always works; wrong ones of a source that has tried too often are answered late.</summary>
    public async Task<ClientRights?> CheckAsync(MqttConnectPacket connect, ClientOrigin origin, bool isWebSocket)
    {
        var prefix = settings.Current.Text("mqtt.topic") ?? "gateway";
        if (origin.Kind == OriginKind.LocalSocket && !isWebSocket) return new ClientRights(ClientRights.GatewayName, prefix) { IsGateway = true };
        if (connect.Password is not { Length: > 0 } password)
        {
            var open = settings.Current.IsDemonstration && origin.Kind == OriginKind.ThisMachine && !isWebSocket;
            return open ? new ClientRights(DemonstrationName, prefix) : null;
        }
        if (verify(Encoding.UTF8.GetString(password), origin) is { } grant)
            return new ClientRights("token:" + grant.Name, prefix, grant.TopicFilter ?? "#") { Ended = grant.Ended };
        var failures = Failed(origin.Source);
        if (failures == limits.FailedLogins) logger.LogWarning("MQTT clients from {Source} keep failing to sign in; their further attempts are answered late", origin.Source);
        if (failures >= limits.FailedLogins) await Task.Delay(limits.FailedLoginDelay, time);
        return null;
    }

    private int Failed(string source)
    {
        lock (_lock)
        {
            var failures = _failures.GetValueOrDefault(source);
            if (failures is null || time.GetElapsedTime(failures.Since) > TimeSpan.FromMinutes(1)) failures = new Failures(time.GetTimestamp(), 0);
            failures = failures with { Count = failures.Count + 1 };
            if (_failures.Count >= RememberedSources && !_failures.ContainsKey(source)) _failures.Remove(_failures.MinBy(f => f.Value.Since).Key);
            _failures[source] = failures;
            return failures.Count;
        }
    }
}
