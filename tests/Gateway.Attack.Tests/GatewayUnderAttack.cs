using System.Diagnostics;
using System.Net.Http.Json;
using Gateway.Published;

[assembly: AssemblyFixture(typeof(Gateway.Attack.Tests.GatewayUnderAttack))]

namespace Gateway.Attack.Tests;

/// <summary>
/// The published binary (<c>GATEWAY_BINARY</c>; <c>tests/run</c> publishes and sets it) in 384 MB on one core, with an owner whose phone is signed in.
/// The attackers have the other cores.
/// </summary>
public sealed class GatewayUnderAttack : IAsyncLifetime
{
    public const string Password = "correct horse battery staple";
    public const long Memory = 384L * 1024 * 1024;
    private readonly MemoryGroup _group = new(Memory);
    private PublishedGateway? _gateway;
    private Phone? _phone;

    /// <summary>How long an attack goes on at least; <c>GATEWAY_ATTACK_SECONDS</c> makes it longer.</summary>
    public static TimeSpan AttackTime { get; } = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_ATTACK_SECONDS"), out var seconds) ? seconds : 5);

    internal PublishedGateway Gateway => _gateway ?? throw new InvalidOperationException("No gateway was started.");

    internal Phone Phone => _phone ?? throw new InvalidOperationException("No phone has signed in.");

    /// <summary>What the phone shows when it comes; must never be printed.</summary>
    internal string Cookie { get; private set; } = "";

    /// <summary>A token that may do what a client at the broker may; must never be printed.</summary>
    internal string Token { get; private set; } = "";

    /// <summary>Skips the test where there is no published binary; fails it in CI.</summary>
    internal void Require()
    {
        if (_gateway is not null) return;
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "GATEWAY_BINARY names no published gateway; tests/run publishes one.");
        Assert.Fail("GATEWAY_BINARY names no published gateway.");
    }

    public async ValueTask InitializeAsync()
    {
        var binary = Environment.GetEnvironmentVariable("GATEWAY_BINARY");
        if (!File.Exists(binary)) return;
        if (Environment.ProcessorCount > 1)
        {
            using var self = Process.GetCurrentProcess();
            self.ProcessorAffinity &= ~1;
        }
        // As in the unit file: a small youngest generation. Without a memory group the runtime at least bounds its own heap (0x12000000 is 288 MB, the 75 % it takes of a group's 384).
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_GCGen0MaxBudget"] = "100000" };
        if (_group.Path is null) environment["DOTNET_GCHeapHardLimit"] = "12000000";
        _gateway = await PublishedGateway.StartAsync([binary], """
            [lights.desk]
            driver = "simulated"
            """, core: 0, memoryGroup: _group.Path, environment: environment);
        Token = await _gateway.CreateTokenAsync("attacked", "mqtt", "lights:read", "lights:write");
    }

    /// <summary>The owner's phone claims the gateway and is signed in from then on.</summary>
    internal async Task ClaimAsync()
    {
        if (_phone is not null) return;
        // Whoever guessed codes before has used up the attempts of its own address, not the owner's.
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, ConnectCallback = Phone.ConnectAsync }) { BaseAddress = Gateway.Address };
        using var reply = await http.PostAsJsonAsync("/api/claim", new { code = PublishedGateway.ClaimCode, name = "Ada", password = Password });
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        Cookie = string.Join("; ", reply.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));
        _phone = new Phone(Gateway.HttpPort, Cookie);
    }

    public async ValueTask DisposeAsync()
    {
        _phone?.Dispose();
        if (_gateway is not null) await _gateway.DisposeAsync();
        _group.Dispose();
    }
}
