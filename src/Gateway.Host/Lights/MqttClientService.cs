using System.Net.Sockets;
using System.Security.Authentication;
using Gateway.Devices;
using Gateway.Devices.Mqtt;
using Gateway.Host.Core;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Gateway.Host.Lights;

/// <summary>Something that lives on the connection: the lights of others, and our own.</summary>
internal interface IMqttParticipant
{
    /// <summary>A message arrived; called in order, by one thread, which reads nothing else meanwhile.</summary>
    void Arrived(in MqttArrival message);

    /// <summary>Runs as long as a connection does: brings both sides up to date first, then keeps them so.</summary>
    Task RunAsync(MqttSession session, CancellationToken cancellationToken);

    /// <summary>The connection has ended.</summary>
    void Disconnected();
}

/// <summary>The gateway's one MQTT client: connected to whichever broker, reconnecting for ever.</summary>
internal sealed class MqttClientService(IEnumerable<IMqttParticipant> participants, SettingsStore settings, MqttOwnTopics topics, MqttStore store, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<MqttClientService> logger) : BackgroundService
{
    private readonly IMqttParticipant[] _participants = [.. participants];
    private volatile MqttSession? _session;
    private volatile string? _lastProblem;

    /// <summary>Whether the broker is reached now.</summary>
    public bool IsConnected => _session is not null;

    /// <summary>Why the last attempt to reach it failed, in words; null since it did not.</summary>
    public string? LastProblem => _lastProblem;

    /// <summary>Sends a command to a fixture.</summary>
    public async ValueTask PublishAsync(MqttMessage message, CancellationToken cancellationToken)
    {
        if (_session is not { } session) throw new LightUnavailableException("The MQTT broker is not reached.");
        try { await session.PublishAsync(message, cancellationToken); }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new LightUnavailableException("The MQTT broker did not take the command.", e);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var broker = MqttBroker.Of(settings.Current);
        var version = MqttProtocolVersion.V500;
        var failures = 0;
        if (!await StartedAsync(stoppingToken)) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var session = await MqttSession.ConnectAsync(broker.Options(store.ClientId, topics.Status, version), topics.Sync, stoppingToken);
                failures = 0;
                Log(broker, null);
                await RunAsync(session, broker, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            // The embedded broker goes with the gateway, and a little before us.
            catch (MqttCommunicationException) when (lifetime.ApplicationStopping.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                // An old broker answers a version it does not know with an error, or with silence.
                if (MayBeVersion(e)) version = version == MqttProtocolVersion.V500 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;
                Log(broker, InWords(e));
            }
            failures++;
            try { await Task.Delay(Backoff.After(failures, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1), Random.Shared.NextDouble()), time, stoppingToken); }
            catch (OperationCanceledException) { return; }
        }
    }

    /// <summary>The embedded broker's doors open last of all. False when it never comes to that.</summary>
    private async Task<bool> StartedAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStarted, stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stoppingToken.IsCancellationRequested;
    }

    /// <summary>Ends, by throwing, when the connection or anything on it does.</summary>
    private async Task RunAsync(MqttSession session, MqttBroker broker, CancellationToken stoppingToken)
    {
        using var end = new CancellationTokenSource();
        _session = session;
        var reading = session.ReadAsync(Arrived, end.Token);
        Task[] tasks = [reading, session.KeepAliveAsync(broker.KeepAlive, end.Token), .. _participants.Select(p => p.RunAsync(session, end.Token))];
        try
        {
            await await Task.WhenAny([.. tasks, Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken)]);
        }
        finally
        {
            if (stoppingToken.IsCancellationRequested) await TakeLeaveAsync(session);
            _session = null;
            await end.CancelAsync();
            session.End();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var participant in _participants) participant.Disconnected();
        }
    }

    private void Arrived(MqttArrival message)
    {
        foreach (var participant in _participants)
        {
            try { participant.Arrived(message); }
            catch (Exception e) { logger.LogError(e, "A message on {Topic} could not be handled", message.Topic); }
        }
    }

    private async Task TakeLeaveAsync(MqttSession session)
    {
        try
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await session.PublishAsync(new MqttMessage(topics.Status, "offline"u8.ToArray(), Retain: true), soon.Token);
            await session.DisconnectAsync(soon.Token);
        }
        catch (Exception e) when (e is MqttCommunicationException or InvalidOperationException or OperationCanceledException) { } // then the broker speaks our will
    }

    private static bool MayBeVersion(Exception e) => e switch
    {
        MqttRefusedException refused => refused.Code is MqttConnectReasonCode.UnsupportedProtocolVersion or (MqttConnectReasonCode)1,
        MqttProtocolViolationException => true,
        _ => false,
    };

    private void Log(MqttBroker broker, string? problem)
    {
        if (problem == _lastProblem && problem is not null) return;
        if (problem is null) logger.LogInformation("Connected to {Broker}", broker.Name);
        else logger.LogWarning("No connection to {Broker}: {Problem}; trying again for ever", broker.Name, problem);
        _lastProblem = problem;
    }

    private static string InWords(Exception e) => e switch
    {
        MqttRefusedException => e.Message,
        _ when Inner<AuthenticationException>(e) is { } tls => "its certificate is not trusted (mqtt.ca): " + (tls.InnerException ?? tls).Message,
        _ when Inner<SocketException>(e) is { } socket => socket.Message,
        OperationCanceledException or TimeoutException => "it does not answer",
        _ => e.Message,
    };

    private static T? Inner<T>(Exception? e) where T : Exception
    {
        for (; e is not null; e = e.InnerException) if (e is T found) return found;
        return null;
    }
}
