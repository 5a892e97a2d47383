using Gateway.Devices.Simulated;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Devices.Tests;

public sealed class LightRegistryTests : IAsyncDisposable
{
    private static readonly LightState On = new() { On = true }, Off = new() { On = false };
    private static readonly LightCapabilities Dimmable = new() { Brightness = true, ColorModes = [ColorMode.Brightness] };
    private readonly FakeTimeProvider _time = new();
    private readonly LightRegistry _registry;

    public LightRegistryTests() => _registry = new LightRegistry(_time, NullLogger<LightRegistry>.Instance);

    public async ValueTask DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task A_light_that_does_what_it_is_asked_becomes_confirmed()
    {
        await AddAsync("desk", new SimulatedLight(LightCapabilities.OnOff, _time));
        var confirmed = NextAsync(c => c.After?.Confirmation == Confirmation.Confirmed);

        _registry.Command("desk", On);

        Assert.True((await confirmed).After!.Reported!.On);
    }

    [Fact]
    public async Task A_fixture_that_swallows_commands_is_pending_and_after_ten_seconds_not_confirmed()
    {
        await AddAsync("cellar", new ScriptedLight());

        Assert.Equal(Confirmation.Pending, _registry.Command("cellar", On)!.Confirmation);
        _time.Advance(LightRegistry.ConfirmWithin - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Confirmation.Pending, Light("cellar").Confirmation);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Confirmation.Unconfirmed, Light("cellar").Confirmation);
        Assert.Null(Light("cellar").Reported);
    }

    [Fact]
    public async Task A_second_wish_has_ten_seconds_of_its_own_and_a_transition_is_added()
    {
        var light = await AddAsync("cellar", new ScriptedLight());
        _registry.Command("cellar", On);
        _time.Advance(TimeSpan.FromSeconds(9));
        _registry.Command("cellar", Off with { Transition = TimeSpan.FromSeconds(5) });
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(Confirmation.Pending, Light("cellar").Confirmation);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Confirmation.Unconfirmed, Light("cellar").Confirmation);
    }

    [Fact]
    public async Task A_late_match_still_confirms()
    {
        var light = await AddAsync("slow", new ScriptedLight());
        _registry.Command("slow", On);
        await light.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(20));
        light.Feedback.Report(On);
        Assert.Equal(Confirmation.Confirmed, Light("slow").Confirmation);
    }

    [Fact]
    public async Task A_fixture_that_never_reports_is_sent_and_never_confirmed()
    {
        await AddAsync("ir", new ScriptedLight { Reports = false });
        var sent = NextAsync(c => c.After?.Confirmation == Confirmation.Sent);
        _registry.Command("ir", On);
        Assert.Null((await sent).After!.Reported);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Confirmation.Sent, Light("ir").Confirmation);
    }

    [Fact]
    public async Task What_a_wall_switch_does_becomes_what_is_wanted()
    {
        var light = await AddAsync("hall", new ScriptedLight());
        _registry.Command("hall", On);
        await light.NextAsync();
        light.Feedback.Report(On);
        _time.Advance(TimeSpan.FromMinutes(1));

        light.Feedback.Report(Off);

        Assert.Equal((false, false, Confirmation.Confirmed), (Light("hall").Desired.On, Light("hall").Reported!.On, Light("hall").Confirmation));
        Assert.Single(light.Applied); // and nothing is sent for it
    }

    [Fact]
    public async Task The_late_echo_of_an_earlier_wish_is_no_wall_switch()
    {
        var light = await AddAsync("bulb", new ScriptedLight());
        foreach (var wish in new[] { On, Off, On })
        {
            _registry.Command("bulb", wish);
            await light.NextAsync();
        }
        foreach (var echo in new[] { On, Off, On }) // all three, after all were sent
        {
            light.Feedback.Report(echo);
            Assert.True(Light("bulb").Desired.On);
        }
        Assert.Equal(Confirmation.Confirmed, Light("bulb").Confirmation);
    }

    [Fact]
    public async Task A_fixture_that_says_nothing_because_it_is_so_already_is_confirmed_in_the_end()
    {
        var light = await AddAsync("quiet", new ScriptedLight());
        light.Feedback.Report(On);
        _registry.Command("quiet", Off);
        _registry.Command("quiet", On);
        _time.Advance(LightRegistry.ConfirmWithin);
        Assert.Equal(Confirmation.Confirmed, Light("quiet").Confirmation);
    }

    [Fact]
    public async Task The_last_of_many_wishes_wins_and_only_one_is_applied_at_a_time()
    {
        var go = new TaskCompletionSource();
        var light = await AddAsync("desk", new ScriptedLight { Capabilities = Dimmable, OnApply = (_, _) => new ValueTask(go.Task) });
        _registry.Command("desk", new LightState { Brightness = 1 });
        await light.NextAsync();
        for (byte b = 2; b <= 200; b++) _registry.Command("desk", new LightState { Brightness = b });

        go.SetResult();

        Assert.Equal((byte)200, (await light.NextAsync()).Brightness);
        Assert.Equal((2, 1), (light.Applied.Count, light.MostAtOnce));
    }

    [Fact]
    public async Task A_thousand_wishes_from_many_threads_never_go_backwards()
    {
        var light = await AddAsync("desk", new ScriptedLight { Capabilities = Dimmable, OnApply = async (_, _) => await Task.Yield() });
        var order = new List<byte>();
        using var subscription = _registry.Subscribe(c => { if (c.After?.Desired.Brightness is { } b && c.Before?.Desired.Brightness != b) order.Add(b); });
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), (i, _) =>
        {
            _registry.Command("desk", new LightState { Brightness = (byte)(i % 255 + 1) });
            return ValueTask.CompletedTask;
        });
        LightState last;
        do last = await light.NextAsync(); while (last.Brightness != order[^1] || light.Wishes.Reader.Count > 0);

        var next = 0;
        foreach (var applied in light.Applied)
        {
            next = order.IndexOf(applied.Brightness!.Value, next);
            Assert.True(next >= 0, "applied in an order in which it was not asked");
        }
        Assert.Equal(1, light.MostAtOnce);
    }

    [Fact]
    public async Task A_newer_wish_cancels_the_one_at_work_off_the_callers_thread()
    {
        var resumedOn = new TaskCompletionSource<int>();
        var light = await AddAsync("fade", new ScriptedLight
        {
            OnApply = async (state, cancel) =>
            {
                if (state.On != true) return;
                try { await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel); }
                finally { resumedOn.TrySetResult(Environment.CurrentManagedThreadId); }
            },
        });
        _registry.Command("fade", On);
        await light.NextAsync();
        int caller = 0;
        var thread = new Thread(() =>
        {
            caller = Environment.CurrentManagedThreadId;
            _registry.Command("fade", Off);
        });
        thread.Start();
        thread.Join();

        Assert.False((await light.NextAsync()).On);
        Assert.NotEqual(caller, await resumedOn.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_hanging_fixture_holds_up_neither_another_nor_the_caller_nor_its_own_removal()
    {
        using var release = new ManualResetEventSlim();
        var hanging = await AddAsync("hanging", new ScriptedLight { OnApply = (_, _) => { release.Wait(CancellationToken.None); return ValueTask.CompletedTask; } });
        var other = await AddAsync("other", new ScriptedLight());
        _registry.Command("hanging", On);
        await hanging.NextAsync();

        Assert.NotNull(_registry.Command("hanging", Off));
        _registry.Command("other", On);
        Assert.True((await other.NextAsync()).On);

        var removed = _registry.RemoveAsync("hanging");
        Assert.Null(_registry.Find("hanging"));
        _time.Advance(LightRegistry.StopWithin);
        Assert.True(await removed.WaitAsync(TimeSpan.FromSeconds(30)));
        release.Set();
    }

    [Fact]
    public async Task A_fixture_that_hangs_at_its_start_takes_wishes_and_gets_the_last_one_when_it_wakes()
    {
        var wake = new TaskCompletionSource();
        var light = new ScriptedLight { OnStart = _ => new ValueTask(wake.Task) };
        var added = _registry.AddAsync("sleepy", "Sleepy", null, "test", light);
        _registry.Command("sleepy", On);
        _registry.Command("sleepy", Off);
        Assert.Empty(light.Applied);
        wake.SetResult();
        await added;
        Assert.False((await light.NextAsync()).On);
        Assert.Single(light.Applied);
    }

    [Fact]
    public async Task A_driver_that_throws_makes_its_light_unavailable_in_words_until_it_works_again()
    {
        var broken = true;
        var light = await AddAsync("gpio", new ScriptedLight { OnApply = (_, _) => broken ? throw new LightUnavailableException("GPIO 17 is used by spi0.") : ValueTask.CompletedTask });
        var gone = NextAsync(c => c.After?.Available == false);
        _registry.Command("gpio", On);
        Assert.Equal("GPIO 17 is used by spi0.", (await gone).After!.Reason);
        broken = false;
        var back = NextAsync(c => c.After?.Available == true);
        _registry.Command("gpio", On);
        Assert.Null((await back).After!.Reason);
    }

    [Fact]
    public async Task A_light_that_is_replaced_lets_go_of_its_fixture_before_the_new_one_takes_it()
    {
        var old = await AddAsync("desk", new ScriptedLight());
        var free = false;
        await _registry.AddAsync("desk", "Desk", null, "test", new ScriptedLight { OnStart = _ => { free = old.Disposed; return ValueTask.CompletedTask; } });
        Assert.True(free);
        old.Feedback.Report(On); // a report of the one that is gone
        Assert.Null(Light("desk").Reported);
    }

    [Fact]
    public async Task Removing_a_light_at_work_cancels_it()
    {
        var light = await AddAsync("fade", new ScriptedLight { OnApply = async (_, cancel) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel) });
        _registry.Command("fade", On);
        await light.NextAsync();
        Assert.True(await _registry.RemoveAsync("fade").WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(light.Disposed);
        Assert.Null(_registry.Command("fade", Off));
        Assert.False(await _registry.RemoveAsync("fade"));
    }

    [Fact]
    public async Task Observers_see_every_change_in_order_and_one_that_fails_harms_nobody()
    {
        var seen = new List<(byte? Before, byte? After)>();
        await AddAsync("desk", new ScriptedLight { Capabilities = Dimmable });
        using var bad = _registry.Subscribe(_ => throw new InvalidOperationException("observer"));
        using var good = _registry.Subscribe(c => seen.Add((c.Before?.Desired.Brightness, c.After?.Desired.Brightness)));
        await Parallel.ForEachAsync(Enumerable.Range(1, 500), (i, _) =>
        {
            _registry.Command("desk", new LightState { Brightness = (byte)(i % 255 + 1) });
            return ValueTask.CompletedTask;
        });
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.Equal(pair.First.After, pair.Second.Before));
    }

    [Fact]
    public async Task What_the_wish_left_open_is_filled_from_what_the_fixture_reports()
    {
        var light = await AddAsync("dimmer", new ScriptedLight { Capabilities = Dimmable });
        Assert.Equal(new LightState { On = true, ColorMode = ColorMode.Brightness }, _registry.Command("dimmer", On)!.Desired);
        await light.NextAsync();
        light.Feedback.Report(new LightState { On = true, Brightness = 77 });
        Assert.Equal(new LightState { On = true, Brightness = 77, ColorMode = ColorMode.Brightness }, Light("dimmer").Desired);
    }

    [Fact]
    public async Task A_colour_reaches_the_driver_in_a_form_that_it_knows()
    {
        var light = await AddAsync("xy", new ScriptedLight { Capabilities = new LightCapabilities { Brightness = true, ColorModes = [ColorMode.ColorTemp, ColorMode.Xy], ColorTemp = new ColorTempRange(153, 500) } });
        _registry.Command("xy", new LightState { On = true, Color = new LightColor.Rgb(255, 0, 0) });
        var wish = await light.NextAsync();
        Assert.Equal((new LightColor.Xy(0.64, 0.33), ColorMode.Xy), (wish.Color, wish.ColorMode));
    }

    [Fact]
    public async Task Ten_thousand_lights_cost_a_command_no_more_than_one_does()
    {
        var light = new ScriptedLight();
        await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => _registry.AddAsync($"light-{i}", "Light", null, "test", new SimulatedLight(LightCapabilities.OnOff, _time))));
        await AddAsync("last", light);
        var before = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 10_000; i++) _registry.Command("last", i % 2 == 0 ? On : Off);
        Assert.True(TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(5)); // linear would be minutes
        Assert.Equal(10_001, _registry.Lights.Count);
    }

    private async Task<T> AddAsync<T>(string id, T driver) where T : ILightDriver
    {
        await _registry.AddAsync(id, id, null, "test", driver);
        return driver;
    }

    private Light Light(string id) => _registry.Find(id)!;

    private Task<LightChange> NextAsync(Func<LightChange, bool> wanted)
    {
        var found = new TaskCompletionSource<LightChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        _registry.Subscribe(c => { if (wanted(c)) found.TrySetResult(c); });
        return found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
