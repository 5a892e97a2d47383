using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Host.Certificates;
using Gateway.Host.Certificates.Acme;
using Gateway.Host.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Certificates;

/// <summary>The client against an authority that is honest, broken or hostile. Of RFC 8555 itself pebble is the judge, in the lab.</summary>
public sealed class AuthorityTests : IAsyncLifetime
{
    private const string Name = "pycon.duckdns.org";

    /// <summary>Nothing here waits for the time, so none of it takes any.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly StatusStore _status = new();
    private readonly List<string> _texts = [];
    private AcmePeer _peer = null!;
    private bool _canPublish = true;
    private BindIssuance? _bind;

    public async ValueTask InitializeAsync() => _peer = await AcmePeer.StartAsync(_time);

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_name_and_its_wildcard_are_proven_one_after_the_other_in_one_order()
    {
        var (certificate, _) = await IssueAsync();
        Assert.Equal([Name, "*." + Name], IssuedChain.NamesOf(certificate.Leaf));
        Assert.True(certificate.Leaf.HasPrivateKey);
        Assert.Equal(["set", "used", "set", "used"], _texts);
        Assert.Single(_peer.Told, t => t.Path == "/order");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "acme.key")));
    }

    [Fact]
    public async Task The_name_is_bound_to_the_account_before_anything_is_ordered_and_what_hinders_that_hinders_no_certificate()
    {
        _peer.Offers = ""","meta":{"caaIdentities":["ca.example","other.example"]}""";
        _bind = (name, authority, account, _) =>
        {
            Assert.Equal(0, _peer.Asked("/order"));
            _texts.Add($"bound {name} to {authority} {account.AbsolutePath}");
            return Task.FromResult<string?>("There are others.");
        };
        await IssueAsync();
        Assert.Equal([$"bound {Name} to ca.example /me", "set", "used", "set", "used"], _texts);
        _texts.Clear();
        await IssueAsync(("acme.caa", false));
        Assert.DoesNotContain(_texts, t => t.StartsWith("bound", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nonces_that_are_refused_are_replaced()
    {
        _peer.BadNonces = AcmeClient.MostNonces - 1;
        await IssueAsync();
    }

    [Fact]
    public async Task Who_refuses_every_nonce_is_not_asked_for_ever()
    {
        _peer.BadNonces = int.MaxValue;
        Assert.Equal(AcmeFailure.Trouble, (await FailsAsync()).Failure);
        Assert.InRange(_peer.Requests, AcmeClient.MostNonces, AcmeClient.MostNonces + 2);
    }

    [Fact]
    public async Task The_account_s_key_stays_and_with_it_the_account()
    {
        await IssueAsync();
        await IssueAsync();
        var keys = _peer.Told.Where(t => t.Path == "/account").Select(t => t.Header.GetProperty("jwk").GetRawText()).ToArray();
        Assert.Equal(2, keys.Length);
        Assert.Equal(keys[0], keys[1]);
    }

    [Theory]
    [InlineData("/dir", 200, "application/json", "{\"newNonce\":5")]
    [InlineData("/dir", 200, "application/json", "{}")]
    [InlineData("/dir", 200, "text/html", "<html>OK</html>")]
    [InlineData("/dir", 200, "application/json", "null")]
    [InlineData("/dir", 302, "text/plain", "")]
    [InlineData("/dir", 500, "text/plain", "no")]
    [InlineData("/account", 201, "application/json", "{\"status\":\"valid\"}")] // and no place where it is
    [InlineData("/order", 201, "application/json", "[]")]
    [InlineData("/authz/0", 200, "application/json", "{\"status\":\"pending\",\"identifier\":{\"type\":\"dns\",\"value\":\"other.example\"},\"challenges\":[]}")]
    [InlineData("/authz/0", 200, "application/json", "{\"status\":\"deactivated\"}")]
    [InlineData("/finalize", 200, "application/json", "{\"status\":\"invalid\"}")]
    [InlineData("/cert", 200, "application/json", "{}")]
    [InlineData("/cert", 200, "application/pem-certificate-chain", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("/cert", 200, "application/pem-certificate-chain", "")]
    [InlineData("/order", 400, "application/problem+json", "{\"type\":7}")]
    public async Task What_is_no_answer_is_the_authority_s_trouble(string path, int status, string type, string body)
    {
        _peer.Instead = async context =>
        {
            if (context.Request.Path != path) return false;
            (context.Response.StatusCode, context.Response.ContentType) = (status, type);
            await context.Response.WriteAsync(body);
            return true;
        };
        var failure = await FailsAsync();
        Assert.Equal(AcmeFailure.Trouble, failure.Failure);
        Assert.InRange(_peer.Requests, 1, 20);
    }

    [Fact]
    public async Task A_directory_that_leads_elsewhere_than_over_its_own_scheme_is_not_followed()
    {
        _peer.Instead = async context =>
        {
            if (context.Request.Path != "/dir") return false;
            await context.Response.WriteAsync("""{"newNonce":"file:///etc/passwd","newAccount":"ftp://example.org/","newOrder":"/relative"}""");
            return true;
        };
        Assert.Equal(AcmeFailure.Trouble, (await FailsAsync()).Failure);
    }

    [Fact]
    public async Task An_endless_answer_is_read_so_far_and_no_further()
    {
        _peer.Instead = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.WriteAsync(new string('x', 16384), context.RequestAborted);
            return true;
        };
        Assert.Contains("without an end", (await FailsAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_answer_is_not_waited_for_long()
    {
        _peer.Instead = async context =>
        {
            _time.Advance(AcmeHttp.Patience);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        Assert.Equal(AcmeFailure.NoAnswer, (await FailsAsync()).Failure);
    }

    [Theory]
    [InlineData("rateLimited", 429, AcmeFailure.RateLimited)]
    [InlineData("rejectedIdentifier", 403, AcmeFailure.Refused)]
    [InlineData("userActionRequired", 403, AcmeFailure.Refused)]
    [InlineData("serverInternal", 500, AcmeFailure.Trouble)]
    [InlineData("accountDoesNotExist", 400, AcmeFailure.Trouble)] // the next attempt makes a new one
    public async Task What_the_authority_says_is_told_and_heard(string type, int status, object failure)
    {
        _peer.Instead = async context =>
        {
            if (context.Request.Path != "/order") return false;
            context.Response.Headers.RetryAfter = "7200";
            await AcmePeer.SayAsync(context, status, $$"""{"type":"urn:ietf:params:acme:error:{{type}}","detail":"too many certificates \u001b[31malready","subproblems":[]}""");
            return true;
        };
        var told = await FailsAsync();
        Assert.Equal((failure, TimeSpan.FromHours(2)), (told.Failure, told.RetryAfter!.Value));
        Assert.Equal("The certificate authority says: too many certificates  [31malready", told.Message);
    }

    [Fact]
    public async Task A_proof_that_is_not_seen_is_told_and_its_text_goes()
    {
        _peer.SeesProofs = false;
        var failure = await FailsAsync();
        Assert.Equal((AcmeFailure.Trouble, "The certificate authority says: Incorrect TXT record"), (failure.Failure, failure.Message));
        Assert.Equal(["set"], _texts);
    }

    [Fact]
    public async Task A_certificate_for_another_key_is_not_taken()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _peer.OtherKey = other;
        Assert.Contains("for another key", (await FailsAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_lacks_a_name_is_not_taken()
    {
        _peer.Names = names => names[..1];
        Assert.Contains("not good for *." + Name, (await FailsAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_not_taken()
    {
        _peer.Life = TimeSpan.Zero;
        Assert.Contains("not good at this time", (await FailsAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shortlived", "shortlived")]
    [InlineData("", null)]
    [InlineData("classical", null)]
    public async Task A_profile_is_asked_for_only_where_the_authority_names_it(string wanted, string? asked)
    {
        _peer.Offers = ""","meta":{"profiles":{"classic":"https://ca.example/classic","shortlived":"https://ca.example/shortlived"}}""";
        await IssueAsync(("acme.profile", wanted));
        var order = _peer.Told.Single(t => t.Path == "/order").Payload!.Value;
        Assert.Equal(asked, order.TryGetProperty("profile", out var profile) ? profile.GetString() : null);
    }

    [Fact]
    public async Task An_authority_that_wants_an_account_made_elsewhere_is_refused()
    {
        _peer.Offers = ""","meta":{"externalAccountRequired":true}""";
        Assert.Equal(AcmeFailure.Refused, (await FailsAsync()).Failure);
    }

    [Fact]
    public async Task Where_the_authority_suggests_when_to_renew_it_is_told_what_is_replaced_and_heard()
    {
        _peer.Offers = $",\"renewalInfo\":\"{_peer.Directory.Replace("/dir", "/ari", StringComparison.Ordinal)}\"";
        var (first, _) = await IssueAsync();
        var id = CertificateId.Of(first.Leaf)!;
        _peer.Instead = async context =>
        {
            if (context.Request.Path != "/ari/" + id) return false;
            context.Response.Headers.RetryAfter = "21600";
            await context.Response.WriteAsync("""{"suggestedWindow":{"start":"2026-12-01T00:00:00Z","end":"2026-12-02T00:00:00Z"},"explanationURL":"https://ca.example/why"}""");
            return true;
        };
        var (window, retryAfter) = await Authority().RenewalInfoAsync(first.Leaf, default);
        Assert.Equal((new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromHours(6)), (window!.Start, retryAfter!.Value));
        await IssueAsync(first.Leaf);
        Assert.Equal(id, _peer.Told.Last(t => t.Path == "/order").Payload!.Value.GetProperty("replaces").GetString());
    }

    [Theory]
    [InlineData(409, "alreadyReplaced")]
    [InlineData(403, "unauthorized")] // another account's: ours was lost
    [InlineData(404, "malformed")] // another authority's: the directory was changed
    public async Task One_that_the_authority_will_not_have_replaced_is_no_obstacle(int status, string type)
    {
        _peer.Offers = $",\"renewalInfo\":\"{_peer.Directory.Replace("/dir", "/ari", StringComparison.Ordinal)}\"";
        var (first, _) = await IssueAsync();
        var isAsked = false;
        _peer.Instead = async context =>
        {
            if (context.Request.Path != "/order" || isAsked) return false;
            isAsked = true;
            await AcmePeer.SayAsync(context, status, $$"""{"type":"urn:ietf:params:acme:error:{{type}}","detail":"no"}""");
            return true;
        };
        await IssueAsync(first.Leaf);
        Assert.False(_peer.Told.Last(t => t.Path == "/order").Payload!.Value.TryGetProperty("replaces", out _));
    }

    [Fact]
    public async Task A_certificate_can_be_taken_back()
    {
        var (certificate, _) = await IssueAsync();
        await Authority().RevokeAsync(certificate.Leaf, 4, default); // superseded
        var told = _peer.Told.Single(t => t.Path == "/revoke").Payload!.Value;
        Assert.Equal(certificate.Leaf.RawData, System.Buffers.Text.Base64Url.DecodeFromChars(told.GetProperty("certificate").GetString()));
        Assert.Equal(4, told.GetProperty("reason").GetInt32());
    }

    [Fact]
    public async Task Where_the_provider_has_no_texts_and_no_way_in_has_port_443_nobody_is_asked()
    {
        _canPublish = false;
        var failure = await FailsAsync();
        Assert.Equal((AcmeFailure.NoAnswer, 0), (failure.Failure, _peer.Requests));
        Assert.Contains("port 443", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_provider_has_no_texts_the_authority_gets_in_on_port_443_and_the_name_alone_is_proven()
    {
        _canPublish = false;
        var way = new IngressLease("portmap", IpFamily.V4, LeaseState.Granted) { Port = 443 };
        _status.Update(s => s with { Report = s.Report with { Ways = [new WayEvidence(way, EvidenceLevel.Verified, true, false, null, "")] } });
        var (certificate, _) = await IssueAsync();
        Assert.Equal([Name], IssuedChain.NamesOf(certificate.Leaf));
        Assert.Empty(_texts);
    }

    /// <summary>The example of RFC 9773 section 4.1.</summary>
    [Fact]
    public void A_certificate_is_named_as_the_standard_has_it() =>
        Assert.Equal("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", CertificateId.Of(Convert.FromHexString("69885B6B87464041E1B37B847BA0AE2CDE01C8D4"), [0x87, 0x65, 0x43, 0x21]));

    private async Task<(IssuedCertificate Certificate, string Pem)> IssueAsync(params (string, object)[] more) => await Authority(more).IssueAsync(Name, null, default).WaitAsync(Enough, TimeProvider.System);

    private async Task<(IssuedCertificate Certificate, string Pem)> IssueAsync(X509Certificate2 replaced) => await Authority().IssueAsync(Name, replaced, default).WaitAsync(Enough, TimeProvider.System);

    private async Task<AcmeException> FailsAsync() => await Assert.ThrowsAsync<AcmeException>(() => IssueAsync());

    private Authority Authority(params (string Key, object Value)[] more)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal) { ["data.path"] = _folder, ["acme.directory"] = _peer.Directory, ["acme.email"] = "", ["acme.ca"] = "", ["acme.profile"] = "", ["acme.caa"] = true };
        foreach (var (key, value) in more) values[key] = value;
        return new Authority(new SettingsStore(new Settings(values.ToDictionary(v => v.Key, v => new SettingValue(v.Value, SettingSource.ConfigurationFile, ""), StringComparer.Ordinal), false)), _status, PublishAsync, _ => _canPublish, new AlpnChallenge(_time), _time, NullLogger<Authority>.Instance, _bind);
    }

    private async Task<TextReply> PublishAsync(string name, string value, Func<CancellationToken, Task> meanwhile, CancellationToken cancellationToken)
    {
        Assert.Equal((Name, 43), (name, value.Length)); // SHA-256 as base64url
        _texts.Add("set");
        await meanwhile(cancellationToken);
        _texts.Add("used");
        return new TextReply(TextOutcome.Done, "");
    }
}
