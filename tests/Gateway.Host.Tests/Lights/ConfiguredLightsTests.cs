using Gateway.Devices;
using Gateway.Host.Core;
using Gateway.Host.Lights;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Lights;

public sealed class ConfiguredLightsTests : IDisposable
{
    private readonly string _sys = Directory.CreateTempSubdirectory("gw-sys-").FullName;

    public void Dispose() => Directory.Delete(_sys, recursive: true);

    [Fact]
    public async Task A_light_keeps_its_state_over_a_kill()
    {
        await using var gateway = await StartAsync();
        await CommandAsync(gateway, "act", new LightState { Brightness = 100 });
        gateway.Get<Database>().Flush(); // the minute is over

        Led("ACT", "0"); // whatever it shows meanwhile
        await using var after = await StartAsync(folder: Killed(gateway));

        await UntilAsync(after, "act", l => l.Confirmation == Confirmation.Confirmed && l.Desired.Brightness == 100);
        Assert.Equal("100", Brightness("ACT")); // written anew
    }

    [Theory]
    [InlineData("on", "100")]
    [InlineData("off", "0")]
    [InlineData("last", "100")]
    public async Task Power_on_comes_once_a_boot_of_the_machine(string powerOn, string expected)
    {
        BootId("first");
        await using var gateway = await StartAsync(powerOn: powerOn);
        await CommandAsync(gateway, "act", new LightState { Brightness = 100 });
        if (powerOn == "on") await CommandAsync(gateway, "act", new LightState { On = false });
        gateway.Get<Database>().Flush();
        var folder = Killed(gateway);

        Led("ACT", "7");
        await using (var restarted = await StartAsync(folder: folder, powerOn: powerOn))
        {
            await UntilAsync(restarted, "act", l => l.Confirmation == Confirmation.Confirmed);
            Assert.Equal(powerOn == "on" ? "0" : "100", Brightness("ACT")); // as it was
            BootId("second");
            folder = Killed(restarted);
        }
        Led("ACT", "7");
        await using var rebooted = await StartAsync(folder: folder, powerOn: powerOn);
        await UntilAsync(rebooted, "act", l => l.Confirmation == Confirmation.Confirmed && l.Desired.On == (expected != "0"));
        Assert.Equal(expected, Brightness("ACT"));
    }

    [Fact]
    public async Task A_light_that_nobody_has_commanded_is_not_touched()
    {
        Led("ACT", "42");
        await using var gateway = await StartAsync();
        Assert.Equal("42", Brightness("ACT"));
        Assert.Equal((null, Confirmation.Unknown), (gateway.Get<LightRegistry>().Find("act")!.Desired.On, gateway.Get<LightRegistry>().Find("act")!.Confirmation));
    }

    [Fact]
    public async Task A_changed_configuration_touches_only_the_lights_that_it_changes()
    {
        Led("PWR", "0");
        await using var gateway = await StartAsync();
        var registry = gateway.Get<LightRegistry>();
        await CommandAsync(gateway, "act", new LightState { Brightness = 100 });
        var changes = new List<LightChange>();
        using var subscription = registry.Subscribe(changes.Add);

        Replace(gateway, new(StringComparer.Ordinal) { ["lights.act.driver"] = "kernel-led", ["lights.act.led"] = "ACT", ["lights.pwr.driver"] = "kernel-led", ["lights.pwr.led"] = "PWR", ["lights.pwr.room"] = "Rack" });
        await UntilAsync(gateway, "pwr", l => l.Room == "Rack");
        Assert.DoesNotContain(changes, c => c.Id == "act");

        var asked = false; // known from before it is shown as confirmed; then it is asked again, and confirms
        var moved = UntilAsync(gateway, "act", l => (asked |= l.Name == "Moved" && l.Confirmation == Confirmation.Pending) && l.Confirmation == Confirmation.Confirmed);
        Replace(gateway, new(StringComparer.Ordinal) { ["lights.act.driver"] = "kernel-led", ["lights.act.led"] = "PWR", ["lights.act.name"] = "Moved" });
        await moved;
        Assert.Null(registry.Find("pwr"));
        Assert.Equal("100", Brightness("PWR"));
    }

    [Fact]
    public async Task One_missing_led_leaves_the_others_at_work()
    {
        await using var gateway = await StartAsync(more: new(StringComparer.Ordinal) { ["lights.gone.driver"] = "kernel-led", ["lights.gone.led"] = "NONE" });
        await UntilAsync(gateway, "gone", l => !l.Available && l.Reason!.Contains("There is no LED", StringComparison.Ordinal));
        await CommandAsync(gateway, "act", new LightState { Brightness = 9 });
        Assert.Equal("9", Brightness("ACT"));
    }

    [Fact]
    public async Task Chatty_lights_cost_less_than_a_transaction_a_minute()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await StartAsync(configure: s => s.AddSingleton<TimeProvider>(time));
        var (registry, database) = (gateway.Get<LightRegistry>(), gateway.Get<Database>());
        var before = database.Transactions;
        for (var second = 0; second < 300; second++)
        {
            registry.Command("act", new LightState { Brightness = (byte)(second % 200 + 1) });
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(database.Transactions - before, 3, 5);
    }

    private async Task<GatewayUnderTest> StartAsync(string? folder = null, string powerOn = "last", Dictionary<string, object>? more = null, Action<IServiceCollection>? configure = null)
    {
        if (!Directory.Exists(Path.Combine(_sys, "ACT"))) Led("ACT", "0");
        var settings = new Dictionary<string, object>(more ?? [], StringComparer.Ordinal) { ["lights.act.driver"] = "kernel-led", ["lights.act.led"] = "ACT", ["lights.act.power-on"] = powerOn };
        return await GatewayUnderTest.StartAsync(s =>
        {
            s.AddSingleton(new Hardware { Leds = _sys });
            s.AddSingleton(new MachineBoot(Path.Combine(_sys, "boot_id")));
            configure?.Invoke(s);
        }, settings, folder);
    }

    /// <summary>The data folder as a killed process leaves it.</summary>
    private static string Killed(GatewayUnderTest gateway)
    {
        var folder = Directory.CreateTempSubdirectory("gw-").FullName;
        foreach (var file in Directory.GetFiles(gateway.Folder, "gateway.db*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    private static void Replace(GatewayUnderTest gateway, Dictionary<string, object> values) => gateway.Get<SettingsStore>().Replace(new Settings(
        values.ToDictionary(v => v.Key, v => new SettingValue(v.Value, SettingSource.SettingsFile, "test"), StringComparer.Ordinal), isDemonstration: true));

    private static async Task CommandAsync(GatewayUnderTest gateway, string id, LightState wish)
    {
        gateway.Get<LightRegistry>().Command(id, wish);
        await UntilAsync(gateway, id, l => l.Confirmation == Confirmation.Confirmed && l.Reported is not null && l.Desired.IsMetBy(l.Reported));
    }

    private static async Task UntilAsync(GatewayUnderTest gateway, string id, Func<Light, bool> wanted)
    {
        var registry = gateway.Get<LightRegistry>();
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = registry.Subscribe(c => { if (c.After is { } light && light.Id == id && wanted(light)) found.TrySetResult(); });
        if (registry.Find(id) is { } now && wanted(now)) return;
        await found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private void BootId(string id) => File.WriteAllText(Path.Combine(_sys, "boot_id"), id + "\n");

    private string Brightness(string led) => File.ReadAllText(Path.Combine(_sys, led, "brightness")).Trim();

    private void Led(string name, string brightness)
    {
        Directory.CreateDirectory(Path.Combine(_sys, name));
        File.WriteAllText(Path.Combine(_sys, name, "max_brightness"), "255\n");
        File.WriteAllText(Path.Combine(_sys, name, "brightness"), brightness);
    }
}
