using Gateway.Devices;
using Gateway.Devices.Mqtt;

namespace Gateway.Host.Lights;

/// <summary>
/// Hears announcements and states of other people's lights. With each connection everything is heard anew; what the broker kept before
/// and keeps no longer is asked for once more by its name, then its lights are unavailable, and after <see cref="Grace"/> they go.
/// </summary>
internal sealed class MqttDiscovery(MqttAnnouncedLights lights, MqttListeners listeners, MqttOwnTopics topics, LightStates states, TimeProvider time, ILogger<MqttDiscovery> logger) : IMqttParticipant, IHostedService
{
    private const int AtOnce = 256;
    private const int AskedAtOnce = 100;
    private const int MostOverflows = 8;
    private readonly MqttInbox _inbox = new();
    private bool _refusalsSaid;

    /// <summary>How long the lights of a broker that has forgotten all its retained messages have for announcing themselves again.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The lights of before are there, unavailable, before anybody speaks.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => lights.RestoreAsync(states.Last);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Arrived(in MqttArrival message)
    {
        if (listeners.Deliver(message)) return;
        if (topics.AnnouncedAt(message.Topic) is not null || DiscoveryTopic.Parse(topics.Prefix, message.Topic) is null) return;
        if (message.Payload.IsEmpty || !lights.Heard(message)) _inbox.Post(message);
    }

    public async Task RunAsync(MqttSession session, CancellationToken cancellationToken)
    {
        lights.BeginRound();
        listeners.Connected();
        listeners.Changed = _inbox.Wake;
        await SubscribeAsync(session, cancellationToken);
        await session.SubscribeAsync(DiscoveryTopic.Filters(topics.Prefix), cancellationToken, asPublished: true);
        var unreconciled = await session.SyncAsync(cancellationToken);
        var overflows = 0;
        long? absentSince = null;
        while (true)
        {
            await SubscribeAsync(session, cancellationToken);
            if (_inbox.Take(AtOnce) is { Count: > 0 } messages)
            {
                await lights.ApplyAsync(messages);
            }
            else if (_inbox.TakeOverflow() && overflows++ < MostOverflows)
            {
                // What there was no room for: those already taken up are told apart on arrival.
                await session.SubscribeAsync(DiscoveryTopic.Filters(topics.Prefix), cancellationToken, asPublished: true);
            }
            else if (unreconciled)
            {
                unreconciled = false;
                if (await FindAbsentAsync(session, cancellationToken)) absentSince = time.GetTimestamp();
            }
            else
            {
                var left = absentSince is { } since ? Grace - time.GetElapsedTime(since) : Timeout.InfiniteTimeSpan;
                if (absentSince is not null && left <= TimeSpan.Zero)
                {
                    absentSince = null;
                    await lights.ForgetAsync(lights.Missing());
                }
                else await _inbox.WaitAsync(left, time, cancellationToken);
            }
        }
    }

    public void Disconnected() => listeners.Disconnected();

    private async Task SubscribeAsync(MqttSession session, CancellationToken cancellationToken)
    {
        var (subscribe, leave) = listeners.TakeChanges();
        if (leave.Length > 0) await session.UnsubscribeAsync(leave, cancellationToken);
        if (subscribe.Length == 0) return;
        var refused = await session.SubscribeAsync(subscribe, cancellationToken);
        if (refused.Count == 0 || _refusalsSaid) return;
        _refusalsSaid = true;
        logger.LogWarning("The broker refuses {Count} subscriptions, such as {Topic}: these lights cannot be heard", refused.Count, refused[0]);
    }

    /// <summary>Asks for each missing announcement by name: a queue that overran on the way is no proof that it is gone. True when some are.</summary>
    private async Task<bool> FindAbsentAsync(MqttSession session, CancellationToken cancellationToken)
    {
        foreach (var batch in lights.Missing().Chunk(AskedAtOnce))
        {
            await session.SubscribeAsync(batch, cancellationToken);
            if (!await session.SyncAsync(cancellationToken)) return false;
            await session.UnsubscribeAsync(batch, cancellationToken);
        }
        var absent = lights.Missing();
        lights.SetAbsent(absent);
        if (absent.Length > 0) logger.LogInformation("The broker no longer has {Count} announcements; their lights are let go after {Grace} minutes", absent.Length, Grace.TotalMinutes);
        return absent.Length > 0;
    }
}
