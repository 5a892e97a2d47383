using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Browser.Tests;

public sealed class HouseTests(Chromium chromium)
{
    [Fact]
    public async Task An_invited_member_joins_by_the_link_and_sees_the_lights_but_not_the_house()
    {
        await using var home = await Home.StartAsync();
        await home.AddAsync("Pantry");
        await using var owner = await Visit.StartAsync(chromium, home.Address);
        await owner.EnterAsync(home, "#/house/people");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Make a link" }).ClickAsync();
        var link = await owner.Page.GetByLabel("Invitation link").InputValueAsync();

        await using var guest = await Visit.StartAsync(chromium, home.Address, 390, 844);
        await guest.Page.GotoAsync(link);
        await Expect(guest.Page.GetByRole(AriaRole.Heading, new() { Name = "You are invited" })).ToBeVisibleAsync();
        await guest.ExpectAccessibleAsync("join");
        Assert.DoesNotContain("join", guest.Page.Url, StringComparison.Ordinal);
        await guest.Page.GetByLabel("Name").FillAsync("Bob");
        await guest.Page.GetByLabel("Password").FillAsync("a plain long password");
        await guest.Page.GetByRole(AriaRole.Button, new() { Name = "Join" }).ClickAsync();

        await guest.Switch("Pantry").ClickAsync();
        await Expect(guest.Switch("Pantry")).ToBeCheckedAsync();
        await Expect(guest.Page.GetByRole(AriaRole.Link, new() { Name = "House" })).ToHaveCountAsync(0);

        await owner.GoAsync("#/house/people");
        await owner.Page.ReloadAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Remove Bob" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(guest.Page.GetByRole(AriaRole.Heading, new() { Name = "Welcome home" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_token_is_shown_once_works_and_is_revoked()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home, "#/house/tokens");
        await visit.Page.GetByLabel("Name").FillAsync("kitchen display");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Make the token" }).ClickAsync();
        await Expect(visit.Page.GetByText("One or more of lights:read")).ToBeVisibleAsync();
        await visit.Page.GetByLabel("See lights").CheckAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Make the token" }).ClickAsync();
        var token = await visit.Page.GetByLabel("Token \"kitchen display\"").InputValueAsync();
        await visit.ExpectAccessibleAsync("a new token");

        Assert.Equal(HttpStatusCode.OK, await LightsWithAsync(home, token));

        await visit.Page.ReloadAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "kitchen display" })).ToBeVisibleAsync();
        Assert.DoesNotContain(token, await visit.Page.ContentAsync(), StringComparison.Ordinal);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke kitchen display" }).ClickAsync();
        await visit.ExpectAccessibleAsync("asking before revoking");
        await visit.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(visit.Page.GetByText("No token yet.")).ToBeVisibleAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await LightsWithAsync(home, token));
    }

    [Fact]
    public async Task Another_device_is_signed_out_and_the_password_changed()
    {
        await using var home = await Home.StartAsync();
        await using var here = await Visit.StartAsync(chromium, home.Address);
        await here.EnterAsync(home);
        await using var there = await Visit.StartAsync(chromium, home.Address, 390, 844);
        await there.EnterAsync(home);

        await here.GoAsync("#/you");
        await here.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out Chrome on Linux" }).ClickAsync();
        await here.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(there.Page.GetByRole(AriaRole.Heading, new() { Name = "Welcome home" })).ToBeVisibleAsync();

        await here.Page.GetByLabel("Present password").FillAsync("not this one");
        await here.Page.GetByLabel("New password").FillAsync("four new plain words");
        await here.Page.Keyboard.PressAsync("Enter");
        await Expect(here.Page.GetByText("The present password is wrong.")).ToBeVisibleAsync();
        await Expect(here.Page.GetByLabel("Present password")).ToBeFocusedAsync();
        await here.Page.GetByLabel("Present password").FillAsync(Home.Password);
        await here.Page.Keyboard.PressAsync("Enter");
        await Expect(here.Page.GetByText("The password is changed.")).ToBeVisibleAsync();

        await here.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await Expect(here.Page.GetByRole(AriaRole.Heading, new() { Name = "Welcome home" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_setting_is_refused_beside_its_field_then_saved_and_taken_back()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home, "#/house/settings");
        var hosts = visit.Page.GetByLabel("hosts", new() { Exact = true });
        var save = visit.Page.Locator(".panel").Filter(new() { Has = visit.Page.GetByRole(AriaRole.Heading, new() { Name = "HTTP", Exact = true }) }).GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true });

        await hosts.FillAsync("not a name!");
        await save.ClickAsync();
        await Expect(hosts).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(hosts).ToBeFocusedAsync();
        await visit.ExpectAccessibleAsync("a refused setting");

        await hosts.FillAsync("lights.example.org");
        await save.ClickAsync();
        await Expect(visit.Page.GetByText("Saved.")).ToBeVisibleAsync();
        await Expect(visit.Page.GetByText("set here")).ToBeVisibleAsync();
        await Expect(hosts).ToHaveValueAsync("lights.example.org");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Back to what lies below" }).ClickAsync();
        await save.ClickAsync();
        await Expect(visit.Page.GetByText("set here")).ToHaveCountAsync(0);
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => { d.open = true; })");
        await visit.ExpectAccessibleAsync("all settings unfolded");
    }

    [Fact]
    public async Task What_cannot_be_set_on_the_page_is_shown_but_not_offered_and_the_log_is_in_words()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home, "#/house/settings");
        await visit.Page.EvaluateAsync("document.querySelectorAll('details').forEach(d => { d.open = true; })");
        await Expect(visit.Page.GetByLabel("claim", new() { Exact = true })).ToBeDisabledAsync();
        await Expect(visit.Page.GetByLabel("level", new() { Exact = true })).ToBeEnabledAsync();

        await visit.GoAsync("#/house/log");
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Became the owner: Ana" })).ToBeVisibleAsync();
        await visit.GoAsync("#/house/people");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Make a link" }).ClickAsync();
        await Expect(visit.Page.GetByText("It works once, and ends in 3 days.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_wrong_code_is_told_beside_its_field()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.Page.GotoAsync("/");
        await visit.Page.GetByLabel("Claim code").FillAsync("not the code");
        await visit.Page.GetByLabel("Name").FillAsync("Eve");
        await visit.Page.GetByLabel("Password").FillAsync("a plain long password");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByText("That is not the claim code.")).ToBeVisibleAsync();
        await Expect(visit.Page.GetByLabel("Claim code")).ToBeFocusedAsync();
    }

    private static async Task<HttpStatusCode> LightsWithAsync(Home home, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/lights");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await home.Gateway.Http.SendAsync(request)).StatusCode;
    }
}
