using System.Diagnostics;

namespace Gateway.Lab.Tests;

/// <summary>A certificate of an authority (pebble, which refuses nonces at random), by texts at DuckDNS or at the door itself: had, trusted, renewed, and kept while others fail.</summary>
[Collection(nameof(FirstHouse))]
public sealed class CertificateTests(LabHouse house) : Scenario(house)
{
    private const string WithAuthority = HouseGateway.WithVantage + HouseGateway.WithAuthority, Below = "lamps." + HouseGateway.Name;

    [Fact]
    public async Task A_browser_trusts_the_name_and_what_is_below_it_also_after_a_renewal_for_which_the_authority_had_forgotten_the_account()
    {
        await Lab.MustAsync("services/acme", "start", "40");
        await StartAsync(toml: WithAuthority);
        var first = await UntilIssuedAsync();
        await TrustedAsync("-4 -6", HouseGateway.Name, Below);
        await AllIsWellAsync("v4", "v6");
        Assert.Equal("", (await Lab.OnAsync("phone", "dig", "+short", "@198.51.100.131", "_acme-challenge.pycon.duckdns.org", "TXT")).Output);
        Assert.Equal(["set", "cleared", "set", "cleared"], await TextsAsync());
        // A connection that is open goes on with the certificate that it began with.
        using var open = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", $"{Lab.Prefix}-pc", "openssl", "s_client", "-quiet", "-connect", "192.168.77.10:443", "-servername", HouseGateway.Name]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

        await Lab.MustAsync("services/acme", "start");
        var second = await UntilIssuedAsync(after: first);
        await TrustedAsync("-4 -6", HouseGateway.Name, Below);
        Assert.True(second - first > TimeSpan.FromDays(80), "the second is good for 90 days");
        await open.StandardInput.WriteAsync($"GET /healthz HTTP/1.1\r\nHost: {HouseGateway.Name}\r\nConnection: close\r\n\r\n");
        await open.StandardInput.FlushAsync();
        Assert.EndsWith("ok", (await open.StandardOutput.ReadToEndAsync()).TrimEnd('0', '\r', '\n'), StringComparison.Ordinal);
        await ToldAsync("verified");
    }

    [Fact]
    public async Task While_DuckDNS_fails_the_old_certificate_stays_nobody_is_hammered_and_the_LED_asks_for_attention_until_it_has_ended()
    {
        await Lab.MustAsync("services/acme", "start", "40");
        await StartAsync(toml: WithAuthority);
        var first = await UntilIssuedAsync();
        await Lab.MustAsync("bin/duckdns-fault", "500");
        await ToldAsync("attention", " certificate"); // also once it has ended
        await NamedAsync("certificate");
        Assert.Equal(first, await Gateway.CertifiedUntilAsync());
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v4", "v6");
        Assert.InRange((await TextsAsync()).Count, 5, 12); // those of the first, then one try, and what it may have left behind taken out more and more seldom

        await Lab.MustAsync("services/acme", "start");
        await Lab.MustAsync("bin/duckdns-fault", "none");
        await UntilIssuedAsync(after: first);
        await ToldAsync("verified");
        await TrustedAsync("-4 -6", HouseGateway.Name, Below);
    }

    [Fact]
    public async Task A_name_whose_provider_has_no_texts_is_proven_on_port_443()
    {
        await Lab.MustAsync("services/acme", "start");
        await StartAsync(token: null, toml: WithAuthority + $"""
            [name]
            provider = "dyndns2"
            domain = "{HouseGateway.Name}"
            endpoint = "https://www.duckdns.org/nic/update"
            checkip = "http://whoami.example/ip"
            user = "lab"
            token = "lab-token"
            """);
        await UntilIssuedAsync();
        await TrustedAsync("-4 -6", HouseGateway.Name);
        await AllIsWellAsync("v4", "v6");
        Assert.Empty(await TextsAsync());
        Assert.Equal(0, await Lab.HttpAsync("phone", $"https://{Below}/healthz", "--cacert", Path.Combine(Lab.Folder, "ca", "acme.pem")));   // one name, and nothing below it
        // Nobody is expected any more, so nobody is shown a certificate that is made for him.
        Assert.DoesNotContain("ALPN protocol: acme-tls/1", (await Lab.OnAsync("phone", "sh", "-c", $"openssl s_client -connect {HouseGateway.Name}:443 -servername {HouseGateway.Name} -alpn acme-tls/1 </dev/null 2>&1")).Output, StringComparison.Ordinal);
    }

    /// <summary>What DuckDNS was told of texts, in order.</summary>
    private async Task<IReadOnlyList<string>> TextsAsync() =>
        [.. (await Lab.ScriptAsync("bin/duckdns-log")).Output.Split('\n').Where(l => l.Contains("&txt=", StringComparison.Ordinal)).Select(l => l.Contains("clear=true", StringComparison.Ordinal) ? "cleared" : "set")];
}
