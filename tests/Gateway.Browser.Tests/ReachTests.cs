using Gateway.Host.Core;
using Gateway.Host.Tests.Doctor;

namespace Gateway.Browser.Tests;

/// <summary>"Can I be reached?", in homes that are made up.</summary>
public sealed class ReachTests(Chromium chromium)
{
    private static readonly MadeUp MadeUp = new(TimeProvider.System) { GoodFor = TimeSpan.FromMinutes(10) };

    private static readonly Dictionary<string, (Func<GatewayStatus> Status, string Label)> States = new(StringComparer.Ordinal)
    {
        ["verified"] = (MadeUp.Verified, "Reachable"),
        ["believed"] = (MadeUp.Believed, "Not proven"),
        ["cgnat"] = (MadeUp.Cgnat, "Not reachable"),
        ["name-wrong"] = (MadeUp.NameWrong, "Name is wrong"),
        ["setup"] = (MadeUp.NoName, "No name yet"),
    };

    [Theory]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(320, 640, ColorScheme.Dark)]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    public async Task Every_verdict_is_shown_with_its_path_and_breaks_no_rule_of_axe(int width, int height, ColorScheme scheme)
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, width, height, scheme);
        await visit.EnterAsync(home);
        home.Remember(
            (TimeSpan.FromDays(6.2), "verified", "pycon.duckdns.org can be reached."), (TimeSpan.FromDays(4.6), "no-internet", "Nobody on the internet answers."),
            (TimeSpan.FromDays(4.3), "believed", "Everything looks right, but nobody outside has proven it."), (TimeSpan.FromDays(4), "verified", "pycon.duckdns.org can be reached."),
            (TimeSpan.FromDays(1.5), "off", "The gateway was stopped."), (TimeSpan.FromDays(1.2), "verified", "pycon.duckdns.org can be reached."));
        foreach (var (state, (status, label)) in States)
        {
            home.Tell(status());
            await visit.GoAsync("#/lights");
            await visit.GoAsync("#/reach");
            await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(label);
            await Expect(visit.Page.Locator(".path li")).ToHaveCountAsync(6);
            await visit.ExpectNoSidewaysScrollingAsync(state);
            await visit.ExpectAccessibleAsync($"reach {state} {width} {scheme}");
        }
        foreach (var summary in await visit.Page.Locator("summary").AllAsync()) await summary.ClickAsync();
        await visit.ExpectNoSidewaysScrollingAsync("unfolded");
        await visit.ExpectAccessibleAsync($"reach unfolded {width} {scheme}");
        await visit.GoAsync("#/lights");
        await visit.ExpectAccessibleAsync($"lights with a badge {width} {scheme}");
    }

    [Fact]
    public async Task A_page_that_has_lost_its_line_says_that_it_knows_nothing()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);
        home.Tell(MadeUp.Verified());
        await Expect(Badge(visit)).ToHaveTextAsync("Reachable");
        await visit.GoAsync("#/reach");
        await Expect(visit.Page.Locator(".path li")).ToHaveCountAsync(6);

        await home.StopAsync();
        await Expect(Badge(visit)).ToHaveTextAsync("Not known");
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Not known");
        await Expect(visit.Page.GetByText("What is shown below is older.")).ToBeVisibleAsync();
        await visit.ExpectAccessibleAsync("reach without connection");

        await home.RestartAsync();
        home.Tell(MadeUp.Believed());
        await Expect(Badge(visit)).ToHaveTextAsync("Not proven");
    }

    [Fact]
    public async Task A_claim_that_the_gateway_does_not_make_again_runs_out_on_the_page()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);
        home.Tell(new MadeUp(TimeProvider.System) { GoodFor = TimeSpan.FromSeconds(4) }.Verified());
        await Expect(Badge(visit)).ToHaveTextAsync("Reachable");
        await Expect(Badge(visit)).ToHaveTextAsync("Not known");
        await Expect(visit.Page.GetByText("No connection to the gateway.", new() { Exact = false })).ToBeHiddenAsync();
    }

    [Fact]
    public async Task An_owner_gives_the_house_its_name_by_keyboard_alone()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, 390, 844);
        await visit.EnterAsync(home);
        home.Tell(MadeUp.NoName());
        await Badge(visit).FocusAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Give your house a name" })).ToBeVisibleAsync();
        await visit.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("not a name!");
        await visit.Page.GetByLabel("Token").FillAsync("a-token");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByLabel("Name", new() { Exact = true })).ToHaveAttributeAsync("aria-invalid", "true");
        await visit.ExpectAccessibleAsync("a name that is none");

        await visit.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("pycon");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByText("The name is kept.", new() { Exact = false })).ToBeVisibleAsync();
        Assert.Equal(("pycon", "a-token"), (home.Gateway.Get<SettingsStore>().Current.Text("name.domain"), home.Gateway.Get<SettingsStore>().Current.Text("name.token")));
    }

    [Fact]
    public async Task Looking_around_is_asked_for_and_its_answer_is_read_out()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);
        await visit.GoAsync("#/reach");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Look around" }).ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Status).GetByRole(AriaRole.Heading, new() { Name = "What the router has opened" })).ToBeVisibleAsync();
        await visit.ExpectAccessibleAsync("having looked around");
    }

    private static ILocator Badge(Visit visit) => visit.Page.Locator("#reach");
}
