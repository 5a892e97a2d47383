using System.Buffers;
using Gateway.Devices.Mqtt;
using Gateway.Host.Core;
using MQTTnet;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Implementations;
using MQTTnet.LowLevelClient;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Gateway.Host.Lights;

/// <summary>A message as it arrived.</summary>
/// <param name="Topic">Where.</param>
/// <param name="Payload">What.</param>
/// <param name="Retained">Whether the broker had kept it: not news.</param>
/// <param name="PublisherTopics">The filter of topics that its publisher may publish on; null when the broker does not tell (<see cref="MqttPublisher"/>).</param>
internal readonly record struct MqttArrival(string Topic, ReadOnlyMemory<byte> Payload, bool Retained, string? PublisherTopics);

/// <summary>
/// One connection to the broker, from CONNECT to its end. On the library's low-level client: its other one reads without bound
/// what nobody has taken yet, and wakes four times a second to see whether a ping is due.
/// </summary>
internal sealed class MqttSession : IDisposable
{
    // One SUBSCRIBE that asks for thousands of retained messages at once overruns the queues of common brokers (mosquitto keeps 1,000), and ours takes 100 filters at once.
    private const int FiltersAtOnce = 100;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    private readonly LowLevelMqttClient _client = new(new MqttClientAdapterFactory(), MqttNetNullLogger.Instance);
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, TaskCompletionSource<MqttPacket>> _waiting = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, TaskCompletionSource> _syncs = new(StringComparer.Ordinal);
    private readonly string _syncTopic;
    // Answers come in the network's time, whatever clock a test has put in.
    private readonly TimeProvider _time = TimeProvider.System;
    private ushort _lastId;
    private bool _heard = true;

    private MqttSession(string syncTopic) => _syncTopic = syncTopic;

    /// <summary>Connects and signs in; throws when the broker cannot be reached or refuses.</summary>
    /// <param name="options">Which broker, and who we are.</param>
    /// <param name="syncTopic">A topic on which only we speak, for <see cref="SyncAsync"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<MqttSession> ConnectAsync(MqttClientOptions options, string syncTopic, CancellationToken cancellationToken)
    {
        var session = new MqttSession(syncTopic);
        try
        {
            using var timeout = new CancellationTokenSource(AnswerWithin, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            await session._client.ConnectAsync(options, either.Token);
            await session._client.SendAsync(MQTTnet.Formatter.MqttConnectPacketFactory.Create(options), either.Token);
            if (await session._client.ReceiveAsync(either.Token) is not MqttConnAckPacket answer) throw new MqttCommunicationException("The broker did not answer as a broker does.");
            if (answer.ReasonCode != MqttConnectReasonCode.Success) throw new MqttRefusedException(answer.ReasonCode);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Reads until the connection ends, and throws then. What <paramref name="arrived"/> does holds up the broker, not memory.</summary>
    public async Task ReadAsync(Action<MqttArrival> arrived, CancellationToken cancellationToken)
    {
        while (true)
        {
            var packet = await _client.ReceiveAsync(cancellationToken);
            _heard = true;
            switch (packet)
            {
                case MqttPublishPacket publish when publish.Topic == _syncTopic:
                    lock (_lock) if (_syncs.Remove(System.Text.Encoding.UTF8.GetString(publish.Payload.ToArray()), out var sync)) sync.TrySetResult();
                    break;
                case MqttPublishPacket publish:
                    arrived(new MqttArrival(publish.Topic, publish.Payload.IsSingleSegment ? publish.Payload.First : publish.Payload.ToArray(), publish.Retain,
                        publish.UserProperties?.Find(p => p.Name == MqttPublisher.TopicsProperty)?.ReadValueAsString()));
                    break;
                case MqttDisconnectPacket end:
                    throw new MqttCommunicationException($"The broker ended the connection ({end.ReasonCode}).");
                case MqttPacketWithIdentifier answer:
                    lock (_lock) if (_waiting.TryGetValue(answer.PacketIdentifier, out var waiting)) waiting.TrySetResult(answer);
                    break;
            }
        }
    }

    /// <summary>Pings while nothing else is heard; throws when a broker has fallen silent.</summary>
    public async Task KeepAliveAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval > TimeSpan.Zero ? interval * 0.75 : Timeout.InfiniteTimeSpan, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (!_heard) throw new MqttCommunicationException("The broker has fallen silent.");
            _heard = false;
            await _client.SendAsync(MqttPingReqPacket.Instance, cancellationToken);
        }
    }

    /// <summary>Publishes; with quality of service 1 or 2 returns when the broker has it.</summary>
    public async Task PublishAsync(MqttMessage message, CancellationToken cancellationToken)
    {
        var packet = new MqttPublishPacket
        {
            Topic = message.Topic, Payload = new ReadOnlySequence<byte>(message.Payload), Retain = message.Retain, QualityOfServiceLevel = (MqttQualityOfServiceLevel)message.Qos,
        };
        // Never the caller's token for sending: half a packet would be the end of the connection.
        if (message.Qos == 0) await _client.SendAsync(packet, _end.Token);
        else if (await AskAsync(packet, cancellationToken) is MqttPubRecPacket received && received.ReasonCode < MqttPubRecReasonCode.UnspecifiedError)
            await AskAsync(new MqttPubRelPacket { PacketIdentifier = received.PacketIdentifier }, cancellationToken, received.PacketIdentifier);
    }

    /// <summary>Subscribes, and gets what is retained there; returns the filters that the broker refused.</summary>
    /// <param name="filters">What to hear.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="asPublished">Whether a message says that it was to be retained also when it is news (MQTT 5 only).</param>
    public async Task<IReadOnlyList<string>> SubscribeAsync(IEnumerable<string> filters, CancellationToken cancellationToken, bool asPublished = false)
    {
        var refused = new List<string>();
        foreach (var batch in filters.Chunk(FiltersAtOnce))
        {
            var packet = new MqttSubscribePacket { TopicFilters = [.. batch.Select(f => new MqttTopicFilter { Topic = f, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtMostOnce, RetainAsPublished = asPublished })] };
            if (await AskAsync(packet, cancellationToken) is not MqttSubAckPacket answer) continue;
            for (var i = 0; i < batch.Length && i < answer.ReasonCodes.Count; i++)
            {
                if (answer.ReasonCodes[i] >= MqttSubscribeReasonCode.UnspecifiedError) refused.Add(batch[i]);
            }
        }
        return refused;
    }

    /// <summary>Ends subscriptions.</summary>
    public async Task UnsubscribeAsync(IEnumerable<string> filters, CancellationToken cancellationToken)
    {
        foreach (var batch in filters.Chunk(FiltersAtOnce)) await AskAsync(new MqttUnsubscribePacket { TopicFilters = [.. batch] }, cancellationToken);
    }

    /// <summary>Waits until everything that the broker had to tell so far has arrived, by writing to ourselves; false when it does not let us.</summary>
    public async Task<bool> SyncAsync(CancellationToken cancellationToken)
    {
        if (_syncs.Count == 0 && (await SubscribeAsync([_syncTopic], cancellationToken)).Count > 0) return false;
        var (nonce, arrived) = (Guid.NewGuid().ToString("N"), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock) _syncs[nonce] = arrived;
        await PublishAsync(new MqttMessage(_syncTopic, System.Text.Encoding.UTF8.GetBytes(nonce)), cancellationToken);
        try { await arrived.Task.WaitAsync(AnswerWithin, _time, cancellationToken); }
        catch (TimeoutException) { return false; }
        return true;
    }

    /// <summary>Takes leave, so that the broker does not speak our will.</summary>
    public Task DisconnectAsync(CancellationToken cancellationToken) => _client.SendAsync(new MqttDisconnectPacket(), cancellationToken);

    /// <summary>Ends the connection and whatever waits on it.</summary>
    public void End()
    {
        _end.Cancel();
        _client.Dispose();
        lock (_lock)
        {
            foreach (var waiting in _waiting.Values) waiting.TrySetException(new MqttCommunicationException("The connection has ended."));
            _waiting.Clear();
        }
    }

    public void Dispose()
    {
        End();
        _end.Dispose();
    }

    private async Task<MqttPacket> AskAsync(MqttPacketWithIdentifier packet, CancellationToken cancellationToken, ushort id = 0)
    {
        var answer = new TaskCompletionSource<MqttPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            while (id == 0 || (id != packet.PacketIdentifier && _waiting.ContainsKey(id))) id = ++_lastId;
            packet.PacketIdentifier = id;
            _waiting[id] = answer;
        }
        try
        {
            await _client.SendAsync(packet, _end.Token);
            return await answer.Task.WaitAsync(AnswerWithin, _time, cancellationToken);
        }
        finally
        {
            lock (_lock) _waiting.Remove(id);
        }
    }
}

/// <summary>The broker answered, and will not have us.</summary>
internal sealed class MqttRefusedException(MqttConnectReasonCode code) : Exception(code switch
{
    MqttConnectReasonCode.BadUserNameOrPassword or MqttConnectReasonCode.NotAuthorized => "it does not accept the user or password (mqtt.broker, mqtt.password)",
    MqttConnectReasonCode.UnsupportedProtocolVersion => "it does not speak MQTT 5",
    _ => $"it refuses the connection ({code})",
})
{
    public MqttConnectReasonCode Code { get; } = code;
}
