using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A home that nobody can reach straight, and ways in other than ssh: with the real programs where Debian has them.</summary>
public sealed class TunnelKindTests(LabHouse house) : Scenario(house)
{
    [Fact]
    public async Task From_behind_a_provider_s_NAT_without_IPv6_the_phone_gets_in_over_Teredo()
    {
        await Lab.MustAsync("services/teredo", "start");
        await StartBehindNatWithAsync("""
            [ingress]
            order = ["ipv6", "portmap", "teredo"]
            [ingress.teredo]
            interface = "teredo"
            """);
        await NamedAsync("no-interface");
        await Lab.MustAsync("services/teredo", "client");
        await ToldAsync("attention"); // proven, and nobody gets in who has IPv4 alone
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v6");
        Assert.StartsWith("2001:0:c633:64c2:", (await Lab.OnAsync("phone", "dig", "+short", "AAAA", HouseGateway.Name)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_a_kite_of_PageKite_the_phone_gets_in_with_TLS_untouched()
    {
        await Lab.MustAsync("bin/relay", "relay2", "stop");
        await Lab.MustAsync("services/pagekite", "start");
        await Lab.MustAsync("services/acme", "start");
        await StartBehindNatWithAsync(HouseGateway.WithAuthority + """
            [ingress]
            order = ["ipv6", "portmap", "pagekite"]
            [ingress.pagekite]
            kite = "pycon.duckdns.org"
            secret = "lab-secret"
            frontend = "192.0.2.70:443"
            """);
        await AllIsWellAsync("v4");
        await UntilIssuedAsync();
        await TrustedAsync("-4", HouseGateway.Name);
        Assert.Equal("192.0.2.70", (await Lab.OnAsync("phone", "dig", "+short", HouseGateway.Name)).Output);
        Assert.DoesNotContain("lab-secret", (await Lab.OnAsync("pi", "sh", "-c", "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done | grep -e --remoteui")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kite_that_its_front_end_reads_is_a_link_of_its_own_over_which_nobody_signs_in()
    {
        await Lab.MustAsync("bin/relay", "relay2", "stop");
        await Lab.MustAsync("services/pagekite", "start");
        await StartBehindNatWithAsync("""
            [ingress]
            order = ["ipv6", "portmap", "pagekite"]
            [ingress.pagekite]
            kite = "lamp.kite.example"
            secret = "lab-secret"
            frontend = "relay2.example:443"
            proto = "http"
            consent = "the provider can read everything"
            """);
        Task<int> SendAsync(string path, params string[] curl) => Lab.HttpAsync("phone", "http://lamp.kite.example" + path, ["--resolve", "lamp.kite.example:80:192.0.2.70", "-H", "Content-Type: application/json", .. curl]);
        await Wait.UntilAsync(async () => await SendAsync("/api/lights", "-H", "Authorization: Bearer " + Gateway.Token) == 200, Patience, () => "the phone does not get in by the kite");
        Assert.Equal(403, await SendAsync("/api/session", "-d", $"{{\"name\":\"Ada\",\"password\":\"{HouseGateway.Password}\"}}"));
        Assert.Equal(202, await SendAsync("/api/lights/desk", "-X", "PATCH", "-H", "Authorization: Bearer " + Gateway.Token, "-d", "{\"state\":\"ON\"}"));
        Assert.Equal("", (await Lab.OnAsync("phone", "dig", "+short", HouseGateway.Name)).Output);

        await Gateway.SignalAsync("KILL"); // its program goes with it
        await Wait.UntilAsync(async () => (await Lab.OnAsync("pi", "ss", "-Htn", "state", "established", "dst", "192.0.2.70")).Output.Length == 0, Promised, () => "pagekite still runs");
    }

    [Theory]
    [InlineData("localhost.run")]
    [InlineData("serveo")]
    public async Task A_free_service_makes_a_link_that_follows_its_name_over_which_nobody_signs_in_and_a_stranger_in_its_place_is_refused(string service)
    {
        await Lab.MustAsync("bin/relay", "relay", "free", service, "one.lhr.example");
        await StartBehindNatWithAsync($"""
            [ingress]
            order = ["ipv6", "portmap", "ssh.free"]
            [ingress.ssh.free]
            service = "{service}"
            host = "relay.example"
            user = "nokey"
            consent = "the provider can read everything"
            """);
        Task<int> SendAsync(string host, string path, params string[] curl) => Lab.HttpAsync("phone", $"https://{host}{path}", ["--cacert", Lab.Folder + "/ca/ca.pem", "--resolve", $"{host}:443:198.51.100.70", "-H", "Content-Type: application/json", .. curl]);
        async Task<bool> IsLinkedAsync(string host) => (await Gateway.GetAsync("/api/reachability")).GetRawText().Contains($"https://{host}/", StringComparison.Ordinal);
        async Task GetsInAsync(string host)
        {
            await Wait.UntilAsync(async () => await IsLinkedAsync(host) && await SendAsync(host, "/api/lights", "-H", "Authorization: Bearer " + Gateway.Token) == 200, Patience, () => $"the phone does not get in by {host}");
            Assert.Equal(202, await SendAsync(host, "/api/lights/desk", "-X", "PATCH", "-H", "Authorization: Bearer " + Gateway.Token, "-d", "{\"state\":\"ON\"}"));
        }

        await GetsInAsync("one.lhr.example");
        Assert.Equal(403, await SendAsync("one.lhr.example", "/api/session", "-d", $"{{\"name\":\"Ada\",\"password\":\"{HouseGateway.Password}\"}}"));
        Assert.Equal("", (await Lab.OnAsync("phone", "dig", "+short", HouseGateway.Name)).Output);

        // Its time is over: the next one has another name.
        await Lab.MustAsync("bin/relay", "relay", "free", service, "two.lhr.example");
        await GetsInAsync("two.lhr.example");
        Assert.False(await IsLinkedAsync("one.lhr.example"));

        await Lab.MustAsync("bin/relay", "relay", "stranger");
        await NamedAsync("tunnel-stranger");
        Assert.False(await IsLinkedAsync("two.lhr.example"));
    }

    [Fact]
    public async Task Without_consent_a_free_service_is_a_mistake_that_names_the_key_and_nothing_runs()
    {
        await Lab.MustAsync("bin/relay", "relay", "free", "localhost.run", "one.lhr.example");
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => StartBehindNatWithAsync("""
            [ingress]
            order = ["ipv6", "portmap", "ssh"]
            [ingress.ssh.free]
            service = "localhost.run"
            host = "relay.example"
            """));
        Assert.Contains("ingress.ssh.free.consent: must be set to \"the provider can read everything\"", failed.Message, StringComparison.Ordinal);
    }

    private Task StartBehindNatWithAsync(string ways) => StartBehindNatAsync(HouseGateway.WithVantage.Replace("[ingress]\norder = [\"ipv6\", \"portmap\"]", ways, StringComparison.Ordinal));
}
