using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Devices;
using Gateway.Host.Core;
using Gateway.Host.Tests;
using Gateway.Host.Tests.Doctor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Browser.Tests;

/// <summary>A gateway with the lights that a test needs. Only its lights live by <see cref="LightTime"/>: ten seconds need not be waited for.</summary>
internal sealed class Home : IAsyncDisposable
{
    public const string Owner = "Ana", Password = "correct horse battery";

    public static LightCapabilities Dimmable { get; } = new() { Brightness = true, ColorModes = [ColorMode.Brightness] };

    public static LightCapabilities Colourful { get; } = new()
    {
        Brightness = true, ColorModes = [ColorMode.ColorTemp, ColorMode.Xy], ColorTemp = new ColorTempRange(153, 500), Effects = ["candle", "rainbow"],
    };

    private Home(GatewayUnderTest gateway, FakeTimeProvider time)
    {
        Gateway = gateway;
        LightTime = time;
    }

    public GatewayUnderTest Gateway { get; private set; }

    public FakeTimeProvider LightTime { get; private set; }

    public Uri Address => Gateway.Address;

    public LightRegistry Lights => Gateway.Get<LightRegistry>();

    public static async Task<Home> StartAsync(Action<IServiceCollection>? configure = null, Dictionary<string, object>? settings = null)
    {
        var time = new FakeTimeProvider();
        return new Home(await StartGatewayAsync(time, configure: configure, settings: settings), time);
    }

    /// <summary>Puts in what is known of being reached; every page is told as ever.</summary>
    public void Tell(GatewayStatus status) => Gateway.Get<StatusStore>().Update(_ => status with { IsClaimed = true });

    /// <summary>As if this house had been watched for a while.</summary>
    public void Remember(params (TimeSpan Ago, string Pattern, string Words)[] lines) => Gateway.Get<Database>().Write(c =>
    {
        foreach (var (ago, pattern, words) in lines)
            c.Execute("INSERT INTO reachability_history (since, pattern, words, ways) VALUES ($s, $p, $w, $y)", ("$s", (TimeProvider.System.GetUtcNow() - ago).ToString("O")), ("$p", pattern), ("$w", words), ("$y", pattern == "verified" ? "portmap IPv4" : ""));
    });

    /// <summary>As after a power cut, on the same folder and port. Lights are to be added again.</summary>
    public async Task RestartAsync()
    {
        var (folder, port) = (Gateway.Folder, Address.Port);
        LightTime = new FakeTimeProvider();
        Gateway = await StartGatewayAsync(LightTime, folder, port);
    }

    /// <summary>Stops serving; the data stay.</summary>
    public async Task StopAsync()
    {
        await Gateway.App.StopAsync();
        await Gateway.App.DisposeAsync();
    }

    public async Task<TestLight> AddAsync(string name, LightCapabilities? capabilities = null, string? room = "Test room", bool reports = true)
    {
        var light = new TestLight(capabilities ?? LightCapabilities.OnOff, reports);
        await Lights.AddAsync(IdOf(name), name, room, "test", light);
        return light;
    }

    public static string IdOf(string name) => "test-" + string.Concat(name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));

    /// <summary>Fifty lights, among them every kind and every state.</summary>
    public async Task FillAsync()
    {
        for (var i = Lights.Lights.Count; i < 44; i++)
        {
            var name = $"Lamp {i}";
            await AddAsync(name, (i % 3) switch { 0 => LightCapabilities.OnOff, 1 => Dimmable, _ => Colourful }, $"Room {i % 7}");
            if (i % 2 == 0) Lights.Command(IdOf(name), (i % 3) switch
            {
                0 => new LightState { On = true },
                1 => new LightState { On = true, Brightness = 90 },
                _ => new LightState { On = true, Brightness = 255, Color = new LightColor.Hs(i * 37 % 360, 90) },
            });
        }
        await AddAsync("Never heard of");
        await AddAsync("No room", room: null);
        (await AddAsync("Unplugged")).Feedback.SetAvailable(false, "The bridge lost it ten minutes ago.");
        await AddAsync("Mute", reports: false);
        Lights.Command(IdOf("Mute"), new LightState { On = true });
        (await AddAsync("Deaf")).Swallows = true;
        Lights.Command(IdOf("Deaf"), new LightState { On = true });
        LightTime.Advance(LightRegistry.ConfirmWithin);
        (await AddAsync("Slow")).Swallows = true;
        Lights.Command(IdOf("Slow"), new LightState { On = true });
    }

    public async Task<string> ClaimCodeAsync() =>
        (await Gateway.Local.GetFromJsonAsync<JsonElement>("/api/local/claim-code")).GetProperty("code").GetString()!;

    public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();

    private static Task<GatewayUnderTest> StartGatewayAsync(FakeTimeProvider time, string? folder = null, int port = 0, Action<IServiceCollection>? configure = null, Dictionary<string, object>? settings = null) => GatewayUnderTest.StartAsync(
        services =>
        {
            services.KeepFactsStill();
            services.AddSingleton(p => ActivatorUtilities.CreateInstance<LightRegistry>(p, time));
            configure?.Invoke(services);
        },
        new(settings ?? [], StringComparer.Ordinal) { ["http.listen"] = new[] { $"http://127.0.0.1:{port}" } },
        folder);
}

/// <summary>A fixture that answers when and as the test wants.</summary>
internal sealed class TestLight(LightCapabilities capabilities, bool reports) : ILightDriver
{
    private readonly Lock _lock = new();
    private readonly List<LightState> _applied = [];

    public LightCapabilities Capabilities { get; } = capabilities;

    public bool Reports { get; } = reports;

    /// <summary>Takes commands and says nothing.</summary>
    public bool Swallows { get; set; }

    public ILightFeedback Feedback { get; private set; } = null!;

    public IReadOnlyList<LightState> Applied
    {
        get { lock (_lock) return [.. _applied]; }
    }

    public ValueTask StartAsync(ILightFeedback feedback, CancellationToken cancellationToken)
    {
        Feedback = feedback;
        return ValueTask.CompletedTask;
    }

    public ValueTask ApplyAsync(LightState state, CancellationToken cancellationToken)
    {
        lock (_lock) _applied.Add(state);
        if (Reports && !Swallows) Feedback.Report(state with { Transition = null });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
