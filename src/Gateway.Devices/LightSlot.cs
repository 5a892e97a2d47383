using Microsoft.Extensions.Logging;

namespace Gateway.Devices;

public sealed partial class LightRegistry
{
    /// <summary>
    /// One light, its driver and the one wish that waits for it: a newer wish replaces it, so none is ever applied out of order and at most one at a time.
    /// A slot works only while there is a wish: an idle light costs no thread and no timer.
    /// </summary>
    private sealed class LightSlot(LightRegistry registry, Light light, ILightDriver driver) : ILightFeedback, IAsyncDisposable
    {
        private readonly CancellationTokenSource _gone = new();
        private volatile Light _light = light;
        private LightState? _waiting;
        private CancellationTokenSource? _applying;
        private bool _works;
        private bool _failed;
        private Task _work = Task.CompletedTask;
        private ITimer? _deadline;
        private bool _deadlineRuns;
        private TimeSpan _within;
        private long _askedAt;
        private long? _sentAt;

        public Light Light => _light;

        /// <summary>Starts the driver off the caller's thread and lock, when <paramref name="after"/> has ended; wishes wait for it.</summary>
        public Task Start_NeedsLock(Task after)
        {
            _works = true;
            var started = Task.Run(async () =>
            {
                await after;
                try { await driver.StartAsync(this, _gone.Token); }
                catch (Exception e) { if (!_gone.IsCancellationRequested) Fail(e); }
            });
            _work = WorkAsync(started);
            return started;
        }

        public Light Command_NeedsLock(LightState wish, string? by)
        {
            var desired = Light.Capabilities.Fit(Light.Desired.With(wish));
            // Asked again for what it confirmed (to us, not before a restart): it is sent again, but there is nothing to wait for.
            var confirmation = desired == Light.Desired && Light.Confirmation == Confirmation.Confirmed && _sentAt is not null ? Confirmation.Confirmed : Confirmation.Pending;
            Change_NeedsLock(Light with { Desired = desired, Confirmation = confirmation }, by);
            _waiting = wish.Transition is null ? desired : desired with { Transition = wish.Transition };
            _within = ConfirmWithin + (wish.Transition ?? TimeSpan.Zero);
            _askedAt = registry._time.GetTimestamp();
            if (confirmation == Confirmation.Pending) Await_NeedsLock(_within);
            // Not Cancel(): that would run the driver's continuations here, under the lock, on the caller's thread.
            _ = _applying?.CancelAsync();
            if (!_works)
            {
                _works = true;
                _work = Task.Run(() => WorkAsync(Task.CompletedTask));
            }
            return Light;
        }

        /// <summary>
        /// Pending: a match confirms, once the newest wish is on its way; anything else may be on the way to it, or an echo.
        /// Any other state: what differs soon after a wish was sent may be an echo, so it is pending again; later it is
        /// a wall switch, and becomes what is wanted.
        /// </summary>
        public void Report(LightState state)
        {
            lock (registry._lock)
            {
                var reported = Light.Capabilities.Fit((Light.Reported ?? LightState.Unknown).With(state));
                var next = Light with { Reported = reported };
                if (Light.Desired.IsMetBy(reported))
                {
                    if (Light.Confirmation != Confirmation.Pending || (_waiting is null && _sentAt is not null))
                        next = next with { Desired = Light.Desired.Or(reported), Confirmation = Confirmation.Confirmed };
                }
                else if (Light.Confirmation != Confirmation.Pending)
                {
                    if (_waiting is not null || (_sentAt is { } sent && registry._time.GetElapsedTime(sent) < EchoWithin))
                    {
                        next = next with { Confirmation = Confirmation.Pending };
                        Await_NeedsLock(_within);
                    }
                    else next = next with { Desired = reported, Confirmation = Confirmation.Confirmed };
                }
                Change_NeedsLock(next, by: null);
            }
        }

        public void SetAvailable(bool available, string? reason = null)
        {
            lock (registry._lock) Change_NeedsLock(Light with { Available = available, Reason = available ? null : reason }, by: null);
        }

        /// <summary>Ends the driver; one that hangs is left behind after <see cref="StopWithin"/>.</summary>
        public async ValueTask DisposeAsync()
        {
            lock (registry._lock)
            {
                _waiting = null;
                _ = _applying?.CancelAsync();
                _ = _gone.CancelAsync();
                _deadline?.Dispose();
            }
            try
            {
                await _work.WaitAsync(StopWithin, registry._time);
                await Task.Run(async () => await driver.DisposeAsync()).WaitAsync(StopWithin, registry._time);
            }
            catch (Exception e) { registry._logger.LogWarning(e, "Light {Light} did not stop cleanly", Light.Id); }
            _gone.Dispose();
        }

        private async Task WorkAsync(Task first)
        {
            await first;
            while (Take() is var (wish, cancel))
            {
                try
                {
                    await driver.ApplyAsync(wish, cancel.Token);
                    Done();
                }
                catch (OperationCanceledException) when (cancel.IsCancellationRequested) { }
                catch (Exception e) { Fail(e); }
            }
        }

        private (LightState Wish, CancellationTokenSource Cancel)? Take()
        {
            lock (registry._lock)
            {
                _applying = null;
                if (_waiting is not { } wish || _gone.IsCancellationRequested)
                {
                    _works = false;
                    return null;
                }
                _waiting = null;
                _sentAt = registry._time.GetTimestamp();
                _applying = new CancellationTokenSource();
                return (wish, _applying);
            }
        }

        private void Done()
        {
            lock (registry._lock)
            {
                var next = Light;
                if (_failed) next = next with { Available = true, Reason = null };
                _failed = false;
                if (!driver.Reports && _waiting is null) next = next with { Confirmation = Confirmation.Sent };
                Change_NeedsLock(next, by: null);
            }
        }

        private void Fail(Exception e)
        {
            if (e is not LightUnavailableException) registry._logger.LogError(e, "Light {Light} failed", Light.Id);
            lock (registry._lock) _failed = true;
            SetAvailable(false, e is LightUnavailableException ? e.Message : "The driver failed: " + e.Message);
        }

        private void Await_NeedsLock(TimeSpan within)
        {
            if (_deadlineRuns) return; // when it rings early it is set again for the rest
            _deadlineRuns = true;
            _deadline ??= registry._time.CreateTimer(_ => OnDeadline(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _deadline.Change(within, Timeout.InfiniteTimeSpan);
        }

        private void OnDeadline()
        {
            lock (registry._lock)
            {
                _deadlineRuns = false;
                if (Light.Confirmation != Confirmation.Pending || _gone.IsCancellationRequested) return;
                var left = _within - registry._time.GetElapsedTime(_askedAt);
                if (left > TimeSpan.Zero) Await_NeedsLock(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)));
                // A fixture may be silent because it was so already.
                else Change_NeedsLock(Light with { Confirmation = Light.Desired.IsMetBy(Light.Reported) ? Confirmation.Confirmed : Confirmation.Unconfirmed }, by: null);
            }
        }

        private void Change_NeedsLock(Light next, string? by)
        {
            if (next == Light) return;
            var before = Light;
            _light = next with { Changed = registry._time.GetUtcNow() };
            if (registry._slots.GetValueOrDefault(Light.Id) == this) registry.Publish_NeedsLock(new LightChange(before, Light, by));
        }
    }
}
