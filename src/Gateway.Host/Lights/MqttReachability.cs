using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Devices.Mqtt;
using Gateway.Host.Core;

namespace Gateway.Host.Lights;

/// <summary>Keeps the verdict about being reached at <c>gateway/reachability</c>, retained: a message each time it becomes another.</summary>
internal sealed class MqttReachability(StatusStore status, MqttOwnTopics topics) : IMqttParticipant
{
    public void Arrived(in MqttArrival message) { }

    public void Disconnected() { }

    public async Task RunAsync(MqttSession session, CancellationToken cancellationToken)
    {
        MqttReachabilityView? told = null;
        while (true)
        {
            var current = status.Current;
            var report = current.Report;
            var view = new MqttReachabilityView(report.Pattern.ApiName(), report.Words, report.Since);
            if (view != told && report.Made > 0) await session.PublishAsync(new MqttMessage(topics.Reachability, JsonSerializer.SerializeToUtf8Bytes(told = view, MqttReachabilityJson.Default.MqttReachabilityView), Retain: true), cancellationToken);
            await status.WaitForOtherAsync(current, cancellationToken);
        }
    }
}

/// <param name="Pattern">The LED's pattern, by its API name.</param>
/// <param name="Words">The verdict in a sentence.</param>
/// <param name="Since">Since when the pattern stands.</param>
internal sealed record MqttReachabilityView(string Pattern, string Words, DateTimeOffset Since);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MqttReachabilityView))]
internal sealed partial class MqttReachabilityJson : JsonSerializerContext;
