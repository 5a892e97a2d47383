using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends;
using Gateway.Host.Tests.Doctor;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Browser.Tests;

/// <summary>A phone away from home, and friends: who looks from outside.</summary>
public sealed class OutsideTests(Chromium chromium)
{
    private const string Name = "pycon.example.org";

    [Fact]
    public async Task Whoever_signs_in_away_from_home_proves_it_without_a_word()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=" + Name, key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        ListenOptions? door = null;
        await using var home = await Home.StartAsync(services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0, o =>
        {
            (door = o).MarkOrigin(new ListenerRole("front"));
            o.UseHttps(certificate);
        })), new(StringComparer.Ordinal) { ["name.domain"] = Name, ["network.treat-as-public"] = new[] { "127.0.0.0/8" } });
        await home.Gateway.Local.PostAsJsonAsync("/api/claim", new { code = await home.ClaimCodeAsync(), name = Home.Owner, password = Home.Password });
        var front = door!.IPEndPoint!;
        var told = new MadeUp(TimeProvider.System).Believed();
        home.Tell(told with
        {
            Leases = [new IngressLease("front", IpFamily.V4, LeaseState.Granted) { Address = front.Address, Port = front.Port, Local = front }],
            Names = [new NameFacts("name", Name, new NameAddress(IpFamily.V4, front.Address, front.Address, true), new NameAddress(IpFamily.V6, null, null, true))],
        });
        await using var visit = await Visit.StartAsync(chromium, new Uri($"https://{Name}:{front.Port}"), 390, 844);
        await visit.EnterAsync(home);
        var status = home.Gateway.Get<StatusStore>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (status.Current is var s && s.Observations.Count == 0) await status.WaitForOtherAsync(s, patience.Token);
        var proof = Assert.Single(status.Current.Observations);
        Assert.Equal((VantageKind.Phone, ProbeOutcome.Reached, front.Address), (proof.Kind, proof.Outcome, proof.Target.Address));
        Assert.Equal("Ana's Chrome on Linux", proof.Vantage);
    }

    [Fact]
    public async Task The_code_for_the_phone_and_friends_are_a_part_of_the_view()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, 390, 844);
        await visit.EnterAsync(home);
        home.Tell(new MadeUp(TimeProvider.System).Believed());
        await visit.GoAsync("#/reach");
        var code = visit.Page.GetByRole(AriaRole.Img, new() { Name = "QR code: pycon.duckdns.org" });
        await Expect(code).ToBeVisibleAsync();
        Assert.True(await code.EvaluateAsync<bool>("image => image.decode().then(() => image.naturalWidth > 0)"));
        await Expect(visit.Page.GetByText(MadeUp.Key)).ToBeVisibleAsync();

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Invite a gateway" }).ClickAsync();
        await Expect(visit.Page.GetByLabel("Invitation", new() { Exact = true })).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("^gateway-friend://pycon\\.duckdns\\.org:443/[0-9a-f]{64}#sha256=", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        await visit.Page.GetByLabel("An invitation that you were sent").FillAsync("https://elsewhere.example/");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByText("An invitation begins with gateway-friend:// and is pasted whole.")).ToBeVisibleAsync();
        await visit.ExpectAccessibleAsync("friends");
    }

    [Fact]
    public async Task A_friend_is_lent_the_way_in_by_one_click_and_loses_it_by_another()
    {
        await using var home = await Home.StartAsync();
        await using var visit = await Visit.StartAsync(chromium, home.Address, 390, 844);
        await visit.EnterAsync(home);
        var (key, friends) = (new string('a', 64), home.Gateway.Get<Friendships>());
        friends.Add(new Friend("friend.example.org", "pycon.duckdns.org", 443, key, key, TimeProvider.System.GetUtcNow()), Home.Owner, ClientOrigin.LocalSocket);
        home.Tell(new MadeUp(TimeProvider.System).Believed());
        await visit.GoAsync("#/reach");
        async Task ClickAsync(string button, string then)
        {
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = $"{button}: friend.example.org", Exact = true }).ClickAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = $"{then}: friend.example.org", Exact = true })).ToBeVisibleAsync();
        }
        await ClickAsync("Lend your way in", "Stop lending");
        await Expect(visit.Page.GetByText("Your way in is lent to it: 0 visitors now, 0 of 50 GB this month.")).ToBeVisibleAsync();
        await ClickAsync("Use its way in", "Stop using its way in");
        await visit.ExpectAccessibleAsync("lending");
        await ClickAsync("Stop lending", "Lend your way in");
        await ClickAsync("Stop using its way in", "Use its way in");
    }
}
