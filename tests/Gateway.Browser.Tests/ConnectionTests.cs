using System.Net.Http.Json;
using System.Text.Json;

namespace Gateway.Browser.Tests;

public sealed class ConnectionTests(Chromium chromium)
{
    [Fact]
    public async Task While_the_gateway_is_gone_the_page_says_how_old_its_state_is_and_that_wishes_fail_and_afterwards_it_works_again()
    {
        await using var home = await Home.StartAsync();
        await home.AddAsync("Pantry");
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);
        await Expect(visit.Switch("Pantry")).ToBeVisibleAsync();

        await home.StopAsync();
        await Expect(visit.Page.GetByText("No connection to the gateway. Trying again.")).ToBeVisibleAsync();
        await Expect(visit.Page.GetByText("State last known", new() { Exact = false })).ToBeVisibleAsync();
        await visit.Switch("Pantry").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Alert).GetByText("Pantry was not changed: the gateway cannot be reached")).ToBeVisibleAsync();
        await Expect(visit.Switch("Pantry")).Not.ToBeCheckedAsync();
        await visit.ExpectAccessibleAsync("without connection");

        await home.RestartAsync();
        await home.AddAsync("Pantry");
        await Expect(visit.Page.GetByText("No connection to the gateway. Trying again.")).ToBeHiddenAsync();
        await visit.Switch("Pantry").ClickAsync();
        await Expect(visit.Card("Pantry").GetByText("On", new() { Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_is_signed_out_from_elsewhere_sees_the_door()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Lights" })).ToBeVisibleAsync();

        var sessions = await home.Gateway.Local.GetFromJsonAsync<JsonElement>("/api/sessions");
        await home.Gateway.Local.DeleteAsync("/api/sessions/" + sessions[0].GetProperty("id").GetString());

        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Welcome home" })).ToBeVisibleAsync();
        await Expect(visit.Page.GetByText("this session has ended")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Without_network_the_page_opens_from_the_device_says_so_and_goes_on_when_the_gateway_is_back()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, workers: true);
        await visit.EnterAsync(home);
        await visit.Page.EvaluateAsync("navigator.serviceWorker.ready");

        await home.StopAsync();
        await visit.Page.ReloadAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "The gateway cannot be reached" })).ToBeVisibleAsync();
        await visit.ExpectAccessibleAsync("offline");
        var kept = await visit.Page.EvaluateAsync<string[]>("caches.keys().then(async names => (await Promise.all(names.map(async n => (await (await caches.open(n)).keys()).map(r => new URL(r.url).pathname)))).flat())");
        Assert.Contains("/", kept, StringComparer.Ordinal);
        Assert.DoesNotContain(kept, path => path.StartsWith("/api", StringComparison.Ordinal));

        await home.RestartAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Lights" })).ToBeVisibleAsync();
    }
}
