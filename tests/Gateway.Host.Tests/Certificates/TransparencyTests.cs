using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Host.Certificates.Transparency;
using Gateway.Host.Configuration;
using Gateway.Host.Core;
using Gateway.Host.Tests.Access;
using Gateway.Host.Tests.Doctor;
using Gateway.Host.Tests.Reachability;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Certificates;

/// <summary>A whole gateway with a name, and a monitor of certificate logs over HTTPS.</summary>
public sealed class TransparencyTests : IAsyncLifetime
{
    private const string Name = "pycon.example.org", Stranger = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Earlier = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow(), Later = Now.AddDays(80);

    private MonitorStandIn _monitor = null!;
    private GatewayUnderTest? _gateway;

    public async ValueTask InitializeAsync() => _monitor = await MonitorStandIn.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        await _monitor.DisposeAsync();
    }

    [Fact]
    public async Task A_stranger_s_certificate_is_an_alarm_until_the_owner_says_that_was_me()
    {
        _monitor.Issue(Earlier, Now.AddDays(-20), Later, Name);             // before this gateway was there
        _monitor.Issue(Earlier, Now.AddDays(-2), Later, "*.example.org");   // of whoever has the domain
        _monitor.Issue(Stranger, Now, Later, Name, "www." + Name);
        using var owner = await StartAsync();
        var own = (await Status.UntilAsync(s => s.Certificate is not null)).Certificate!.KeyFingerprint;
        _monitor.Issue(own, Now, Later, Name, "*." + Name);
        LeadSomewhere();
        var foreign = Assert.Single((await Status.UntilAsync(s => s.Transparency.Foreign.Count > 0)).Transparency.Foreign);
        Assert.Equal((Name, Stranger, "Another CA", $"{Name}, www.{Name}"), (foreign.Name, foreign.KeyFingerprint, foreign.Issuer, foreign.Names));
        await ReadToTheEndAsync();
        Assert.Equal(["foreign", "above", "before"], await KindsAsync());
        var doctor = await (await _gateway!.Local.GetAsync("/api/doctor")).JsonAsync();
        var note = doctor.GetProperty("notes").EnumerateArray().Single(n => n.GetProperty("code").GetString() == "certificate-foreign");
        Assert.Contains("Another CA issued a certificate for pycon.example.org, www.pycon.example.org", note.GetProperty("words").GetString(), StringComparison.Ordinal);
        Assert.Contains("gateway certificate known", note.GetProperty("cure").GetString(), StringComparison.Ordinal);

        using var member = await _gateway.JoinAsync("Ben");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.PostAsync($"/api/certificates/{Stranger}/known", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await owner.PostAsync($"/api/certificates/{new string('0', 64)}/known", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await owner.PostAsync($"/api/certificates/{Stranger}/known", null)).StatusCode);
        await Status.UntilAsync(s => s.Transparency.Foreign.Count == 0);
        Assert.Equal(["known", "above", "before"], await KindsAsync());
        Assert.Contains(_gateway.Get<AuditLog>().Newest(10), e => e is { Who: AccessClients.OwnerName, What: "certificate.acknowledged" });
        Assert.False(_gateway.Get<TransparencyStore>().Keys()[Stranger]);
        Assert.True(_gateway.Get<TransparencyStore>().Keys()[own]);
    }

    [Fact]
    public async Task The_monitor_is_told_the_name_and_nothing_else_and_goes_on_where_it_ended()
    {
        for (var i = 0; i < 3; i++) _monitor.Issue(Stranger, Now, Later, $"a{i}.{Name}");
        using var owner = await StartAsync();
        LeadSomewhere();
        await ReadToTheEndAsync();
        Assert.Equal(["", "2", "3"], _monitor.Asked.Select(q => q["after"].ToString()));
        Assert.All(_monitor.Asked, q => Assert.Equal((Name, "true", "true", "dns_names,issuer"), (q["domain"].ToString(), q["include_subdomains"].ToString(), q["match_wildcards"].ToString(), string.Join(',', q["expand"].ToArray()))));
        Assert.All(_monitor.Asked, q => Assert.Empty(q.Keys.Except(["domain", "include_subdomains", "match_wildcards", "expand", "after"])));
        Assert.InRange(Row.Next, TimeProvider.System.GetUtcNow().AddMinutes(40), TimeProvider.System.GetUtcNow().AddMinutes(80)); // a stranger's is known: hourly
    }

    [Fact]
    public async Task A_monitor_that_pages_for_ever_is_left_after_a_few_pages()
    {
        _monitor.Instead = context => context.Response.WriteAsync($$"""[{"id":"{{Guid.NewGuid()}}","pubkey_sha256":"{{Stranger}}","dns_names":["elsewhere.example.net"],"not_before":"2026-01-01T00:00:00Z","not_after":"2036-01-01T00:00:00Z"}]""");
        using var owner = await StartAsync();
        LeadSomewhere();
        await UntilAsync(() => _monitor.Asked.Count == TransparencyWatch.MostPages && Row.Next > TimeProvider.System.GetUtcNow().AddMinutes(40));
        Assert.Null(Row.Read);
        Assert.Empty(_gateway!.Get<TransparencyStore>().Certificates(Name));
    }

    [Fact]
    public async Task Who_wants_to_be_left_alone_is()
    {
        _monitor.Instead = context =>
        {
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "7200");
            return Task.CompletedTask;
        };
        using var owner = await StartAsync();
        LeadSomewhere();
        await UntilAsync(() => Row.Failures == 1);
        Assert.InRange(Row.Next, TimeProvider.System.GetUtcNow().AddMinutes(115), TimeProvider.System.GetUtcNow().AddMinutes(125));
        Assert.Single(_monitor.Asked);
    }

    [Fact]
    public async Task A_monitor_that_fails_for_days_is_told_of_by_the_doctor_and_not_by_the_LED()
    {
        _monitor.Instead = context => { context.Response.StatusCode = 503; return Task.CompletedTask; };
        using var owner = await StartAsync();
        _gateway!.Get<TransparencyStore>().Write(new Watched(Name, Now.AddDays(-9), _monitor.Address.ToString(), "", Now.AddDays(-4), Now, 3, ""), []);
        LeadSomewhere();
        await Status.UntilAsync(s => s.Transparency.Problem is not null);
        Assert.DoesNotContain(Status.Current.Report.Warnings, w => w.Topic == "transparency");
        var doctor = await (await _gateway.Local.GetAsync("/api/doctor")).JsonAsync();
        Assert.Contains(doctor.GetProperty("notes").EnumerateArray(), n => n.GetProperty("code").GetString() == "transparency");
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("clock")]
    [InlineData("name")]
    public async Task Nobody_is_asked_without(string lacking)
    {
        using var owner = await StartAsync(claim: lacking != "owner", clock: lacking != "clock");
        if (lacking != "name") LeadSomewhere();
        await Status.UntilAsync(s => s.Certificate is not null);
        Assert.Empty(_monitor.Asked);
        if (lacking == "owner") (await _gateway!.ClaimAsync()).Dispose();
        if (lacking == "clock") Status.Update(s => s with { Clock = new ClockFacts(true, "") });
        if (lacking == "name") LeadSomewhere();
        await UntilAsync(() => !_monitor.Asked.IsEmpty);
    }

    [Theory]
    [InlineData("<html>We are down</html>")]
    [InlineData("{\"code\":\"not_allowed_by_plan\"}")]
    [InlineData("[null]")]
    [InlineData("[{\"id\":\"1\"}]")]
    [InlineData("[{\"id\":\"1\",\"pubkey_sha256\":\"zz\",\"dns_names\":[\"pycon.example.org\"],\"not_before\":\"2026-01-01T00:00:00Z\",\"not_after\":\"2036-01-01T00:00:00Z\"}]")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("")]
    public async Task What_is_no_list_of_certificates_is_an_error_and_never_all_clear(string answer)
    {
        _monitor.Instead = context => context.Response.WriteAsync(answer);
        Assert.Contains("no list of certificates", (await Assert.ThrowsAsync<MonitorException>(() => PageAsync(TimeProvider.System))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_answer_is_read_so_far_and_no_further()
    {
        var sent = 0L;
        _monitor.Instead = async context =>
        {
            var much = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested && sent < 1L << 28)
            {
                if ((await context.Response.BodyWriter.WriteAsync(much, context.RequestAborted)).IsCompleted) return; // nobody takes it any more: what is written now goes nowhere
                sent += much.Length;
            }
        };
        Assert.Contains("more than can be read", (await Assert.ThrowsAsync<MonitorException>(() => PageAsync(TimeProvider.System))).Message, StringComparison.Ordinal);
        Assert.True(sent < 1L << 26);
    }

    [Fact]
    public async Task Who_does_not_answer_is_not_waited_for_long()
    {
        var time = new FakeTimeProvider(Now);
        var asked = new TaskCompletionSource();
        _monitor.Instead = context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        var page = PageAsync(time);
        await asked.Task;
        time.Advance(MonitorClient.Patience);
        Assert.Contains("not answer in time", (await Assert.ThrowsAsync<MonitorException>(() => page)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_cannot_prove_to_be_the_monitor_is_not_believed()
    {
        var other = await MonitorStandIn.StartAsync();
        await using (other) Assert.Contains("cannot prove", (await Assert.ThrowsAsync<MonitorException>(() => PageAsync(TimeProvider.System, other.Root))).Message, StringComparison.Ordinal);
        Assert.Empty(_monitor.Asked);
    }

    private StatusStore Status => _gateway!.Get<StatusStore>();

    private Watched Row => _gateway!.Get<TransparencyStore>().Of(Name)!;

    private Task<IReadOnlyList<LoggedCertificate>> PageAsync(TimeProvider time, string? root = null)
    {
        var settings = new Settings(new Dictionary<string, SettingValue>(StringComparer.Ordinal) { ["acme.ca"] = new(root ?? _monitor.Root, SettingSource.ConfigurationFile, "") }, isDemonstration: false);
        return new MonitorClient(new SettingsStore(settings), time).PageAsync(_monitor.Address, Name, "", CancellationToken.None);
    }

    /// <summary>Asks at once and then as seldom as ever. Gives the owner's browser.</summary>
    private async Task<HttpClient> StartAsync(bool claim = true, bool clock = true)
    {
        // From a file: without one it would be the demonstration home, which never asks.
        var folder = Directory.CreateTempSubdirectory("gw-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "gateway.toml"), $"""
            [data]
            path = "{folder}"
            [http]
            listen = ["http://127.0.0.1:0", "https://127.0.0.1:0"]
            [mqtt]
            listen = "127.0.0.1:0"
            [clock]
            synchronised = "file:{(clock ? "/proc/self/stat" : "/nowhere")}"
            [vantage]
            control = ["https://127.0.0.1:9/"]
            [acme]
            directory = ""
            transparency = "{_monitor.Address}"
            ca = "{_monitor.Root}"
            [name]
            provider = "desec"
            domain = "{Name}"
            token = "a-token"
            """);
        _gateway = await GatewayUnderTest.StartAsync(ConfigurationLoader.Find(GatewayApp.Schema, Path.Combine(folder, "gateway.toml"), new Dictionary<string, string>(StringComparer.Ordinal)), services =>
        {
            services.KeepStill("Network", "Ingress", "Dns");
            services.AddSingleton(TransparencyPace.Agreed with { First = TimeSpan.Zero });
        });
        return claim ? await _gateway.ClaimAsync() : _gateway.Browser();
    }

    private void LeadSomewhere()
    {
        var address = IPAddress.Parse("203.0.113.7");
        Status.Update(s => s with { Names = [new NameFacts("name", Name, new NameAddress(IpFamily.V4, address, address, true), new NameAddress(IpFamily.V6, null, null, true))] });
    }

    private Task ReadToTheEndAsync() => UntilAsync(() => Row?.Read is not null);

    private async Task<IEnumerable<string?>> KindsAsync() => (await _gateway!.Local.GetFromJsonAsync<JsonElement>("/api/certificates")).GetProperty("certificates").EnumerateArray().Select(c => c.GetProperty("kind").GetString());

    private static async Task UntilAsync(Func<bool> wanted)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!wanted())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), "it does not come");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
