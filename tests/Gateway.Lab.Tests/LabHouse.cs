using System.Globalization;
using System.Text.Json;
using Gateway.Published;

[assembly: AssemblyFixture(typeof(Gateway.Lab.Tests.LabHouse))]

namespace Gateway.Lab.Tests;

/// <summary>
/// The house in the lab: up once in a run, as new before each test. The gateway in it is the published binary (<c>GATEWAY_BINARY</c>; <c>tests/run</c>
/// publishes and sets it) on the host <c>pi</c>, with an owner, a light, and a clock that counts as right.
/// </summary>
public sealed class LabHouse : IAsyncLifetime
{
    private const string ClaimCode = "words of the lab", Password = "correct horse battery staple";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-in-lab-").FullName;
    private Lab? _lab;
    private ServerProcess? _gateway;

    /// <summary>The simulated internet.</summary>
    public Lab Lab => _lab ?? throw new InvalidOperationException("The lab is not up.");

    /// <summary>A token of the owner's.</summary>
    public string Token { get; private set; } = "";

    private static bool IsRoot => Environment.UserName == "root";

    private static string? Binary => Environment.GetEnvironmentVariable("GATEWAY_BINARY");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Everything as it was at the beginning; no gateway runs. Skips the test where there is no lab; fails it in CI.</summary>
    public async Task ResetAsync()
    {
        if (!IsRoot)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "The lab makes network namespaces, which takes root.");
            Assert.Fail("The lab makes network namespaces, which takes root.");
        }
        await StopGatewayAsync();
        if (_lab is null) _lab = await Lab.UpAsync('a');
        else await Lab.MustAsync("reset");
    }

    /// <summary>Starts the gateway on <c>pi</c> as its owner would, claimed, with the lamp "desk" and whatever <paramref name="toml"/> adds.</summary>
    public async Task StartGatewayAsync(string toml = "")
    {
        if (!File.Exists(Binary))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "GATEWAY_BINARY names no published gateway; tests/run publishes one.");
            Assert.Fail("GATEWAY_BINARY names no published gateway.");
        }
        var data = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N")[..8])).FullName;
        var (file, clock) = (Path.Combine(data, "gateway.toml"), Path.Combine(data, "synchronised"));
        await File.WriteAllTextAsync(clock, "");
        await File.WriteAllTextAsync(file, $"""
            [owner]
            claim = "{ClaimCode}"
            [http]
            listen = ["http://*:80"]
            [data]
            path = "{data}/data"
            [clock]
            synchronised = "file:{clock}"
            [lights.desk]
            driver = "simulated"
            {toml}
            """);
        _gateway = ServerProcess.Start("ip", ["netns", "exec", $"{Lab.Prefix}-pi", Binary!, "run", "--config", file]);
        await Wait.UntilAsync(async () => _gateway.HasExited ? throw new InvalidOperationException(_gateway.Said) : await Lab.HttpAsync("pi", "http://127.0.0.1/healthz") == 200,
            TimeSpan.FromSeconds(30), () => $"the gateway does not answer:\n{_gateway.Said}");
        var claimed = await Lab.HttpAsync("pc", "http://192.168.77.10/api/claim", "-H", "Content-Type: application/json", "-d", $"{{\"code\":\"{ClaimCode}\",\"name\":\"Ada\",\"password\":\"{Password}\"}}");
        Assert.Equal(201, claimed);
        var token = await Lab.OnAsync("pi", Binary!, "token", "create", "lab", "--scope", "lights:read", "--scope", "lights:write", "--scope", "status:read", "--config", file);
        Token = token.Output.Split('\n')[^1];
    }

    /// <summary>Switches the lamp from a host, by HTTP; gives the status, or 0 when nobody answers.</summary>
    public Task<int> SwitchAsync(string host, string address, bool on) => Lab.HttpAsync(host, $"{address}/api/lights/desk",
        "-X", "PATCH", "-H", $"Authorization: Bearer {Token}", "-H", "Content-Type: application/json", "-d", $"{{\"state\":\"{(on ? "ON" : "OFF")}\"}}");

    /// <summary>Whether the fixture itself is on.</summary>
    public async Task<bool?> IsOnAsync()
    {
        var light = await Lab.OnAsync("pc", "curl", "-gs", "-H", $"Authorization: Bearer {Token}", "http://192.168.77.10/api/lights/desk");
        var reported = JsonDocument.Parse(light.Output).RootElement.GetProperty("reported");
        return reported.ValueKind == JsonValueKind.Null ? null : reported.GetProperty("state").GetString() == "ON";
    }

    /// <summary>What every daemon and the gateway said last.</summary>
    public string Logs() => string.Create(CultureInfo.InvariantCulture, $"{_lab?.Logs()}\n--- gateway\n{_gateway?.Said}");

    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        if (_lab is not null) await _lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StopGatewayAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        _gateway = null;
    }
}

/// <summary>A test in the house: everything as new before it; what the hosts said is shown when it failed. Classes of one collection take turns.</summary>
[Collection("the house")]
public abstract class InTheHouse(LabHouse house) : IAsyncLifetime
{
    protected LabHouse House { get; } = house;

    protected Lab Lab => House.Lab;

    public async ValueTask InitializeAsync() => await House.ResetAsync();

    public ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed) TestContext.Current.TestOutputHelper?.WriteLine(House.Logs());
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
