using System.Diagnostics;
using Gateway.Host.Core;
using Gateway.Host.Tests.Doctor;

namespace Gateway.Browser.Tests;

/// <summary>The QR code on the page, read off the screen by a scanner (zbar) as a phone would.</summary>
public sealed class QrTests(Chromium chromium)
{
    private const string Scanner = "/usr/bin/zbarimg";

    private static readonly MadeUp MadeUp = new(TimeProvider.System);

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light, 443, "https://pycon.duckdns.org/")]
    [InlineData(1280, 900, ColorScheme.Dark, 443, "https://pycon.duckdns.org/")]
    [InlineData(320, 640, ColorScheme.Dark, 8443, "https://pycon.duckdns.org:8443/")]
    public async Task A_scanner_reads_the_link_off_the_screen(int width, int height, ColorScheme scheme, int port, string link)
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, width, height, scheme);
        if (!File.Exists(Scanner) && Environment.GetEnvironmentVariable("CI") != "true") Assert.Skip($"There is no scanner at {Scanner}: install Debian's zbar-tools.");
        await visit.EnterAsync(home);
        var status = MadeUp.Believed();
        home.Tell(status with { Leases = [.. status.Leases.Select(l => l.Family == IpFamily.V4 ? l with { Port = port } : l)] });
        await visit.GoAsync("#/reach");
        var code = visit.Page.GetByRole(AriaRole.Img, new() { Name = "QR code: pycon.duckdns.org" });
        await code.EvaluateAsync("image => image.decode()");
        await code.ScrollIntoViewIfNeededAsync();

        var picture = Path.Combine(home.Gateway.Folder, "screen.png");
        await visit.Page.ScreenshotAsync(new() { Path = picture });
        Assert.Equal(link, await ScanAsync(picture));
    }

    private static async Task<string> ScanAsync(string picture)
    {
        using var zbar = Process.Start(new ProcessStartInfo(Scanner, ["--quiet", "--raw", picture]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (zbar.StandardOutput.ReadToEndAsync(), zbar.StandardError.ReadToEndAsync());
        await zbar.WaitForExitAsync();
        Assert.True(zbar.ExitCode == 0, $"no code in the picture: {await error}");
        return (await output).Trim();
    }
}
