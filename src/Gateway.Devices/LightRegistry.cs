using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gateway.Devices;

/// <summary>What happened to a light: it came (<paramref name="Before"/> null), went (<paramref name="After"/> null) or changed.</summary>
/// <param name="Before">The light before; null when it is new.</param>
/// <param name="After">The light now; null when it is gone.</param>
/// <param name="By">Who asked for it; null when the fixture or time did.</param>
public sealed record LightChange(Light? Before, Light? After, string? By)
{
    /// <summary>The light's id.</summary>
    public string Id => (After ?? Before)!.Id;
}

/// <summary>
/// Owns every light of the house and its desired and reported state; the only place where they change.
/// Observers are called in order, under the registry's lock: they hand the change on and return.
/// Reading takes no lock, and no command looks at any light but its own.
/// </summary>
public sealed partial class LightRegistry(TimeProvider time, ILogger<LightRegistry> logger) : IAsyncDisposable
{
    /// <summary>After this long without a matching report a wish is "not confirmed".</summary>
    public static readonly TimeSpan ConfirmWithin = TimeSpan.FromSeconds(10);

    /// <summary>
    /// So long after a wish was sent, a report that does not match it is taken for the echo of an earlier wish, not for a wall switch:
    /// of "on, off, on" in one second the fixture reports all three, late.
    /// </summary>
    public static readonly TimeSpan EchoWithin = TimeSpan.FromSeconds(2);

    /// <summary>A driver that has not stopped after this long is left behind.</summary>
    public static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time = time;
    private readonly ILogger _logger = logger;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, LightSlot> _slots = new(StringComparer.Ordinal);
    private Action<LightChange>[] _observers = [];

    /// <summary>All lights, ordered by id.</summary>
    public IReadOnlyList<Light> Lights
    {
        get
        {
            var lights = _slots.Select(s => s.Value.Light).ToArray();
            Array.Sort(lights, static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            return lights;
        }
    }

    /// <summary>The light with this id, or null.</summary>
    public Light? Find(string id) => _slots.TryGetValue(id, out var slot) ? slot.Light : null;

    /// <summary>Calls <paramref name="observer"/> for every change until the result is disposed.</summary>
    public IDisposable Subscribe(Action<LightChange> observer)
    {
        lock (_lock) _observers = [.. _observers, observer];
        return new Subscription(() => { lock (_lock) _observers = [.. _observers.Where(o => o != observer)]; });
    }

    /// <summary>
    /// Takes up a light; one that was there under the same id is let go first. States known from before (<paramref name="desired"/>, <paramref name="reported"/>)
    /// are shown until it speaks. It is there, and takes wishes, at once; the result ends when its driver has started.
    /// </summary>
    public async Task AddAsync(string id, string name, string? room, string driverName, ILightDriver driver,
        LightState? desired = null, LightState? reported = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(driver);
        var light = new Light
        {
            Id = id, Name = name, Room = room, Driver = driverName, Capabilities = driver.Capabilities,
            Desired = desired ?? LightState.Unknown, Reported = reported, Changed = _time.GetUtcNow(),
            Confirmation = desired?.On is null || reported is null ? Confirmation.Unknown : desired.IsMetBy(reported) ? Confirmation.Confirmed : Confirmation.Unconfirmed,
        };
        var slot = new LightSlot(this, light, driver);
        Task started;
        lock (_lock)
        {
            var old = _slots.GetValueOrDefault(id);
            _slots[id] = slot;
            started = slot.Start_NeedsLock(after: old?.DisposeAsync().AsTask() ?? Task.CompletedTask);
            Publish_NeedsLock(new LightChange(old?.Light, light, null));
        }
        await started.WaitAsync(cancellationToken);
    }

    /// <summary>Lets a light go; false when there is none with this id. The result ends when its driver has, or after <see cref="StopWithin"/>.</summary>
    public async Task<bool> RemoveAsync(string id)
    {
        LightSlot? slot;
        lock (_lock)
        {
            if (!_slots.TryRemove(id, out slot)) return false;
            Publish_NeedsLock(new LightChange(slot.Light, null, null));
        }
        await slot.DisposeAsync();
        return true;
    }

    /// <summary>Asks a light for something; null when there is no such light. The wish must be one that its capabilities do not refuse.</summary>
    public Light? Command(string id, LightState wish, string? by = null)
    {
        ArgumentNullException.ThrowIfNull(wish);
        lock (_lock) return _slots.TryGetValue(id, out var slot) ? slot.Command_NeedsLock(wish, by) : null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        LightSlot[] slots;
        lock (_lock)
        {
            slots = [.. _slots.Values];
            _slots.Clear();
            _observers = [];
        }
        await Task.WhenAll(slots.Select(s => s.DisposeAsync().AsTask()));
    }

    private void Publish_NeedsLock(LightChange change)
    {
        foreach (var observer in _observers)
        {
            try { observer(change); }
            catch (Exception e) { _logger.LogError(e, "An observer of light {Light} failed", change.Id); }
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
