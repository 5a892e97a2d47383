using System.Collections.Concurrent;
using System.Text.Json;

namespace Gateway.Browser.Tests;

public sealed class ColdLoadTests(Chromium chromium)
{
    /// <summary>40 KB for all there is, with every response's headers: what a phone at the edge of the garden waits for.</summary>
    private const int Most = 40_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_the_page_ever_loads_comes_in_forty_kilobytes(bool brotli)
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        var wire = await visit.Context.NewCDPSessionAsync(visit.Page);
        await wire.SendAsync("Network.enable");
        // In the home network, without TLS, browsers offer no brotli.
        await wire.SendAsync("Network.setExtraHTTPHeaders", new(StringComparer.Ordinal) { ["headers"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["Accept-Encoding"] = brotli ? "gzip, br" : "gzip" } });
        var (paths, bytes) = (new ConcurrentDictionary<string, string>(StringComparer.Ordinal), new ConcurrentDictionary<string, double>(StringComparer.Ordinal));
        wire.Event("Network.requestWillBeSent").OnEvent += (_, e) => paths[Id(e)] = new Uri(e!.Value.GetProperty("request").GetProperty("url").GetString()!).AbsolutePath;
        wire.Event("Network.loadingFinished").OnEvent += (_, e) => bytes[Id(e)] = e!.Value.GetProperty("encodedDataLength").GetDouble();

        await visit.EnterAsync(home);
        foreach (var view in new[] { "#/house/people", "#/house/tokens", "#/house/settings", "#/house/log", "#/you", "#/reach" }) await visit.GoAsync(view);
        await visit.Page.EvaluateAsync("Promise.all(['/manifest.webmanifest', '/sw.js', '/icon.svg', '/icon.png'].map(p => fetch(p, { cache: 'no-store' }).then(r => r.arrayBuffer())))");

        var loaded = bytes.Where(b => paths.TryGetValue(b.Key, out var path) && !path.StartsWith("/api", StringComparison.Ordinal))
            .GroupBy(b => paths[b.Key], b => b.Value, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(), StringComparer.Ordinal);
        var total = loaded.Values.Sum();
        TestContext.Current.TestOutputHelper?.WriteLine($"{loaded.Count} files, {total} bytes with headers, {(brotli ? "brotli" : "gzip")}");
        Assert.Contains(loaded.Keys, path => path.EndsWith("/views/settings.js", StringComparison.Ordinal));
        Assert.InRange(total, 1, Most);

        static string Id(JsonElement? e) => e!.Value.GetProperty("requestId").GetString()!;
    }
}
