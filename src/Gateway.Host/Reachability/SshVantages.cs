using Gateway.Host.Core;

namespace Gateway.Host.Reachability;

/// <summary>Makes a vantage of each SSH server of the owner's, and ends their sessions with the gateway.</summary>
internal sealed class SshVantages(SettingsStore settings, Vantages vantages, Look look, StatusStore status, TimeProvider time, ILogger<SshVantage> logger) : IHostedService
{
    private readonly List<SshVantage> _made = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var current = settings.Current;
        if (current.Boolean("vantage.ssh") != true) return Task.CompletedTask;
        foreach (var server in SshServer.Of(current))
        {
            var vantage = new SshVantage(server, ReachabilitySettings.Controls(current), look, status, time, logger);
            _made.Add(vantage);
            vantages.Put(vantage);
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_made.Select(v => v.DisposeAsync().AsTask()));
}
