namespace Gateway.Browser.Tests;

/// <summary>Every view, with fifty lights in every state.</summary>
public sealed class AccessibilityTests(Chromium chromium)
{
    private static readonly string[] Views = ["#/lights", "#/house/people", "#/house/tokens", "#/house/settings", "#/house/log", "#/you", "#/reach"];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_view_breaks_a_rule_of_axe(ColorScheme scheme)
    {
        await using var home = await Home.StartAsync();
        await home.FillAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, scheme: scheme);
        await visit.Page.GotoAsync("/");
        await Expect(visit.Page.GetByLabel("Claim code")).ToBeVisibleAsync();
        await visit.ExpectAccessibleAsync("claim");
        await visit.Page.GetByRole(AriaRole.Button).ClickAsync();
        await visit.ExpectAccessibleAsync("claim with errors");
        await visit.EnterAsync(home);
        await Expect(visit.Page.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(50);
        foreach (var view in Views)
        {
            await visit.GoAsync(view);
            await visit.ExpectAccessibleAsync(view);
        }
        foreach (var name in new[] { "Lamp 11", "Deaf", "Unplugged" })
        {
            await visit.GoAsync("#/lights");
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
            await visit.ExpectAccessibleAsync("the dialog of " + name);
            await visit.Page.Keyboard.PressAsync("Escape");
        }
        await visit.GoAsync("nothing/here");
        await visit.ExpectAccessibleAsync("what is not there");
        await visit.Context.ClearCookiesAsync();
        await visit.GoAsync("");
        await visit.ExpectAccessibleAsync("sign in");
    }

    [Theory]
    [InlineData(320, "100%")]
    [InlineData(390, "200%")]
    [InlineData(1280, "200%")]
    public async Task No_view_scrolls_sideways_and_all_is_big_enough_for_a_thumb(int width, string text)
    {
        await using var home = await Home.StartAsync();
        await home.FillAsync();
        await home.AddAsync("Donaudampfschifffahrtsgesellschaftskapitänskajütenlampe", Home.Colourful, room: "Donaudampfschifffahrtsgesellschaftskapitänskajüte");
        await using var visit = await Visit.StartAsync(chromium, home.Address, width, 640);
        await visit.Page.GotoAsync("/");
        await Expect(visit.Page.GetByLabel("Claim code")).ToBeVisibleAsync();
        await ExpectUsableAsync("claim");
        await visit.EnterAsync(home);
        foreach (var view in Views)
        {
            await visit.GoAsync(view);
            await ExpectUsableAsync(view);
        }
        await visit.GoAsync("#/lights");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Lamp 11", Exact = true }).ClickAsync();
        await ExpectUsableAsync("a light's dialog");

        async Task ExpectUsableAsync(string where)
        {
            await visit.Page.EvaluateAsync("size => { document.documentElement.style.fontSize = size; }", text);
            await visit.ExpectNoSidewaysScrollingAsync(where);
            // 44 px: WCAG 2.2, 2.5.5. A link in a line of text, a name whose whole card takes the tap and a box whose whole line does are excepted.
            var small = await visit.Page.EvaluateAsync<string[]>("""
                () => [...document.querySelectorAll('button, a, input, select, textarea')]
                  .filter(e => e.checkVisibility() && !e.closest('.skip') && !e.matches('.name, [type=checkbox], p > a:not(.button)'))
                  .filter(e => { const b = e.getBoundingClientRect(); return b.height < 43.9 || b.width < 43.9; })
                  .map(e => e.outerHTML.slice(0, 120))
                """);
            Assert.True(small.Length == 0, where + ": " + string.Join('\n', small));
        }
    }

    [Fact]
    public async Task All_is_done_by_keyboard_and_the_focus_is_never_lost()
    {
        await using var home = await Home.StartAsync();
        var light = await home.AddAsync("Aaa", Home.Dimmable, room: "Aaa");
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        var (page, keys) = (visit.Page, visit.Page.Keyboard);
        await page.GotoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();

        await keys.PressAsync("Tab");
        await keys.TypeAsync(await home.ClaimCodeAsync());
        await keys.PressAsync("Tab");
        await keys.TypeAsync(Home.Owner);
        await keys.PressAsync("Tab");
        await keys.TypeAsync(Home.Password);
        await keys.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Lights" })).ToBeFocusedAsync();
        await Expect(visit.Switch("Aaa")).ToBeVisibleAsync();

        await keys.PressAsync("Tab"); // all off
        await keys.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Aaa", Exact = true })).ToBeFocusedAsync();
        await keys.PressAsync("Tab");
        await keys.PressAsync("Space");
        await Expect(visit.Switch("Aaa")).ToBeCheckedAsync();
        await keys.PressAsync("Tab");
        await keys.PressAsync("Home");
        await LightsTests.WaitForAsync(() => light.Applied is [.., { Brightness: 1 }]);

        await keys.PressAsync("Shift+Tab");
        await keys.PressAsync("Shift+Tab");
        await keys.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await keys.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Aaa", Exact = true })).ToBeFocusedAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "You" }).FocusAsync();
        await keys.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = Home.Owner })).ToBeFocusedAsync();
    }
}
