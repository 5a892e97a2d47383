using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>Where a gateway of the lab is at home.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Domain">Its name at DuckDNS.</param>
/// <param name="Near">A host of the same home.</param>
/// <param name="Url">Where that host finds it.</param>
public sealed record Home(string Host, string Domain, string Near, string Url)
{
    public static Home Own { get; } = new("pi", "pycon", "pc", "http://192.168.77.10");

    /// <summary>The friend's, with port 443 forwarded by hand.</summary>
    public static Home Friend { get; } = new("friend", "friend", "friend", "http://127.0.0.1");
}

/// <summary>The published gateway on one of the lab's hosts, run as its owner would: claimed, with the lamp "desk", a name and an LED of files.</summary>
public sealed class HouseGateway : IAsyncDisposable
{
    private const string ClaimCode = "words of the lab";

    /// <summary>Of the owner, who is called Ada.</summary>
    public const string Password = "correct horse battery staple";

    /// <summary>The name of the house.</summary>
    public const string Name = "pycon.duckdns.org";

    /// <summary>A server of the owner's that looks from outside, and no tunnel; and an address that answers also when no name can be looked up.</summary>
    public const string WithVantage = """
        [vantage]
        control = ["https://198.51.100.130", "https://[2001:db8:f:30::130]"]
        [ingress]
        order = ["ipv6", "portmap"]
        [ingress.ssh.eye]
        host = "relay.example"
        user = "tunnel"
        key = "@LAB@/ssh/pi"
        known-hosts = "@LAB@/ssh/known_hosts"
        """;

    /// <summary>Two servers of the owner's: the first a tunnel, the second a tunnel where that fails; each looks at what ends at the other.</summary>
    public const string WithTunnels = """
        [vantage]
        control = ["https://198.51.100.130", "https://[2001:db8:f:30::130]"]
        [ingress]
        order = ["ipv6", "portmap", "ssh.first", "ssh.second"]
        [ingress.ssh.first]
        host = "relay.example"
        user = "tunnel"
        key = "@LAB@/ssh/pi"
        known-hosts = "@LAB@/ssh/known_hosts"
        [ingress.ssh.second]
        host = "relay2.example"
        user = "tunnel"
        key = "@LAB@/ssh/pi"
        known-hosts = "@LAB@/ssh/known_hosts"
        """;

    /// <summary>More of gateway.toml: a certificate of the lab's authority (<c>services/acme</c>).</summary>
    public const string WithAuthority = "\n[acme]\ndirectory = \"https://acme.example:14000/dir\"\n";

    private readonly Lab _lab;
    private readonly Home _home;
    private readonly string _folder, _file, _binary;
    private readonly Dictionary<string, string> _environment;
    private ServerProcess? _process;
    private string _saidBefore = "";

    private HouseGateway(Lab lab, Home home, string folder, string binary, IReadOnlyDictionary<string, string> environment)
    {
        (_lab, _home, _folder, _binary, _file) = (lab, home, folder, binary, Path.Combine(folder, "gateway.toml"));
        _environment = new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["SSL_CERT_FILE"] = lab.Folder + "/ca/ca.pem" };
        foreach (var led in new[] { Led, Lamp })
        {
            Directory.CreateDirectory(led);
            File.WriteAllText(led + "/brightness", "0");
        }
        File.WriteAllText(Led + "/max_brightness", "1");
        File.WriteAllText(Lamp + "/max_brightness", "255");
        File.WriteAllText(Clock, "");
    }

    /// <summary>The process; throws when it does not run.</summary>
    public ServerProcess Process => _process ?? throw new InvalidOperationException("The gateway does not run.");

    /// <summary>A token of the owner's.</summary>
    public string Token { get; private set; } = "";

    /// <summary>The LED: a folder shaped like /sys/class/leds/X.</summary>
    public string Led => Path.Combine(_folder, "led");

    /// <summary>The lamp "desk" itself: a folder of the same shape, 0 to 255.</summary>
    public string Lamp => Path.Combine(_folder, "lamp");

    /// <summary>How bright the lamp is.</summary>
    public string Level => File.ReadAllText(Lamp + "/brightness").Trim();

    /// <summary>Exists while the clock counts as right.</summary>
    public string Clock => Path.Combine(_folder, "synchronised");

    /// <summary>What it has said, before it was last killed too.</summary>
    public string Said => _saidBefore + _process?.Said;

    /// <summary>Starts one that nobody has claimed yet.</summary>
    /// <param name="lab">Where.</param>
    /// <param name="folder">An empty folder for its files.</param>
    /// <param name="binary">The published gateway.</param>
    /// <param name="toml">More of gateway.toml; <c>@LAB@</c> is the lab's folder.</param>
    /// <param name="token">The token of the name; null for a gateway without a name.</param>
    /// <param name="clock">Whether the clock counts as right.</param>
    /// <param name="environment">More environment variables.</param>
    /// <param name="home">Where; null for the house's own.</param>
    public static async Task<HouseGateway> StartAsync(Lab lab, string folder, string binary, string toml, string? token = "lab-token", bool clock = true, IReadOnlyDictionary<string, string>? environment = null, Home? home = null)
    {
        var gateway = new HouseGateway(lab, home ?? Home.Own, folder, binary, environment ?? new Dictionary<string, string>(StringComparer.Ordinal));
        if (!clock) File.Delete(gateway.Clock);
        await File.WriteAllTextAsync(gateway._file, $"""
            [owner]
            claim = "{ClaimCode}"
            [http]
            listen = ["http://*:80", "https://*:443"]
            [data]
            path = "{folder}/data"
            [clock]
            synchronised = "file:{gateway.Clock}"
            [led]
            output = "sysfs:{gateway.Led}"
            [network]
            treat-as-public = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]
            [lights.desk]
            driver = "kernel-led"
            led = "{gateway.Lamp}"
            {(token is null ? "" : $"[name]\nprovider = \"duckdns\"\ndomain = \"{gateway._home.Domain}\"\ntoken = \"{token}\"")}
            {(toml.Contains("[acme]", StringComparison.Ordinal) ? "" : "[acme]\ndirectory = \"\"\ntransparency = \"\"")}
            {toml.Replace("@LAB@", lab.Folder, StringComparison.Ordinal)}
            """);
        await gateway.RunAsync();
        return gateway;
    }

    /// <summary>Starts the process and waits until it serves.</summary>
    public async Task RunAsync()
    {
        _process = ServerProcess.Start("ip", ["netns", "exec", $"{_lab.Prefix}-{_home.Host}", _binary, "run", "--config", _file], environment: _environment);
        await Wait.UntilAsync(async () => _process.HasExited ? throw new InvalidOperationException(_process.Said) : await _lab.HttpAsync(_home.Host, "http://127.0.0.1/healthz") == 200,
            TimeSpan.FromSeconds(30), () => $"the gateway does not answer:\n{_process.Said}");
    }

    /// <summary>What the doctor says.</summary>
    public async Task<Diagnosis> DoctorAsync() => Diagnosis.Of(await GetAsync("/api/doctor"));

    /// <summary>Makes Ada its owner, from home.</summary>
    public async Task ClaimAsync()
    {
        Assert.Equal(201, await _lab.HttpAsync(_home.Near, _home.Url + "/api/claim", "-m", "20", "-H", "Content-Type: application/json", "-d", $"{{\"code\":\"{ClaimCode}\",\"name\":\"Ada\",\"password\":\"{Password}\"}}"));
        var token = await CommandAsync("token", "create", "lab", "--scope", "lights:read", "--scope", "lights:write", "--scope", "status:read");
        Token = token.Output.Split('\n')[^1];
    }

    /// <summary>Runs one of the program's commands on its host.</summary>
    public Task<Ran> CommandAsync(params string[] arguments) => CommandAsync([], arguments);

    /// <summary>The same through another program, such as <c>timeout 8</c>.</summary>
    public Task<Ran> CommandAsync(IReadOnlyList<string> through, params string[] arguments) => _lab.OnAsync(_home.Host, [.. through, _binary, .. arguments, "--config", _file]);

    /// <summary>Switches the lamp from a host by HTTP; gives the status, or 0 when nobody answers. Nobody vouches for the certificate yet, so curl does not ask.</summary>
    public Task<int> SwitchAsync(string host, string address, bool on, params string[] curl) => _lab.HttpAsync(host, $"{address}/api/lights/desk",
        ["-k", "-X", "PATCH", "-H", $"Authorization: Bearer {Token}", "-H", "Content-Type: application/json", "-d", $"{{\"state\":\"{(on ? "ON" : "OFF")}\"}}", .. curl]);

    /// <summary>What the API answers at home.</summary>
    public async Task<JsonElement> GetAsync(string path) => await SendAsync("GET", path);

    /// <summary>Sends something to the API at home; gives what it answers.</summary>
    public async Task<JsonElement> SendAsync(string method, string path, string? body = null, string? token = null)
    {
        var ran = await _lab.OnAsync(_home.Near, ["curl", "-gsS", "-m", "20", "-X", method, "-H", $"Authorization: Bearer {token ?? Token}", .. body is null ? Array.Empty<string>() : ["-H", "Content-Type: application/json", "-d", body], _home.Url + path]);
        return JsonDocument.Parse(ran.Output).RootElement;
    }

    /// <summary>The LED's pattern as the API names it.</summary>
    public async Task<string> PatternAsync() => (await GetAsync("/api/reachability")).GetProperty("pattern").GetString()!;

    /// <summary>When the certificate ends that an authority issued; null while there is none.</summary>
    public async Task<DateTimeOffset?> CertifiedUntilAsync() =>
        (await GetAsync("/api/reachability")).GetProperty("certificate") is var certificate && certificate.GetProperty("self_signed").GetBoolean() ? null : certificate.GetProperty("expires").GetDateTimeOffset();

    /// <summary>Waits until the verdict is one of these.</summary>
    public Task UntilPatternAsync(TimeSpan patience, params string[] patterns)
    {
        var seen = "";
        return Wait.UntilAsync(async () => Array.IndexOf(patterns, seen = await PatternAsync()) >= 0, patience, () => string.Create(CultureInfo.InvariantCulture, $"the verdict is {seen}, not {string.Join(" or ", patterns)}:\n{Said}"));
    }

    /// <summary>Sends a signal, as kill(1) names it.</summary>
    public Task SignalAsync(string signal) => _lab.OnAsync(_home.Host, "kill", "-" + signal, Process.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Puts another token of the name into the file and starts anew.</summary>
    public async Task SetTokenAsync(string token)
    {
        await KillAsync();
        await File.WriteAllTextAsync(_file, Regex.Replace(await File.ReadAllTextAsync(_file), "^token = .*$", $"token = \"{token}\"", RegexOptions.Multiline, TimeSpan.FromSeconds(1)));
        await RunAsync();
    }

    /// <summary>Ends the process without a goodbye.</summary>
    public async Task KillAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not { } process) return;
        var ended = process.ExitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"it had ended by itself, with {code}") : "killed";
        await process.DisposeAsync();
        (_saidBefore, _process) = ($"{_saidBefore}{process.Said}\n--- {ended}\n", null);
    }
}
