using System.Diagnostics;
using System.Globalization;
using Gateway.Published;

namespace Gateway.Lab.Tests;

/// <summary>A certificate of an authority (pebble, which refuses nonces at random), by texts at DuckDNS: had, trusted, renewed, and kept while others fail.</summary>
[Collection(nameof(FirstHouse))]
public sealed class CertificateTests(LabHouse house) : Scenario(house)
{
    private const string WithAuthority = HouseGateway.WithVantage + """

        [acme]
        directory = "https://acme.example:14000/dir"
        """;

    private string Root => Path.Combine(Lab.Folder, "ca", "acme.pem");

    [Fact]
    public async Task A_browser_trusts_the_name_and_what_is_below_it_also_after_a_renewal_for_which_the_authority_had_forgotten_the_account()
    {
        await Lab.MustAsync("services/acme", "start", "40");
        await StartAsync(toml: WithAuthority);
        var first = await UntilIssuedAsync();
        await TrustedAsync("-4", "-6");
        await AllIsWellAsync("v4", "v6");
        Assert.Equal("", (await Lab.OnAsync("phone", "dig", "+short", "@198.51.100.131", "_acme-challenge.pycon.duckdns.org", "TXT")).Output);
        Assert.Equal(["set", "cleared", "set", "cleared"], await TextsAsync());
        // A connection that is open goes on with the certificate that it began with.
        using var open = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", $"{Lab.Prefix}-pc", "openssl", "s_client", "-quiet", "-connect", "192.168.77.10:443", "-servername", HouseGateway.Name]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

        await Lab.MustAsync("services/acme", "start");
        var second = await UntilIssuedAsync(after: first);
        await TrustedAsync("-4", "-6");
        Assert.True(second - first > TimeSpan.FromDays(80), "the second is good for 90 days");
        await open.StandardInput.WriteAsync($"GET /healthz HTTP/1.1\r\nHost: {HouseGateway.Name}\r\nConnection: close\r\n\r\n");
        await open.StandardInput.FlushAsync();
        Assert.EndsWith("ok", (await open.StandardOutput.ReadToEndAsync()).TrimEnd('0', '\r', '\n'), StringComparison.Ordinal);
        await ToldAsync("verified");
    }

    [Fact]
    public async Task While_DuckDNS_fails_the_old_certificate_stays_nobody_is_hammered_and_the_LED_asks_for_attention()
    {
        await Lab.MustAsync("services/acme", "start", "40");
        await StartAsync(toml: WithAuthority);
        var first = await UntilIssuedAsync();
        await Lab.MustAsync("bin/duckdns-fault", "500");
        await ToldAsync("attention", " certificate"); // also once it has ended
        await NamedAsync("certificate");
        Assert.Equal(first, await ExpiryAsync());
        await Phone.GetsInAsync(TimeSpan.FromSeconds(10), "v4", "v6");
        Assert.InRange((await TextsAsync()).Count, 5, 12); // those of the first, then one try, and what it may have left behind taken out more and more seldom
    }

    /// <summary>When the certificate ends that an authority issued; waits for one that ends after another.</summary>
    private async Task<DateTimeOffset> UntilIssuedAsync(DateTimeOffset after = default)
    {
        var expiry = (DateTimeOffset?)null;
        await Wait.UntilAsync(async () => (expiry = await ExpiryAsync()) > after, Patience, () => $"no new certificate:\n{Gateway.Said}");
        return expiry!.Value;
    }

    private async Task<DateTimeOffset?> ExpiryAsync() =>
        (await Gateway.GetAsync("/api/reachability")).GetProperty("certificate") is var certificate && certificate.GetProperty("self_signed").GetBoolean() ? null : certificate.GetProperty("expires").GetDateTimeOffset();

    /// <summary>The phone's curl trusts the authority's root and nothing else, and looks the names up as everybody does.</summary>
    private async Task TrustedAsync(params string[] families)
    {
        foreach (var family in families)
            foreach (var name in new[] { HouseGateway.Name, "lamps." + HouseGateway.Name })
                await Wait.UntilAsync(async () => await Lab.HttpAsync("phone", $"https://{name}/healthz", "--cacert", Root, family) == 200, TimeSpan.FromSeconds(20), () => string.Create(CultureInfo.InvariantCulture, $"curl {family} does not trust {name}"));
    }

    /// <summary>What DuckDNS was told of texts, in order.</summary>
    private async Task<IReadOnlyList<string>> TextsAsync() =>
        [.. (await Lab.ScriptAsync("bin/duckdns-log")).Output.Split('\n').Where(l => l.Contains("&txt=", StringComparison.Ordinal)).Select(l => l.Contains("clear=true", StringComparison.Ordinal) ? "cleared" : "set")];
}
