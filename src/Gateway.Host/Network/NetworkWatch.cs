using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gateway.Host.Core;

namespace Gateway.Host.Network;

/// <summary>Keeps <see cref="GatewayStatus.Network"/> true: looks at the kernel's tables when the kernel says that something has changed, and sleeps otherwise.</summary>
internal sealed class NetworkWatch(StatusStore status, TimeProvider time, ILogger<NetworkWatch> logger) : BackgroundService
{
    /// <summary>Changes come in swarms: a prefix brings an address and its routes.</summary>
    private static readonly TimeSpan Swarm = TimeSpan.FromMilliseconds(150);

    /// <summary>Looks without having been told, should the kernel ever have kept something to itself.</summary>
    private static readonly TimeSpan Unasked = TimeSpan.FromMinutes(5);

    /// <summary>How often to look where the kernel tells nothing.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    private readonly PrefixMemory _prefixes = new(time);
    private bool? _isTold;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // The others begin with what is true.
        try { Look(); }
        catch (Exception e) when (e is SocketException or IOException) { Ask(); }
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try { await FollowAsync(stoppingToken); }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception e)
            {
                if (_isTold != false) logger.LogWarning("The kernel does not tell of changes to the network ({Problem}); looking every {Seconds} s instead", e.Message, Poll.TotalSeconds);
                _isTold = false;
            }
            Ask();
            await Task.Delay(Poll, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var socket = RouteSocket.Listen(); // before the first look, so that nothing falls between
        Look();
        if (_isTold == false) logger.LogInformation("The kernel tells of changes to the network again");
        _isTold = true;
        while (true)
        {
            using var unasked = new CancellationTokenSource(Unasked, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(unasked.Token, cancellationToken);
            try
            {
                await socket.ChangedAsync(either.Token);
                await Task.Delay(Swarm, time, cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { }
            socket.Drain();
            Look();
        }
    }

    private void Look()
    {
        var dump = RouteSocket.Dump();
        Publish(NetworkTables.Facts(dump, _prefixes.Look(dump), time.GetUtcNow()));
    }

    private void Ask()
    {
        try { Publish(InterfacePolling.Read()); }
        catch (Exception e) when (e is NetworkInformationException or IOException or UnauthorizedAccessException)
        {
            logger.LogDebug(e, "The interfaces of this machine could not be read");
        }
    }

    private void Publish(NetworkFacts facts)
    {
        if (NetworkTables.IsSame(status.Current.Network, facts)) return; // nobody else puts it in
        status.Update(s => s with { Network = facts });
        if (logger.IsEnabled(LogLevel.Debug)) logger.LogDebug("The network is now {Network}", NetworkTables.Words(facts));
    }
}
