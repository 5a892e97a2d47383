using System.Runtime.InteropServices;
using Gateway.Host.Core;

namespace Gateway.Host.Configuration;

/// <summary>Reads the configuration again on SIGHUP and when gateway.toml changes. Waits for the kernel (inotify); an idle gateway is not woken.</summary>
internal sealed class ConfigurationWatcher(LiveConfiguration configuration, TimeProvider time, ILogger<ConfigurationWatcher> logger) : IHostedService, IDisposable
{
    /// <summary>An editor writes a file in several steps; this long after the last of them it is whole.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    private PosixSignalRegistration? _hangUp;
    private FileSystemWatcher? _watcher;
    private ITimer? _settled;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true; // else the process ends
            configuration.Reload();
        });
        if (configuration.File is { } file) Watch(file);
        return Task.CompletedTask;
    }

    private void Watch(string file)
    {
        _settled = time.CreateTimer(_ => configuration.Reload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            // The folder, not the file: editors and package managers put a new file in its place.
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!, Path.GetFileName(file))
            {
                NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.Size,
            };
            _watcher.Changed += (_, _) => Changed();
            _watcher.Created += (_, _) => Changed();
            _watcher.Renamed += (_, _) => Changed();
            _watcher.Deleted += (_, _) => Changed();
            _watcher.Error += (_, _) => Changed();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            logger.LogWarning("Changes of {File} are not noticed by themselves ({Reason}); send SIGHUP after a change", file, e.Message);
        }
    }

    private void Changed() => _settled?.Change(Settle, Timeout.InfiniteTimeSpan);

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _hangUp?.Dispose();
        _watcher?.Dispose();
        _settled?.Dispose();
    }
}
