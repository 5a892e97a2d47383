using System.Globalization;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A story in the house: told by the LED, which is read from outside, by the doctor's cause, and in the end by a phone elsewhere that switches the lamp by name.</summary>
public abstract class Scenario(LabHouse house) : InTheHouse(house), IAsyncDisposable
{
    /// <summary>How long anything may take that ends by itself.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Darkness and the end of a claim must come so soon.</summary>
    protected static readonly TimeSpan Promised = TimeSpan.FromSeconds(30);

    private HouseGateway? _gateway;
    private LedReader? _led;

    /// <summary>The gateway under test.</summary>
    protected HouseGateway Gateway => _gateway ?? throw new InvalidOperationException("No gateway has been started.");

    /// <summary>Its LED.</summary>
    protected LedReader Led => _led ?? throw new InvalidOperationException("No gateway has been started.");

    /// <summary>The owner's phone, elsewhere.</summary>
    protected Phone Phone { get; private set; } = null!;

    public new async ValueTask DisposeAsync()
    {
        _led?.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>Starts a gateway that a relay looks at, or as <paramref name="toml"/> wants it.</summary>
    protected async Task StartAsync(string? token = "lab-token", bool claim = true, bool clock = true, IReadOnlyDictionary<string, string>? environment = null, string toml = HouseGateway.WithVantage)
    {
        _gateway = await House.StartGatewayAsync(toml, token, claim, clock, environment);
        _led?.Dispose();
        (_led, Phone) = (new LedReader(_gateway.Led), new Phone(Lab, _gateway));
    }

    /// <summary>The same in a home that nobody can reach straight: its provider shares one IPv4 address among many, and there is no IPv6.</summary>
    protected async Task StartBehindNatAsync(string toml = HouseGateway.WithTunnels)
    {
        await Lab.MustAsync("bin/wan", "cgnat");
        await Lab.MustAsync("bin/ipv6", "off");
        await StartAsync(toml: toml);
    }

    /// <summary>From now on an address that is published may be remembered for a minute, as in life.</summary>
    protected Task RememberForAMinuteAsync() => Lab.MustAsync("bin/duckdns-ttl", "60");

    /// <summary>What the router speaks.</summary>
    protected async Task RouterSpeaksAsync(string protocols)
    {
        await Lab.MustAsync("services/router", "restart", protocols);
        if (protocols is not ("natpmp" or "none"))
            await Wait.UntilAsync(async () => await Lab.HttpAsync("pi", "http://192.168.77.1:5000/rootDesc.xml") == 200, Patience, () => "the router does not answer");
    }

    /// <summary>Waits until the LED shows one of these and the doctor names one of these causes; none named: nothing is wrong.</summary>
    protected async Task ToldAsync(string patterns, string causes = "", TimeSpan? patience = null)
    {
        await Led.UntilAsync(patience ?? Patience, patterns.Split(' '));
        var (said, wanted) = ((Diagnosis?)null, causes.Split(' '));
        await Wait.UntilAsync(async () => Array.IndexOf(wanted, (said = await Gateway.DoctorAsync()).Cause) >= 0, TimeSpan.FromSeconds(15),
            () => string.Create(CultureInfo.InvariantCulture, $"the doctor says \"{said?.Cause}\", not \"{causes}\": {said?.Words}"));
    }

    /// <summary>Waits until the doctor names this, as the cause or as a note: of two ways in that are closed at the same hop either may be the cause.</summary>
    protected async Task NamedAsync(string code)
    {
        var said = (Diagnosis?)null;
        await Wait.UntilAsync(async () => (said = await Gateway.DoctorAsync()).Cause == code || said.Notes.Contains(code), TimeSpan.FromSeconds(15), () => $"the doctor does not say \"{code}\" but {said?.Cause}, {string.Join(", ", said?.Notes ?? [])}: {said?.Words}");
    }

    /// <summary>When the certificate ends that an authority issued; waits for one that ends after another.</summary>
    protected async Task<DateTimeOffset> UntilIssuedAsync(DateTimeOffset after = default)
    {
        var expiry = (DateTimeOffset?)null;
        await Wait.UntilAsync(async () => (expiry = await Gateway.CertifiedUntilAsync()) > after, Patience, () => $"no new certificate:\n{Gateway.Said}");
        return expiry!.Value;
    }

    /// <summary>A curl on the phone that trusts the authority's root and nothing else, and looks the names up as everybody does, gets in over each of these families.</summary>
    protected async Task TrustedAsync(string families, params string[] names)
    {
        foreach (var family in families.Split(' '))
            foreach (var name in names)
                await Wait.UntilAsync(async () => await Lab.HttpAsync("phone", $"https://{name}/healthz", "--cacert", Path.Combine(Lab.Folder, "ca", "acme.pem"), family) == 200, TimeSpan.FromSeconds(20), () => string.Create(CultureInfo.InvariantCulture, $"curl {family} does not trust {name}"));
    }

    /// <summary>Everything is well: proven, with nothing to be said against it, and the lamp obeys.</summary>
    protected async Task AllIsWellAsync(params string[] families)
    {
        // An address that the name carried for a moment only, until a better way was there, is remembered for a while.
        await ToldAsync("verified", patience: Patience + Promised);
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), families);
    }
}
