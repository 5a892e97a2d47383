using System.Globalization;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Gateway.Lab.Tests.HousesFirst))]

namespace Gateway.Lab.Tests;

/// <summary>
/// A house in a lab of its own: up once in a run, as new before each test. There are two, since most of a scenario is waiting. The gateway in it is the published binary (<c>GATEWAY_BINARY</c>; <c>tests/run</c>
/// publishes and sets it) on the host <c>pi</c>, with an owner, a light, and a clock that counts as right.
/// </summary>
public sealed class LabHouse : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-in-lab-").FullName;
    private static int _houses;

    private readonly char _letter = (char)('a' + Interlocked.Increment(ref _houses) - 1);
    private Lab? _lab;
    private HouseGateway? _gateway, _friend;

    /// <summary>The simulated internet.</summary>
    public Lab Lab => _lab ?? throw new InvalidOperationException("The lab is not up.");

    private static bool IsRoot => Environment.UserName == "root";

    private static string? Binary => Environment.GetEnvironmentVariable("GATEWAY_BINARY");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Everything as it was at the beginning; no gateway runs. Skips the test where there is no lab; fails it in CI.</summary>
    public async Task ResetAsync()
    {
        Need(IsRoot, "The lab makes network namespaces, which takes root.");
        await StopGatewayAsync();
        if (_lab is null) _lab = await Lab.UpAsync(_letter);
        else await Lab.MustAsync("reset");
    }

    /// <summary>Starts the gateway on <c>pi</c> as its owner would, claimed, with the lamp "desk", the name and whatever <paramref name="toml"/> adds.</summary>
    public async Task<HouseGateway> StartGatewayAsync(string toml = "", string? token = "lab-token", bool claim = true, bool clock = true, IReadOnlyDictionary<string, string>? environment = null)
    {
        var binary = NeedGateway();
        var folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N")[..8])).FullName;
        _gateway = await HouseGateway.StartAsync(Lab, folder, binary, toml, token, clock, environment);
        if (claim) await _gateway.ClaimAsync();
        return _gateway;
    }

    /// <summary>Starts a gateway on <c>friend</c>, as its owner would.</summary>
    public async Task<HouseGateway> StartFriendAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N")[..8])).FullName;
        _friend = await HouseGateway.StartAsync(Lab, folder, NeedGateway(), "", home: Home.Friend);
        await _friend.ClaimAsync();
        return _friend;
    }

    /// <summary>Where the published gateway is. Skips the test where there is none or no lab; fails it in CI.</summary>
    public static string NeedGateway()
    {
        Need(IsRoot, "The lab makes network namespaces, which takes root.");
        Need(File.Exists(Binary), "GATEWAY_BINARY names no published gateway; tests/run publishes one.");
        return Binary!;
    }

    /// <summary>What every daemon and the gateway said last.</summary>
    public string Logs() => string.Create(CultureInfo.InvariantCulture, $"{_lab?.Logs()}\n--- gateway\n{_gateway?.Said}\n--- friend\n{_friend?.Said}");

    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        if (_lab is not null) await _lab.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Need(bool isThere, string what)
    {
        Assert.SkipUnless(isThere || Environment.GetEnvironmentVariable("CI") == "true", what);
        Assert.True(isThere, what);
    }

    private async Task StopGatewayAsync()
    {
        foreach (var gateway in new[] { _gateway, _friend }) if (gateway is not null) await gateway.DisposeAsync();
        _gateway = _friend = null;
    }
}

/// <summary>The first house. The classes of a collection take turns in it.</summary>
[CollectionDefinition(nameof(FirstHouse))]
public sealed class FirstHouse : ICollectionFixture<LabHouse>;

/// <summary>The second house, whose classes run beside those of the first.</summary>
[CollectionDefinition(nameof(SecondHouse))]
public sealed class SecondHouse : ICollectionFixture<LabHouse>;

/// <summary>The houses begin before anything else: they take longest.</summary>
public sealed class HousesFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections) where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => c.TestCollectionDisplayName is nameof(FirstHouse) or nameof(SecondHouse) ? 0 : 1).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];
}

/// <summary>A test in a house: everything as new before it; what the hosts said is shown when it failed. In the second house, unless the class says another.</summary>
[Collection(nameof(SecondHouse))]
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
