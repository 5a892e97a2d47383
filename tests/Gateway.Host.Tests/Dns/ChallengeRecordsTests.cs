using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Dns;
using Gateway.Host.Dns.Providers;
using Gateway.Host.Dns.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Dns;

/// <summary>Texts for a certificate authority, at a DuckDNS on loopback with two name servers.</summary>
public sealed class ChallengeRecordsTests : IAsyncLifetime
{
    private const string Name = "pycon.duckdns.org", Challenge = "_acme-challenge.pycon.duckdns.org";

    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly DnsStandIn _first = new(), _second = new();
    private readonly List<string> _done = [];
    private readonly ProviderHttp _http = new(TimeProvider.System); // the network has its own time
    private WebStandIn _duck = null!;
    private Database _database = null!;
    private ChallengeRecords _records = null!;
    private volatile string _text = "", _fault = "";

    public async ValueTask InitializeAsync()
    {
        _duck = await WebStandIn.StartAsync();
        _duck.Answer = (context, asked) => context.Response.WriteAsync(Update(asked));
        foreach (var server in new[] { _first, _second }) server.Answer = q => [Answer(q)];
        _database = new Database(Path.Combine(_folder, "gateway.db"), _time, NullLogger<Database>.Instance);
        _records = Make();
    }

    public async ValueTask DisposeAsync()
    {
        _records.Dispose();
        _http.Dispose();
        await _duck.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_text_is_used_once_every_server_has_said_it_twice_and_is_gone_afterwards()
    {
        var reply = await RunAsync(_records.PublishAsync(Name, "one", _ => UseAsync(() => Assert.Equal("one", _text)), default));
        Assert.Equal((TextOutcome.Done, ""), (reply.Outcome, _text));
        Assert.Equal(["&txt=one", "used", "&txt=&clear=true"], _done);
        Assert.All(new[] { _first, _second }, s => Assert.True(s.Questions.Count(q => q.Name == Challenge) >= 2));
        Assert.Empty(Left);
    }

    [Fact]
    public async Task A_second_text_waits_until_the_first_may_be_forgotten()
    {
        await RunAsync(_records.PublishAsync(Name, "one", _ => UseAsync(), default));
        var begin = _time.GetTimestamp();
        await RunAsync(_records.PublishAsync(Name, "two", _ => UseAsync(), default));
        Assert.InRange(_time.GetElapsedTime(begin).TotalSeconds, 58, 70); // of a life of 300 s a minute counts
    }

    [Theory]
    [InlineData("servfail", "fails (SERVFAIL)")]
    [InlineData("stale", "does not say what the provider was told")]
    [InlineData("other", "does not say what the provider was told")]
    public async Task While_one_server_says_something_else_the_text_is_not_used_and_goes_in_the_end(string fault, string words)
    {
        _second.Answer = q => [fault switch { "servfail" => DnsStandIn.Reply(q, 2), "stale" => DnsStandIn.Reply(q, 3), _ => DnsStandIn.Reply(q, answers: [Text(Challenge, "another")]) }];
        var reply = await RunAsync(_records.PublishAsync(Name, "one", _ => UseAsync(), default));
        Assert.Equal(TextOutcome.Failed, reply.Outcome);
        Assert.Contains(words, reply.Words, StringComparison.Ordinal);
        Assert.Equal(["&txt=one", "&txt=&clear=true"], _done);
    }

    [Fact]
    public async Task What_goes_wrong_while_it_is_used_goes_on_to_who_used_it_and_the_text_goes()
    {
        await Assert.ThrowsAsync<FormatException>(() => RunAsync(_records.PublishAsync(Name, "one", _ => throw new FormatException(), default)));
        Assert.Equal(("", 0), (_text, Left.Count));
    }

    [Fact]
    public async Task A_provider_that_fails_is_trouble_and_one_that_says_no_twice_is_not_asked_on()
    {
        _fault = "html";
        Assert.Equal(TextOutcome.Failed, (await RunAsync(_records.PublishAsync(Name, "one", _ => UseAsync(), default))).Outcome);
        Assert.Single(Left); // perhaps it did it all the same
        _fault = "ko";
        Assert.Equal(TextOutcome.Failed, (await RunAsync(_records.PublishAsync(Name, "two", _ => UseAsync(), default))).Outcome);
        Assert.DoesNotContain("used", _done);
    }

    [Fact]
    public async Task What_a_crash_left_behind_is_taken_out_at_the_next_start()
    {
        new ChallengeStore(_database).Add(Name, "left");
        _text = "left";
        await _records.StartAsync(default);
        for (var turn = 0; _text.Length > 0 || Left.Count > 0; turn++)
        {
            Assert.True(turn < 2000, "it is still there");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        await _records.StopAsync(default);
    }

    [Fact]
    public async Task What_could_not_be_taken_out_is_tried_again_more_and_more_seldom()
    {
        new ChallengeStore(_database).Add(Name, "left");
        _fault = "html";
        await _records.StartAsync(default);
        for (var turn = 0; turn < 600; turn++)
        {
            _time.Advance(TimeSpan.FromSeconds(6));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        Assert.InRange(_duck.Requests.Count, 2, 12); // within the hour
        _fault = "";
        for (var turn = 0; Left.Count > 0; turn++)
        {
            Assert.True(turn < 2000, "it is still there");
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
        await _records.StopAsync(default);
    }

    private List<(string, string)> Left => [.. new ChallengeStore(_database).All];

    private Task UseAsync(Action? look = null)
    {
        look?.Invoke();
        lock (_done) _done.Add("used");
        return Task.CompletedTask;
    }

    private ChallengeRecords Make()
    {
        var client = new DnsClient(TimeProvider.System);
        var settings = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["name.domain"] = "pycon", ["name.provider"] = "duckdns", ["name.token"] = "t", ["name.endpoint"] = new Uri(_duck.Address, "/update").AbsoluteUri, ["name.servers"] = new[] { _first.Address.ToString(), _second.Address.ToString() },
        };
        return new ChallengeRecords(_http, new SettingsStore(new Settings(settings.ToDictionary(v => v.Key, v => new SettingValue(v.Value, SettingSource.ConfigurationFile, ""), StringComparer.Ordinal), false)),
            new ChallengeStore(_database), client, new NameServers(new SystemResolver(client, () => [])), _time, NullLogger<ChallengeRecords>.Instance);
    }

    /// <summary>Lets the time go by until it is done.</summary>
    private async Task<TextReply> RunAsync(Task<TextReply> running)
    {
        for (var turn = 0; !running.IsCompleted; turn++)
        {
            Assert.True(turn < 6000, "it does not end");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            if (turn % 10 == 9) _time.Advance(TimeSpan.FromSeconds(1));
        }
        return await running;
    }

    private string Update(Asked asked)
    {
        lock (_done) _done.Add(asked.Query.Replace("?domains=pycon&token=t", "", StringComparison.Ordinal).Replace("&verbose=true", "", StringComparison.Ordinal));
        if (_fault == "ko") return "KO";
        if (_fault == "html") return "<html>OK</html>";
        var query = QueryHelpers.ParseQuery(asked.Query);
        _text = query.ContainsKey("clear") ? "" : query["txt"].ToString();
        return $"OK\n{_text}\nUPDATED";
    }

    private byte[] Answer(DnsQuestion q) => q.Type == DnsType.Txt && q.Name == Challenge && _text.Length > 0 ? DnsStandIn.Reply(q, answers: [Text(Challenge, _text)]) : DnsStandIn.Reply(q);

    private static byte[] Text(string owner, string text) => DnsStandIn.Record(owner, DnsType.Txt, 300, [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]);
}
