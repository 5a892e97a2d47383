namespace Gateway.Host.Tests.Indicator;

/// <summary>A folder shaped like those below /sys/class/leds, and whoever looks at its LED: the kernel tells of each write (inotify).</summary>
internal sealed class LedFolder : IDisposable
{
    private static readonly TimeProvider Time = TimeProvider.System;
    private readonly FileSystemWatcher _watcher;
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Lock _lock = new();
    private bool _isOn;
    private long _last;

    public LedFolder()
    {
        File.WriteAllText(Path.Combine(Folder, "max_brightness"), "1\n");
        File.WriteAllText(Path.Combine(Folder, "brightness"), "0\n");
        _watcher = new FileSystemWatcher(Folder, "brightness") { NotifyFilter = NotifyFilters.LastWrite };
        _watcher.Changed += (_, _) => Look();
        _watcher.EnableRaisingEvents = true;
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("gw-led-").FullName;

    public string Output => "sysfs:" + Folder;

    /// <summary>How often it has gone on.</summary>
    public int Flashes { get; private set; }

    /// <summary>Waits until it is on; fails when that takes longer than <paramref name="limit"/>. Gives how long it took.</summary>
    public Task<TimeSpan> OnAsync(TimeSpan limit) => UntilAsync(true, limit);

    /// <summary>Waits until it is off, if only between two flashes.</summary>
    public Task<TimeSpan> OffAsync(TimeSpan limit) => UntilAsync(false, limit);

    /// <summary>Waits until it has been dark for longer than any pattern is; gives how long after the call that began.</summary>
    public async Task<TimeSpan> DarkAsync(TimeSpan limit)
    {
        var start = Time.GetTimestamp();
        var quiet = TimeSpan.FromSeconds(3.5);
        while (await _changed.WaitAsync(quiet) || IsOn()) Assert.True(Time.GetElapsedTime(start) < limit + quiet, $"the LED is lit after {limit}");
        lock (_lock) return Time.GetElapsedTime(start, Math.Max(start, _last));
    }

    public void Dispose()
    {
        _watcher.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<TimeSpan> UntilAsync(bool on, TimeSpan limit)
    {
        var start = Time.GetTimestamp();
        while (IsOn() != on) Assert.True(await _changed.WaitAsync(limit) && Time.GetElapsedTime(start) < limit, $"the LED is {(on ? "dark" : "lit")} after {limit}");
        return Time.GetElapsedTime(start);
    }

    private bool IsOn()
    {
        Look();
        lock (_lock) return _isOn;
    }

    private void Look()
    {
        // Between truncation and the value a file is empty for an instant.
        if (File.ReadAllText(Path.Combine(Folder, "brightness")).Trim() is not { Length: > 0 } value) return;
        lock (_lock)
        {
            if (_isOn == (value != "0")) return;
            (_isOn, _last) = (!_isOn, Time.GetTimestamp());
            if (_isOn) Flashes++;
        }
        _changed.Release();
    }
}
