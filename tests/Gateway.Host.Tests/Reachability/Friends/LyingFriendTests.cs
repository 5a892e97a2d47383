using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gateway.Host.Core;
using Gateway.Host.Reachability;
using Gateway.Host.Reachability.DialBack;
using Gateway.Host.Reachability.Friends;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Host.Tests.Reachability.Friends;

/// <summary>A friend that errs, or lies, or is not the friend.</summary>
public sealed class LyingFriendTests : IAsyncDisposable
{
    private const string Name = "liar.example.org";
    private static readonly string Answer = new('a', 64);

    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private readonly X509Certificate2 _certificate = HouseWithDoors.NewCertificate();
    private readonly Database _database;
    private readonly FriendIdentity _identity;
    private WebApplication? _app;
    private HouseWithDoors? _house;

    public LyingFriendTests()
    {
        _database = new Database(Path.Combine(_folder, "liar.db"), TimeProvider.System, NullLogger<Database>.Instance);
        _identity = new FriendIdentity(_database);
    }

    public async ValueTask DisposeAsync()
    {
        if (_house is not null) await _house.DisposeAsync();
        if (_app is not null) await _app.DisposeAsync();
        _identity.Dispose();
        await _database.DisposeAsync();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A friend that answers whatever it is told to, and its vantage at a house.</summary>
    private async Task<(FriendVantage Vantage, HouseWithDoors House)> FriendAsync(Func<LookRequest, LookReply> answer, Func<Friend, Friend>? change = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Parse("127.0.0.3"), 0, o => o.UseHttps(_certificate)));
        _app = builder.Build();
        _app.MapGet(FriendDoor.Path + "fresh", async context => await context.Response.WriteAsJsonAsync(new FreshReply("f"), FriendJson.Default.FreshReply));
        _app.MapPost(FriendDoor.Path + "look", async context =>
            await context.Response.WriteAsJsonAsync(answer((await JsonSerializer.DeserializeAsync(context.Request.Body, FriendJson.Default.LookRequest))!), FriendJson.Default.LookReply));
        await _app.StartAsync();
        _house = await HouseWithDoors.OpenAsync(configure: s => s.AddSingleton<ResolveName>((_, family, _) => Task.FromResult<IReadOnlyList<IPAddress>>(family == IpFamily.V4 ? [IPAddress.Parse("127.0.0.3")] : [])));
        _house.LeadTo(_house.Front);
        var friend = new Friend(Name, HouseWithDoors.Name, new Uri(_app.Urls.Single()).Port, _identity.PublicKey, HouseWithDoors.Fingerprint(_certificate), default);
        return (new FriendVantage(change?.Invoke(friend) ?? friend, _house.Gateway.Get<FriendClient>(), _house.Gateway.Get<Look>(), TimeProvider.System), _house);
    }

    private LookReply Signed(LookRequest question, string outcome, string step = "", string answer = "", string address = "127.0.0.1") =>
        new LookReply(outcome, step, answer, address, null) is var reply ? reply with { Signature = _identity.Sign(reply.SignedText(question)) } : throw new InvalidOperationException();

    private async Task<Observation> SeenAsync(Func<LookRequest, LookReply> answer, Func<Friend, Friend>? change = null)
    {
        var (vantage, house) = await FriendAsync(answer, change);
        return await vantage.LookAsync(house.Target(house.Front), default);
    }

    [Fact]
    public async Task A_friend_that_says_it_got_in_and_cannot_show_it_is_not_believed_either_way()
    {
        var seen = await SeenAsync(q => Signed(q, "reached", answer: Answer));
        Assert.Equal((ProbeOutcome.Unknown, "nonce"), (seen.Outcome, seen.Step));
        Assert.Equal("It says that it got in, and cannot show it.", seen.Words);
    }

    [Fact]
    public async Task A_friend_that_says_no_contradicts_in_our_own_words()
    {
        var seen = await SeenAsync(q => Signed(q, "failed", "<b>closed\u001b[31m"));
        Assert.Equal((ProbeOutcome.Failed, "What answered there does not know the answer."), (seen.Outcome, seen.Words));
    }

    [Fact]
    public async Task A_friend_that_says_no_overturns_no_proof_of_ones_own_vantage()
    {
        var (vantage, house) = await FriendAsync(q => Signed(q, "failed", "tcp"));
        var (target, time) = (house.Target(house.Front), TimeProvider.System);
        house.Status.Update(s => s with { Observations = [new Observation("relay.example", VantageKind.Ssh, target, ProbeOutcome.Reached, time.GetUtcNow(), time.GetTimestamp(), "It got in.")] });
        var lie = await vantage.LookAsync(target, default);
        Assert.Equal(ProbeOutcome.Failed, lie.Outcome);
        house.Status.Update(s => s with { Observations = [lie, .. s.Observations] });
        var way = Assert.Single((await house.UntilAsync(s => s.Report.Pattern == LedPattern.Verified && s.Report.Ways.Any(w => w.Words.Contains(Name, StringComparison.Ordinal)))).Report.Ways);
        Assert.Equal($"relay.example got in. Friend {Name} could not: {lie.Words}", way.Words);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("somebody")]
    [InlineData("yesterday")]
    [InlineData("changed")]
    public async Task What_the_friend_has_not_signed_to_this_very_question_says_nothing(string by)
    {
        using var somebody = new FriendIdentity(new Database(Path.Combine(_folder, "somebody.db"), TimeProvider.System, NullLogger<Database>.Instance));
        var seen = await SeenAsync(q => by switch
        {
            "nobody" => Signed(q, "failed", "tcp") with { Signature = null },
            "somebody" => Signed(q, "failed", "tcp") is var reply ? reply with { Signature = somebody.Sign(reply.SignedText(q)) } : reply,
            "yesterday" => Signed(q with { Signature = new string('0', 128) }, "failed", "tcp"),
            _ => Signed(q, "reached", answer: Answer) with { Outcome = "failed", Step = "tcp", Answer = "" },
        });
        Assert.Equal(ProbeOutcome.Unknown, seen.Outcome);
        Assert.Contains("is not signed by it", seen.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_else_at_the_friends_address_is_asked_nothing()
    {
        var asked = false;
        var seen = await SeenAsync(q => { asked = true; return Signed(q, "failed", "tcp"); }, friend => friend with { Tls = Answer });
        Assert.Equal((ProbeOutcome.Unknown, false), (seen.Outcome, asked));
        Assert.Contains("omebody else answers", seen.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_friend_found_at_another_address_says_nothing()
    {
        var seen = await SeenAsync(q => Signed(q, "failed", "tcp", address: "127.0.0.99"));
        Assert.Equal((ProbeOutcome.Unknown, "dns"), (seen.Outcome, seen.Step));
    }
}
