using System.Globalization;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>The lab itself, without any help of the product: so that a broken lab is told from a broken gateway.</summary>
[Collection(nameof(FirstHouse))]
public sealed class ControlTests(LabHouse house) : InTheHouse(house), IAsyncDisposable
{
    private const string Router = "192.168.77.1", Pi = "192.168.77.10", Description = "http://192.168.77.1:5000/rootDesc.xml", Authority = "@198.51.100.131";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly List<System.Diagnostics.Process> _running = [];

    public new async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_gateway_on_pi_is_claimed_from_home_and_switches_a_light_there_and_nobody_gets_in_from_outside()
    {
        await Lab.MustAsync("services/router", "restart", "none");
        var gateway = await House.StartGatewayAsync();
        Assert.Equal(202, await gateway.SwitchAsync("pc", $"http://{Pi}", on: true));
        await Wait.UntilAsync(() => Task.FromResult(gateway.Level == "255"), Patience, () => "the lamp stays off");
        foreach (var address in new[] { "203.0.113.7", $"[{await Lab.AddressAsync("pi")}]" })
            foreach (var scheme in new[] { "http", "https" }) Assert.Equal(0, await Lab.HttpAsync("phone", $"{scheme}://{address}/healthz", "-k"));
    }

    [Theory]
    [InlineData("upnp")]
    [InlineData("natpmp")]
    [InlineData("pcp")]
    public async Task The_phone_gets_in_only_while_there_is_a_mapping(string protocol)
    {
        await ServeAsync("pi");
        Assert.Equal(0, await Lab.HttpAsync("phone", "http://203.0.113.7:18080/"));
        await MapAsync(protocol, 18080, 60);
        Assert.Equal(200, await Lab.HttpAsync("phone", "http://203.0.113.7:18080/"));
        await MapAsync(protocol, 18080, 0);
        Assert.Equal(0, await Lab.HttpAsync("phone", "http://203.0.113.7:18080/"));
    }

    [Fact]
    public async Task A_mapping_follows_a_new_address_and_ends_with_a_reboot_of_the_router()
    {
        await ServeAsync("pi");
        await MapAsync("pcp", 18080, 600);
        await Lab.MustAsync("bin/wan", "203.0.113.99");
        Assert.Equal(200, await Lab.HttpAsync("phone", "http://203.0.113.99:18080/"));
        Assert.Equal(0, await Lab.HttpAsync("phone", "http://203.0.113.7:18080/"));
        await Wait.UntilAsync(async () => await EpochAsync() >= 3, Patience, () => "the router's epoch does not count");
        var reboot = LedReader.Now;
        await Lab.MustAsync("bin/router-reboot", "1");
        await Wait.UntilAsync(async () => await Lab.HttpAsync("pi", Description) == 200, Patience, () => "the router does not come back");
        Assert.InRange(await EpochAsync(), 0, (LedReader.Now - reboot).TotalSeconds + 1); // it counts from the reboot, not from before
        Assert.Equal(0, await Lab.HttpAsync("phone", "http://203.0.113.99:18080/"));
    }

    [Fact]
    public async Task Behind_a_shared_address_an_honest_router_refuses_and_a_naive_ones_mapping_is_of_no_use()
    {
        await ServeAsync("pi");
        await Lab.MustAsync("bin/wan", "cgnat");
        await Lab.MustAsync("services/router", "restart", "all");
        await RouterAnswersAsync();
        Assert.Contains("501", (await UpnpAsync("-a", Pi, "8080", "18080", "TCP", "60")).Output, StringComparison.Ordinal);
        await Lab.MustAsync("services/router", "restart", "naive");
        await RouterAnswersAsync();
        Assert.Contains("external 100.64.0.7:18080", (await UpnpAsync("-a", Pi, "8080", "18080", "TCP", "60")).Output, StringComparison.Ordinal);
        Assert.Equal("203.0.113.1", (await Lab.OnAsync("pi", "curl", "-4s", "http://whoami.example/ip")).Output);
        Assert.Equal(0, await Lab.HttpAsync("phone", "http://203.0.113.1:18080/"));
    }

    [Fact]
    public async Task Behind_another_router_of_the_household_the_home_router_has_a_private_address()
    {
        await Lab.MustAsync("bin/double-nat", "on");
        await Lab.MustAsync("services/router", "restart", "naive");
        await Wait.UntilAsync(async () => (await PcpAsync("natpmp", Router)).Output.EndsWith("external 10.0.0.7", StringComparison.Ordinal), Patience, () => "the router's address is another");
        Assert.Equal("203.0.113.1", (await Lab.OnAsync("pi", "curl", "-4s", "http://whoami.example/ip")).Output);
        await Lab.MustAsync("bin/double-nat", "off");
        Assert.Equal("203.0.113.7", (await Lab.OnAsync("pi", "curl", "-4s", "http://whoami.example/ip")).Output);
    }

    [Theory]
    [InlineData("refuse443", "443", "443", false)]
    [InlineData("refuse443", "8443", "443", true)]
    [InlineData("refuse443", "8443", "8443", true)]
    [InlineData("refuse443-upnp", "443", "443", false)]
    [InlineData("refuse443-upnp", "8443", "443", false)]
    [InlineData("refuse443-upnp", "8443", "8443", true)]
    public async Task A_router_may_refuse_port_443(string protocols, string outside, string inside, bool isGranted)
    {
        await Lab.MustAsync("services/router", "restart", protocols);
        await RouterAnswersAsync();
        Assert.Equal(isGranted, (await UpnpAsync("-a", Pi, inside, outside, "TCP", "60")).Output.Contains($"external 203.0.113.7:{outside}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_router_that_refuses_port_443_grants_another_by_PCP()
    {
        await Lab.MustAsync("services/router", "restart", "refuse443");
        await RouterAnswersAsync();
        var granted = await PcpAsync("map", Router, Pi, "tcp", "443", "443", "60");
        Assert.Equal(0, granted.Code);
        Assert.DoesNotContain("external 443 ", granted.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_owner_opens_by_hand_outlives_a_reboot_of_the_router_and_ends_by_hand()
    {
        await ServeAsync("pi");
        await ServeAsync("pc");
        var (pi, pc) = (await Lab.AddressAsync("pi"), await Lab.AddressAsync("pc"));
        async Task OpenAsync(int status)
        {
            Assert.Equal(status, await Lab.HttpAsync("phone", "http://203.0.113.7:443/"));
            Assert.Equal(status, await Lab.HttpAsync("phone", $"http://[{pi}]:8080/"));
            Assert.Equal(0, await Lab.HttpAsync("phone", $"http://[{pc}]:8080/"));
        }
        await OpenAsync(0);
        await Lab.MustAsync("bin/port-forward", "443", "8080");
        await Lab.MustAsync("bin/pinhole", "8080");
        await OpenAsync(200);
        await Lab.MustAsync("bin/router-reboot", "0");
        await Wait.UntilAsync(async () => await Lab.HttpAsync("phone", "http://203.0.113.7:443/") == 200, Patience, () => "the router does not come back");
        await OpenAsync(200);
        await Lab.MustAsync("bin/port-forward", "none");
        await Lab.MustAsync("bin/pinhole", "none");
        await OpenAsync(0);
    }

    [Theory]
    [InlineData("all", true, true, "InternetGatewayDevice:2")]
    [InlineData("igd1", true, false, "InternetGatewayDevice:1")]
    [InlineData("upnp", true, false, "InternetGatewayDevice:2")]
    [InlineData("natpmp", false, true, "")]
    [InlineData("none", false, false, "")]
    public async Task The_router_speaks_what_it_is_told_to(string protocols, bool upnp, bool natpmp, string device)
    {
        await Lab.MustAsync("services/router", "restart", protocols);
        if (upnp) await RouterAnswersAsync();
        if (natpmp) await Wait.UntilAsync(async () => (await PcpAsync("natpmp", Router)).Code == 0, Patience, () => "no NAT-PMP");
        var description = await Lab.OnAsync("pi", "curl", "-s", "-m", "3", Description);
        Assert.Equal(upnp, description.Code == 0);
        Assert.Contains(device, description.Output, StringComparison.Ordinal);
        Assert.Equal(natpmp, (await PcpAsync("natpmp", Router)).Code == 0);
    }

    [Fact]
    public async Task Over_IPv6_nobody_gets_in_without_a_pinhole()
    {
        await ServeAsync("pi");
        var address = await Lab.AddressAsync("pi");
        Assert.Equal(0, await Lab.HttpAsync("phone", $"http://[{address}]:8080/"));
        Assert.StartsWith("result 0", (await PcpAsync("map", "2001:db8:1:1::1", address, "tcp", "8080", "8080", "60")).Output, StringComparison.Ordinal);
        Assert.Equal(200, await Lab.HttpAsync("phone", $"http://[{address}]:8080/"));
        Assert.StartsWith("result 0", (await PcpAsync("map", "2001:db8:1:1::1", address, "tcp", "8080", "8080", "0")).Output, StringComparison.Ordinal);
        Assert.Equal(0, await Lab.HttpAsync("phone", $"http://[{address}]:8080/"));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("flash", false)]
    public async Task A_new_prefix_deprecates_the_old_one_or_the_old_one_vanishes_without_a_word(string how, bool isTold)
    {
        var old = await Lab.AddressAsync("pi");
        await Lab.MustAsync("bin/prefix", ["second", .. how.Length > 0 ? [how] : Array.Empty<string>()]);
        await Wait.UntilAsync(async () => (await AddressesAsync()).Contains("2001:db8:2:1:", StringComparison.Ordinal), Patience, () => "pi has no address of the new prefix");
        Task<bool> IsDeprecatedAsync() => AddressesAsync().ContinueWith(a => a.Result.Split('\n').Single(l => l.Contains(old, StringComparison.Ordinal)).Contains("deprecated", StringComparison.Ordinal), TaskScheduler.Default);
        if (isTold) await Wait.UntilAsync(IsDeprecatedAsync, Patience, () => "the old address is not deprecated");
        else Assert.False(await IsDeprecatedAsync());
        Assert.Equal("", (await Lab.OnAsync("router", "ip", "-6", "addr", "show", "dev", "lan", "to", "2001:db8:1:1::1")).Output);
    }

    [Fact]
    public async Task DuckDNS_takes_addresses_into_the_DNS_each_family_apart()
    {
        Assert.Equal("OK\n203.0.113.7\n\nUPDATED", (await DuckDnsAsync("ip=203.0.113.7")).Output.ReplaceLineEndings("\n"));
        Assert.Equal("OK\n203.0.113.7\n2001:db8:1:1::77\nUPDATED", (await DuckDnsAsync("ipv6=2001:db8:1:1::77")).Output.ReplaceLineEndings("\n"));
        Assert.Equal("OK\n203.0.113.7\n2001:db8:1:1::77\nNOCHANGE", (await DuckDnsAsync("ip=203.0.113.7")).Output.ReplaceLineEndings("\n"));
        Assert.Equal("203.0.113.7", await LookUpAsync("phone", "A"));
        Assert.Equal("2001:db8:1:1::77", await LookUpAsync("phone", "AAAA"));
        Assert.Equal("203.0.113.7", await LookUpAsync("phone", "A", "desk.pycon.duckdns.org"));
        Assert.Equal("OK\n\n\nUPDATED", (await DuckDnsAsync("clear=true")).Output.ReplaceLineEndings("\n"));
        Assert.Equal("", (await Lab.OnAsync("phone", "dig", "+short", "@198.51.100.131", "pycon.duckdns.org", "A")).Output);
        Assert.Contains("ip=203.0.113.7", (await Lab.ScriptAsync("bin/duckdns-log")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ko", "KO")]
    [InlineData("html", "<html>")]
    [InlineData("500", "Internal error")]
    [InlineData("blank", "OK\n\n\nUPDATED")]
    [InlineData("other", "192.0.2.99")]
    [InlineData("stale", "UPDATED")]
    [InlineData("down", "")]
    [InlineData("slow", "")]
    public async Task DuckDNS_fails_as_it_is_told_to(string mode, string answer)
    {
        await Lab.MustAsync("bin/duckdns-fault", mode);
        var said = (await DuckDnsAsync("ip=203.0.113.8")).Output.ReplaceLineEndings("\n");
        if (answer.Length == 0) Assert.Equal("", said);
        else Assert.Contains(answer, said, StringComparison.Ordinal);
        if (mode == "stale") Assert.Equal("", (await Lab.OnAsync("phone", "dig", "+short", "@198.51.100.131", "pycon.duckdns.org", "A")).Output);
    }

    [Fact]
    public async Task DuckDNS_knows_its_token() =>
        Assert.Equal("KO", (await Lab.OnAsync("pi", "curl", "-s", "https://www.duckdns.org/update?domains=pycon&token=wrong&ip=203.0.113.7")).Output);

    [Theory]
    [InlineData("refused", "refused")]
    [InlineData("timeout", "timed out")]
    [InlineData("servfail", "status: SERVFAIL")]
    [InlineData("nxdomain", "status: NXDOMAIN")]
    [InlineData("captive", "192.168.77.1")]
    public async Task DNS_at_home_fails_as_it_is_told_to(string mode, string answer)
    {
        await Lab.MustAsync("bin/dns-fault", mode);
        string said = "";
        await Wait.UntilAsync(async () =>
        {
            var asked = await Lab.OnAsync("pi", "dig", "+time=1", "+tries=1", "pycon.duckdns.org");
            said = asked.Output + asked.Error;
            return said.Contains(answer, StringComparison.Ordinal);
        }, Patience, () => said);
        if (mode != "servfail") Assert.Equal("198.51.100.70", (await Lab.OnAsync("phone", "dig", "+short", "relay.example")).Output);
    }

    [Theory]
    [InlineData("relay")]
    [InlineData("relay2")]
    public async Task A_relay_looks_from_outside_by_ssh(string relay)
    {
        await ServeAsync("pi");
        Assert.Contains("Connection refused", (await LookAsync(relay, "198.51.100.130:81")).Error, StringComparison.Ordinal);
        await MapAsync("pcp", 18080, 60);
        Assert.Contains("200 OK", (await LookAsync(relay, "203.0.113.7:18080")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cables_are_pulled_and_lines_lose_what_they_carry()
    {
        Task<int> AskAsync() => Lab.HttpAsync("pi", "https://www.duckdns.org/ip");
        Assert.Equal(200, await AskAsync());
        foreach (var (host, cable) in new[] { ("isp", "uplink"), ("router", "wan"), ("router", "lan-pi") })
        {
            await Lab.MustAsync("bin/link", host, cable, "down");
            Assert.Equal(0, await AskAsync());
            await Lab.MustAsync("bin/link", host, cable, "up");
            await Wait.UntilAsync(async () => await AskAsync() == 200, Patience, () => $"{host} {cable} does not come back");
        }
        await Lab.MustAsync("bin/loss", "router", "wan", "100");
        Assert.Equal(0, await AskAsync());
        await Lab.MustAsync("bin/loss", "router", "wan", "0");
        Assert.Equal(200, await AskAsync());
    }

    [Fact]
    public async Task A_friends_door_is_open()
    {
        _running.Add(Lab.Start("friend", "python3", "-m", "http.server", "443", "--bind", "::", "--directory", Lab.Folder + "/ca"));
        foreach (var address in new[] { "192.0.2.133", "[2001:db8:4:1::10]" })
            await Wait.UntilAsync(async () => await Lab.HttpAsync("pi", $"http://{address}:443/") == 200, Patience, () => $"{address} is closed");
    }

    [Fact]
    public async Task Certificates_and_Teredo_are_there_on_demand()
    {
        await Lab.MustAsync("services/acme", "start");
        Assert.Equal(200, await Lab.HttpAsync("pi", "https://acme.example:14000/dir"));
        await Lab.MustAsync("services/acme", "stop");
        await Lab.MustAsync("services/teredo", "start");
        Assert.Contains("198.51.100.194:3544", (await Lab.OnAsync("teredo", "ss", "-Hlun")).Output, StringComparison.Ordinal);
        await Lab.MustAsync("services/teredo", "stop");
    }

    [Fact]
    public async Task A_clock_can_be_wrong() =>
        Assert.Equal("1999", (await Lab.OnAsync("pi", "faketime", "1999-12-31 12:00:00", "date", "+%Y")).Output);

    [Fact]
    public async Task Two_labs_do_not_meet_and_the_slow_ones_resolver_remembers_for_a_minute()
    {
        await DuckDnsAsync("ip=203.0.113.7");
        Assert.InRange(await TimeToLiveAsync(Lab), 0, 2);
        Assert.Equal(10, await TimeToLiveAsync(Lab, Authority));
        await Lab.MustAsync("bin/duckdns-ttl", "60");
        await DuckDnsAsync("ip=203.0.113.6");
        Assert.Equal(60, await TimeToLiveAsync(Lab, Authority));
        await DuckDnsAsync("ip=203.0.113.7");
        await using (var other = await Lab.UpAsync('w', "--slow"))
        {
            await other.OnAsync("pi", "curl", "-s", "https://www.duckdns.org/update?domains=pycon&token=lab-token&ip=203.0.113.8");
            Assert.InRange(await TimeToLiveAsync(other), 50, 60);
            await other.OnAsync("pi", "curl", "-s", "https://www.duckdns.org/update?domains=pycon&token=lab-token&ip=203.0.113.9");
            Assert.Equal("203.0.113.8", (await other.OnAsync("phone", "dig", "+short", "pycon.duckdns.org")).Output); // what the phone's provider remembers
            Assert.Equal("203.0.113.9", (await other.OnAsync("phone", "dig", "+short", "@198.51.100.131", "pycon.duckdns.org")).Output);
        }
        Assert.Equal("203.0.113.7", await LookUpAsync("phone", "A"));
    }

    private async Task ServeAsync(string host)
    {
        _running.Add(Lab.Start(host, "python3", "-m", "http.server", "8080", "--bind", "::", "--directory", Lab.Folder + "/ca"));
        await Wait.UntilAsync(async () => await Lab.HttpAsync(host, "http://[::1]:8080/") == 200, Patience, () => "nothing is served");
    }

    private async Task MapAsync(string protocol, int port, int seconds)
    {
        var (external, lifetime) = (port.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture));
        var ran = protocol switch
        {
            "upnp" when seconds > 0 => await UpnpAsync("-a", Pi, "8080", external, "TCP", lifetime),
            "upnp" => await UpnpAsync("-d", external, "TCP"),
            "natpmp" => await PcpAsync("natpmp", Router, "tcp", "8080", seconds > 0 ? external : "0", lifetime),
            _ => await PcpAsync("map", Router, Pi, "tcp", "8080", external, lifetime),
        };
        Assert.True(ran.Code == 0 && (protocol == "upnp" || ran.Output.StartsWith("result 0", StringComparison.Ordinal)), ran.ToString());
    }

    private Task<Ran> UpnpAsync(params string[] arguments) => Lab.OnAsync("pi", ["upnpc", "-i", "-u", Description, .. arguments]);

    private Task<Ran> PcpAsync(params string[] arguments) => Lab.OnAsync("pi", [Lab.PathOf("bin/pcp"), .. arguments]);

    private async Task<int> EpochAsync() => int.Parse((await PcpAsync("natpmp", Router)).Output.Split(' ')[3], CultureInfo.InvariantCulture);

    private Task RouterAnswersAsync() => Wait.UntilAsync(async () => await Lab.HttpAsync("pi", Description) == 200, Patience, () => "the router does not answer");

    private async Task<string> AddressesAsync() => (await Lab.OnAsync("pi", "ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "global")).Output;

    private Task<Ran> DuckDnsAsync(string query) => Lab.OnAsync("pi", "curl", "-4s", "-m", "3", $"https://www.duckdns.org/update?domains=pycon&token=lab-token&verbose=true&{query}");

    private async Task<string> LookUpAsync(string host, string kind, string name = "pycon.duckdns.org") => (await Lab.OnAsync(host, "dig", "+short", name, kind)).Output;

    private static async Task<int> TimeToLiveAsync(Lab lab, string server = "@198.51.100.130") =>
        int.Parse((await lab.OnAsync("phone", "dig", "+noall", "+answer", server, "pycon.duckdns.org")).Output.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>Asks for a page through a relay's eyes.</summary>
    private Task<Ran> LookAsync(string relay, string target) => Lab.OnAsync("pi", "sh", "-c",
        $"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 8 ssh -F none -i {Lab.Folder}/ssh/pi -o UserKnownHostsFile={Lab.Folder}/ssh/known_hosts -o StrictHostKeyChecking=yes -o BatchMode=yes -W {target} tunnel@{relay}.example");
}
