[assembly: AssemblyFixture(typeof(Gateway.Browser.Tests.Chromium))]

namespace Gateway.Browser.Tests;

/// <summary>One Chromium for all tests; each gets contexts of its own. Where there is none the tests are skipped, and fail in CI.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP *.example.org 127.0.0.1", // the names of houses that come with a name
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public IBrowser Browser
    {
        get
        {
            if (_browser is null && Environment.GetEnvironmentVariable("CI") != "true") Assert.Skip($"There is no browser at {Path}: install Debian's chromium, or name another by $CHROMIUM.");
            return _browser ?? throw new InvalidOperationException($"There is no browser at {Path}.");
        }
    }

    private static string Path => Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";

    public async ValueTask InitializeAsync()
    {
        SetDefaultExpectTimeout(30_000);
        if (!File.Exists(Path)) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Path,
            // Chromium's sandbox refuses to run as root.
            Args = Environment.UserName == "root" ? [.. Arguments, "--no-sandbox"] : Arguments,
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
