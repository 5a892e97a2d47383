using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;

namespace Gateway.Host.Reachability.Beacon;

/// <summary>Makes a vantage of the beacon that is configured, now and whenever the setting changes.</summary>
internal sealed class BeaconVantages(SettingsStore settings, Vantages vantages, Look look, StatusStore status, ResolveName resolve, TimeProvider time) : IHostedService
{
    public const string Setting = "vantage.beacon";

    private readonly Lock _lock = new();
    private BeaconAddress? _address;
    private BeaconVantage? _made;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Read(settings.Current);
        settings.OnChange(Read);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Read(Settings current)
    {
        lock (_lock)
        {
            var address = BeaconAddress.Parse(current.Text(Setting));
            if (address == _address) return;
            if (_made is { } old) vantages.Remove(old.Name);
            (_address, _made) = (address, address is null ? null : new BeaconVantage(address, look, status, resolve, time));
            if (_made is { } made) vantages.Put(made);
        }
    }
}
