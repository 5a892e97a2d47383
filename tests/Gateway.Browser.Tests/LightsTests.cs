using System.Net.Http.Json;
using Gateway.Devices;

namespace Gateway.Browser.Tests;

public sealed class LightsTests(Chromium chromium)
{
    [Fact]
    public async Task Who_has_the_code_claims_the_gateway_and_switches_a_light()
    {
        await using var home = await Home.StartAsync();
        var light = await home.AddAsync("Pantry");
        await using var visit = await Visit.StartAsync(chromium, home.Address);

        await visit.EnterAsync(home);
        await visit.Switch("Pantry").ClickAsync();

        await Expect(visit.Card("Pantry").GetByText("On", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visit.Switch("Pantry")).ToBeCheckedAsync();
        Assert.True(light.Applied[^1].On);
    }

    [Fact]
    public async Task A_wish_is_shown_as_pending_until_the_fixture_confirms_it()
    {
        await using var home = await Home.StartAsync();
        var light = await home.AddAsync("Pantry");
        light.Feedback.Report(new LightState { On = false });
        light.Swallows = true;
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await visit.Switch("Pantry").ClickAsync();
        await Expect(visit.Card("Pantry").GetByText("Turning on…")).ToBeVisibleAsync();
        await Expect(visit.Switch("Pantry")).ToBeCheckedAsync();
        await Expect(visit.Card("Pantry")).ToHaveAttributeAsync("data-on", "false");

        light.Feedback.Report(new LightState { On = true });
        await Expect(visit.Card("Pantry").GetByText("On", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visit.Card("Pantry")).ToHaveAttributeAsync("data-on", "true");
    }

    [Fact]
    public async Task A_swallowed_wish_is_not_confirmed_after_ten_seconds_and_announced_to_who_made_it()
    {
        await using var home = await Home.StartAsync();
        var light = await home.AddAsync("Pantry");
        light.Feedback.Report(new LightState { On = false });
        light.Swallows = true;
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await visit.Switch("Pantry").ClickAsync();
        await Expect(visit.Card("Pantry").GetByText("Turning on…")).ToBeVisibleAsync();
        await WaitForAsync(() => light.Applied.Count == 1);
        home.LightTime.Advance(LightRegistry.ConfirmWithin);

        await Expect(visit.Card("Pantry").GetByText("Not confirmed: asked to be on, says it is off")).ToBeVisibleAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Status).GetByText("Pantry: Not confirmed")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_light_that_never_answers_is_sent_not_confirmed_and_an_unheard_one_is_not_called_off()
    {
        await using var home = await Home.StartAsync();
        await home.AddAsync("Mute", reports: false);
        await home.AddAsync("Unheard");
        (await home.AddAsync("Unplugged")).Feedback.SetAvailable(false, "GPIO line 27 is busy.");
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await visit.Switch("Mute").ClickAsync();

        await Expect(visit.Card("Mute").GetByText("Sent on; this light never answers")).ToBeVisibleAsync();
        await Expect(visit.Card("Unheard").GetByText("Not known yet")).ToBeVisibleAsync();
        await Expect(visit.Card("Unplugged").GetByText("Unavailable: GPIO line 27 is busy.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Darkness_is_claimed_only_when_every_light_has_said_so()
    {
        await using var home = await Home.StartAsync();
        foreach (var light in home.Lights.Lights) await home.Lights.RemoveAsync(light.Id);
        var left = await home.AddAsync("Left", room: "Attic");
        var right = await home.AddAsync("Right", room: "Attic");
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await Expect(visit.Page.GetByText("None known to be on")).ToBeVisibleAsync();
        await Expect(visit.Switch("All of Attic")).ToHaveAttributeAsync("data-known", "false");
        left.Feedback.Report(new LightState { On = false });
        await Expect(visit.Switch("All of Attic")).ToHaveAttributeAsync("data-known", "true");
        await Expect(visit.Page.GetByText("None known to be on")).ToBeVisibleAsync();
        right.Feedback.Report(new LightState { On = false });
        await Expect(visit.Page.GetByText("All is dark")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Another_browser_and_the_API_see_each_others_changes()
    {
        await using var home = await Home.StartAsync();
        await home.AddAsync("Pantry", Home.Dimmable);
        await using var one = await Visit.StartAsync(chromium, home.Address);
        await one.EnterAsync(home);
        await using var two = await Visit.StartAsync(chromium, home.Address, 390, 844);
        await two.EnterAsync(home);

        await one.Switch("Pantry").ClickAsync();
        await Expect(two.Switch("Pantry")).ToBeCheckedAsync();

        await home.Gateway.Local.PatchAsJsonAsync("/api/lights/" + Home.IdOf("Pantry"), new { state = "ON", brightness = 51 });
        await Expect(one.Card("Pantry").GetByText("On at 20 %")).ToBeVisibleAsync();
        await Expect(two.Card("Pantry").GetByText("On at 20 %")).ToBeVisibleAsync();
        await Expect(two.Page.GetByLabel("Brightness of Pantry")).ToHaveValueAsync("51");
    }

    [Fact]
    public async Task Dragging_sends_few_commands_the_last_wins_and_no_event_moves_the_thumb()
    {
        await using var home = await Home.StartAsync();
        var light = await home.AddAsync("Pantry", Home.Dimmable);
        home.Lights.Command(Home.IdOf("Pantry"), new LightState { On = true, Brightness = 128 });
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);
        var slider = visit.Page.GetByLabel("Brightness of Pantry");
        await slider.ScrollIntoViewIfNeededAsync();
        var box = (await slider.BoundingBoxAsync())!;
        var mouse = visit.Page.Mouse;

        var start = TimeProvider.System.GetTimestamp();
        await mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await mouse.DownAsync();
        await mouse.MoveAsync(box.X + 20, box.Y + box.Height / 2, new() { Steps = 100 });
        await mouse.MoveAsync(box.X + box.Width - 20, box.Y + box.Height / 2, new() { Steps = 100 });
        var held = await slider.InputValueAsync();
        await WaitForAsync(() => light.Applied.Count > 1 && light.Applied[^1].Brightness > 230);
        await Expect(visit.Card("Pantry").GetByText("On at 9", new() { Exact = false })).ToBeVisibleAsync();
        home.LightTime.Advance(LightRegistry.ConfirmWithin); // what is said later than that is no echo of the drag
        light.Feedback.Report(new LightState { On = true, Brightness = 10 });
        await Expect(visit.Card("Pantry").GetByText("On at 4 %")).ToBeVisibleAsync();
        Assert.Equal(held, await slider.InputValueAsync());
        await mouse.UpAsync();

        // Ten a second, however long a busy machine takes to move the mouse.
        Assert.InRange(light.Applied.Count, 2, 5 + (int)(TimeProvider.System.GetElapsedTime(start).TotalSeconds * 10));
    }

    [Fact]
    public async Task Warmth_colour_and_effects_are_set_in_the_light_s_own_dialog()
    {
        await using var home = await Home.StartAsync();
        var light = await home.AddAsync("Pantry", Home.Colourful);
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Pantry", Exact = true }).ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Pantry" });
        await dialog.GetByLabel("Warmth").FillAsync("400");
        await WaitForAsync(() => light.Applied is [.., { ColorTemp: 400 }]);
        await dialog.GetByLabel("Colour").FillAsync("240");
        await WaitForAsync(() => light.Applied is [.., { ColorTemp: null, Color: not null }]);
        await dialog.GetByLabel("Effect").SelectOptionAsync("candle");
        await WaitForAsync(() => light.Applied is [.., { Effect: "candle" }]);

        await Expect(dialog.GetByText("candle").Last).ToBeVisibleAsync();
        await visit.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_room_and_the_whole_house_are_switched_together()
    {
        await using var home = await Home.StartAsync();
        var (left, right, other) = (await home.AddAsync("Left", room: "Attic"), await home.AddAsync("Right", room: "Attic"), await home.AddAsync("Other", room: "Barn"));
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await visit.Switch("All of Attic").ClickAsync();
        await Expect(visit.Switch("Left")).ToBeCheckedAsync();
        await Expect(visit.Page.GetByText("2 of 2 on")).ToBeVisibleAsync();
        Assert.Empty(other.Applied);

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "All off" }).ClickAsync();
        await Expect(visit.Page.GetByText("None known to be on")).ToBeVisibleAsync(); // one of the demonstration home is unplugged
        Assert.False(left.Applied[^1].On);
        Assert.False(right.Applied[^1].On);
    }

    [Fact]
    public async Task Two_rooms_of_two_lights_fill_a_wide_page()
    {
        await using var home = await Home.StartAsync();
        foreach (var (name, room) in new[] { ("Left", "Attic"), ("Right", "Attic"), ("Front", "Barn"), ("Back", "Barn") }) await home.AddAsync(name, Home.Colourful, room);
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        var (head, last) = ((await visit.Page.Locator(".head").BoundingBoxAsync())!, (await visit.Card("Front").BoundingBoxAsync())!);
        Assert.Equal((await visit.Card("Left").BoundingBoxAsync())!.Y, last.Y);
        Assert.Equal(head.X + head.Width, last.X + last.Width, 1.0);
    }

    [Fact]
    public async Task A_name_is_text_whatever_it_looks_like()
    {
        const string name = "<img src=x onerror=\"document.title='owned'\">";
        await using var home = await Home.StartAsync();
        await home.AddAsync(name, room: "<b>Room</b>");
        await using var visit = await Visit.StartAsync(chromium, home.Address);
        await visit.EnterAsync(home);

        await Expect(visit.Page.GetByText(name, new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visit.Page.GetByText("<b>Room</b>", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visit.Page.Locator("main img")).ToHaveCountAsync(0);
        await Expect(visit.Page).ToHaveTitleAsync("Lights - Gateway");
    }

    internal static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}
