using System.Security.Cryptography;
using Gateway.Host.Certificates;
using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Certificates;

/// <summary>The loop against an authority on loopback, over weeks of a clock in the test's hand.</summary>
public sealed class CertificateKeeperTests : IAsyncLifetime
{
    private const string Name = "pycon.duckdns.org";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero));
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly StatusStore _status = new();
    private AcmePeer _peer = null!;
    private Database _database = null!;
    private SettingsStore _settings = null!;
    private CertificateKeeper? _keeper;
    private volatile bool _providerFails;
    private volatile int _texts;

    public async ValueTask InitializeAsync()
    {
        _peer = await AcmePeer.StartAsync(_time);
        _database = new Database(Path.Combine(_folder, "gateway.db"), _time, NullLogger<Database>.Instance);
        _settings = new SettingsStore(Settings());
        _status.Update(s => s with { IsClaimed = true, Clock = new ClockFacts(true, "") });
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _peer.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_certificate_is_got_kept_over_a_restart_and_renewed_when_two_thirds_of_its_life_are_over()
    {
        await StartAsync();
        await UntilAsync(() => Facts is { IsSelfSigned: false });
        var (first, key) = (Facts.Expires, Facts.KeyFingerprint);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "certificates", Name + ".pem")));
        await StopAsync();
        var asked = _peer.Requests;
        await StartAsync();
        Assert.Equal(first, Facts.Expires);
        await PassAsync(TimeSpan.FromDays(55));
        Assert.Equal(0, _peer.Asked("/order") - 1);
        await PassAsync(TimeSpan.FromDays(6));
        await UntilAsync(() => Facts.Expires > first);
        Assert.Equal(key, Facts.KeyFingerprint);
        Assert.True(_peer.Requests > asked);
    }

    [Fact]
    public async Task Renewing_that_fails_for_days_is_told_in_time_to_act_while_the_old_one_is_served_and_nobody_is_hammered()
    {
        await StartAsync();
        await UntilAsync(() => Facts is { IsSelfSigned: false });
        var first = Facts.Expires;
        _providerFails = true;
        var before = _texts;
        await PassAsync(TimeSpan.FromDays(62));
        await UntilAsync(() => _texts > before);
        Assert.True(Facts.Problem is null, Facts.Problem);
        await PassAsync(TimeSpan.FromDays(8));
        await UntilAsync(() => Facts.Problem is not null);
        Assert.EndsWith("could not be renewed yet. DuckDNS is in trouble (error 500).", Facts.Problem, StringComparison.Ordinal);
        Assert.True(first - _time.GetUtcNow() > TimeSpan.FromDays(19), "there are weeks left to act");
        Assert.Equal(first, Facts.Expires);
        Assert.InRange(_texts - before, 10, 80); // over eight days or so
        _providerFails = false;
        await PassAsync(TimeSpan.FromHours(7));
        await UntilAsync(() => Facts is { Problem: null } && Facts.Expires > first);
    }

    [Fact]
    public async Task Nobody_is_asked_without_an_owner_a_clock_the_internet_or_a_directory()
    {
        _status.Update(s => s with { IsClaimed = false });
        await StartAsync();
        await PassAsync(TimeSpan.FromHours(3));
        _status.Update(s => s with { IsClaimed = true, Clock = new ClockFacts(false, "") });
        await PassAsync(TimeSpan.FromHours(3));
        _status.Update(s => s with { Clock = new ClockFacts(true, ""), Internet = new InternetFacts(false, "") });
        await PassAsync(TimeSpan.FromHours(3));
        _settings.Replace(Settings(directory: ""));
        _status.Update(s => s with { Internet = new InternetFacts(true, "") });
        await PassAsync(TimeSpan.FromHours(3));
        Assert.Equal(0, _peer.Requests);
        _settings.Replace(Settings());
        await UntilAsync(() => Facts is { IsSelfSigned: false });
    }

    [Fact]
    public async Task What_fails_is_remembered_over_a_restart_and_tried_at_once_under_other_settings()
    {
        _providerFails = true;
        await StartAsync();
        await UntilAsync(() => _texts == 1 && _database.Read(c => c.Scalar("SELECT count(*) FROM certificate_failure")) is 1L);
        await StopAsync();
        await StartAsync();
        for (var second = 0; second < 8; second++) // the first pause is ten at least
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        Assert.Equal(1, _texts);
        _settings.Replace(Settings(token: "another"));
        await UntilAsync(() => _texts == 2);
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB")]
    [InlineData("")]
    public async Task A_damaged_file_is_said_and_a_new_certificate_is_got(string damaged)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "certificates"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "certificates", Name + ".pem"), damaged);
        await StartAsync();
        Assert.True(Facts.IsSelfSigned);
        await UntilAsync(() => Facts is { IsSelfSigned: false });
    }

    [Fact]
    public async Task A_new_key_makes_the_old_certificate_useless_and_gets_one_of_its_own()
    {
        await StartAsync();
        await UntilAsync(() => Facts is { IsSelfSigned: false });
        var key = Facts.KeyFingerprint;
        await StopAsync();
        File.Delete(Path.Combine(_folder, "tls.key"));
        await StartAsync();
        await UntilAsync(() => Facts is { IsSelfSigned: false } && Facts.KeyFingerprint != key);
    }

    [Fact]
    public async Task A_clock_that_is_not_set_discards_nothing()
    {
        await StartAsync();
        await UntilAsync(() => Facts is { IsSelfSigned: false });
        var first = Facts.Expires;
        await StopAsync();
        _time.Advance(TimeSpan.FromDays(1000));
        _status.Update(s => s with { Clock = new ClockFacts(false, "") });
        await StartAsync();
        await PassAsync(TimeSpan.FromHours(2));
        Assert.Equal((first, null), (Facts.Expires, Facts.Problem));
    }

    /// <summary>The date is the test's; the network takes the time it takes.</summary>
    private sealed class NetworkTime(TimeProvider date) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => date.GetUtcNow();
    }

    private CertificateFacts Facts => _status.Current.Certificate!;

    private async Task StartAsync()
    {
        var served = new ServerCertificate(_status);
        new SelfSigned(_settings, served, NullLogger<SelfSigned>.Instance).Serve();
        var shelf = new CertificateShelf(_settings, new CertificateStore(_settings, NullLogger<CertificateStore>.Instance), served, NullLogger<CertificateShelf>.Instance);
        shelf.Load();
        _keeper = new CertificateKeeper(shelf, new Authority(_settings, _status, PublishAsync, _ => true, new AlpnChallenge(_time), new NetworkTime(_time), NullLogger<Authority>.Instance), served, new FailureStore(_database), _settings, _status, new Metrics(), _time, NullLogger<CertificateKeeper>.Instance);
        await _keeper.StartAsync(default);
    }

    private async Task StopAsync()
    {
        if (_keeper is null) return;
        await _keeper.StopAsync(default);
        _keeper.Dispose();
        _keeper = null;
    }

    private async Task<TextReply> PublishAsync(string name, string value, Func<CancellationToken, Task> meanwhile, CancellationToken cancellationToken)
    {
        _texts++;
        if (_providerFails) return new TextReply(TextOutcome.Failed, "DuckDNS is in trouble (error 500).");
        await meanwhile(cancellationToken);
        return new TextReply(TextOutcome.Done, "");
    }

    /// <summary>Lets so much time go by, in steps of at most an hour for each moment that the loop has to work in.</summary>
    private async Task PassAsync(TimeSpan span)
    {
        var step = TimeSpan.FromMinutes(span > TimeSpan.FromDays(2) ? 60 : 10);
        for (var end = _time.GetUtcNow() + span; end - _time.GetUtcNow() is { Ticks: > 0 } left;)
        {
            _time.Advance(left < step ? left : step);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    /// <summary>Until it is so; the clock goes on a second now and then.</summary>
    private async Task UntilAsync(Func<bool> isSo)
    {
        for (var turn = 0; !isSo(); turn++)
        {
            Assert.True(turn < 3000, $"It never was so: {Facts}, {_peer.Requests} requests, {_texts} texts");
            if (turn % 20 == 19) _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private Settings Settings(string? directory = null, string token = "t") => new(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["data.path"] = _folder, ["http.listen"] = new[] { "https://127.0.0.1:0" }, ["name.domain"] = "pycon", ["name.provider"] = "duckdns", ["name.token"] = token,
        ["acme.directory"] = directory ?? _peer.Directory, ["acme.email"] = "", ["acme.ca"] = "", ["acme.profile"] = "",
    }.ToDictionary(v => v.Key, v => new SettingValue(v.Value, SettingSource.ConfigurationFile, ""), StringComparer.Ordinal), false);
}
