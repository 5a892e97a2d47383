using System.Net;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Ingress.Tunnels;

/// <summary>
/// The doors behind the tunnels: each has a port of its own on loopback, whichever is free. What arrives there comes from outside, although it seems to come from this machine,
/// and through which tunnel it came shows by the port.
/// </summary>
internal sealed class TunnelListeners(IHostApplicationLifetime lifetime)
{
    private readonly Dictionary<string, ListenOptions> _listeners = new(StringComparer.Ordinal);

    /// <summary>Opens a door for each way, before the server starts.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="roles">Of each tunnel; <see cref="ListenerRole.Tunnel"/> is its way.</param>
    /// <param name="options">What is served there, given the listener's role.</param>
    public void Listen(KestrelServerOptions kestrel, IEnumerable<ListenerRole> roles, Action<ListenOptions, ListenerRole> options)
    {
        foreach (var role in roles)
        {
            kestrel.Listen(IPAddress.Loopback, 0, listener =>
            {
                _listeners[role.Tunnel!] = listener;
                options(listener, role);
            });
        }
    }

    /// <summary>The port of a tunnel's door, once the server has started; null where nothing is served over HTTPS.</summary>
    public async Task<int?> PortAsync(string way, CancellationToken cancellationToken)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(cancellationToken);
        }
        return _listeners.GetValueOrDefault(way)?.IPEndPoint!.Port;
    }
}
