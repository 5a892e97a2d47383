using System.Collections.Concurrent;
using System.Globalization;
using Deque.AxeCore.Playwright;

namespace Gateway.Browser.Tests;

/// <summary>One person's browser at a gateway: cookies and storage of its own. Whatever the browser complains of meanwhile fails the test at the end.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _complaints = new();

    private Visit(IBrowserContext context, IPage page, Uri address)
    {
        Context = context;
        Page = page;
        Address = address;
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    public Uri Address { get; }

    public static async Task<Visit> StartAsync(Chromium chromium, Uri address, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light, bool workers = false)
    {
        ArgumentNullException.ThrowIfNull(chromium);
        var context = await chromium.Browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            IgnoreHTTPSErrors = true, // no authority vouches for a house
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            ServiceWorkers = workers ? ServiceWorkerPolicy.Allow : ServiceWorkerPolicy.Block,
        });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        var visit = new Visit(context, page, address);
        page.PageError += (_, error) => visit._complaints.Enqueue("script error: " + error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)) visit._complaints.Enqueue(message.Text);
        };
        return visit;
    }

    /// <summary>Opens the page, claims the gateway if nobody has, else signs in.</summary>
    public async Task EnterAsync(Home home, string view = "")
    {
        await Page.GotoAsync("/" + view);
        await Expect(Page.GetByLabel("Password")).ToBeVisibleAsync();
        if (await Page.GetByLabel("Claim code").IsVisibleAsync()) await Page.GetByLabel("Claim code").FillAsync(await home.ClaimCodeAsync());
        await Page.GetByLabel("Name").FillAsync(Home.Owner);
        await Page.GetByLabel("Password").FillAsync(Home.Password);
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
        await Expect(Page.Locator(".door")).ToHaveCountAsync(0);
    }

    public async Task GoAsync(string view)
    {
        await Page.GotoAsync("/" + view);
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
        await Expect(Page.GetByText("Loading…")).ToHaveCountAsync(0);
    }

    public ILocator Switch(string name) => Page.GetByRole(AriaRole.Switch, new() { Name = name, Exact = true });

    /// <summary>The list entry of a light.</summary>
    public ILocator Card(string name) => Page.GetByRole(AriaRole.Listitem).Filter(new() { Has = Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true }) });

    /// <summary>No rule of axe is broken here and now, best practices included. Leaves a picture in the folder $PICTURES, if there is one.</summary>
    public async Task ExpectAccessibleAsync(string where)
    {
        if (Environment.GetEnvironmentVariable("PICTURES") is { } folder)
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, string.Concat(where.Select(c => char.IsLetterOrDigit(c) ? c : '-')) + ".png"), FullPage = true });
        var result = await Page.RunAxe();
        Assert.True(result.Violations.Length == 0, where + ": " + string.Join("\n", result.Violations.Select(v =>
            $"{v.Id}: {v.Help}\n  {string.Join("\n  ", v.Nodes.Take(3).Select(n => n.Html + " " + string.Join("; ", n.Any.Select(c => c.Message))))}")));
    }

    public async Task ExpectNoSidewaysScrollingAsync(string where)
    {
        var (needed, there) = (await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Page.ViewportSize!.Width);
        Assert.True(needed <= there, string.Create(CultureInfo.InvariantCulture, $"{where} is {needed} px wide in a window of {there} px"));
    }

    public async ValueTask DisposeAsync()
    {
        await Context.DisposeAsync();
        Assert.Empty(_complaints);
    }
}
