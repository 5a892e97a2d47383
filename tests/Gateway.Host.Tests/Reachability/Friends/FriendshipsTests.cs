using System.Text;
using Gateway.Host.Core;
using Gateway.Host.Reachability.Friends;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Host.Tests.Reachability.Friends;

public sealed class FriendshipsTests : IAsyncDisposable
{
    private const string Own = "pycon.example.org";
    private static readonly string Key = new('a', 64);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly string _folder = Directory.CreateTempSubdirectory("gw-").FullName;
    private Database _database;
    private Friendships _friendships;

    public FriendshipsTests() => (_database, _friendships) = Open();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private (Database, Friendships) Open()
    {
        var database = new Database(Path.Combine(_folder, "gateway.db"), _time, NullLogger<Database>.Instance);
        return (database, new Friendships(database, new AuditLog(database, _time), _time));
    }

    private async Task RestartAsync()
    {
        await _database.DisposeAsync();
        (_database, _friendships) = Open();
    }

    private Friend Named(string name) => new(name, Own, 443, Key, Key, _time.GetUtcNow());

    private string Invite()
    {
        var invitation = FriendInvitation.New(Own, 443, Key);
        Assert.True(_friendships.Invite(invitation, "Ana", ClientOrigin.LocalSocket));
        return invitation.Secret;
    }

    private Pairing Accept(string secret, string name) => _friendships.Accept(secret, Named(name), ClientOrigin.LocalSocket);

    [Fact]
    public async Task An_invitation_is_good_for_a_day_and_once_also_across_a_restart()
    {
        var (used, late) = (Invite(), Invite());
        await RestartAsync();
        Assert.Equal(Own, _friendships.InvitedAs(used));
        Assert.Equal(Pairing.Paired, Accept(used, "a.example.org"));
        Assert.Equal(Pairing.NotInvited, Accept(used, "b.example.org"));
        Assert.Equal(Pairing.NotInvited, Accept(new string('0', 64), "b.example.org"));
        _time.Advance(FriendInvitation.Lifetime);
        Assert.Equal(Pairing.NotInvited, Accept(late, "b.example.org"));
        await RestartAsync();
        Assert.Equal([Named("a.example.org") with { Since = _time.GetUtcNow() - FriendInvitation.Lifetime }], _friendships.All);
    }

    [Fact]
    public void Nobody_takes_another_friends_place_and_the_invitation_stays_open()
    {
        Assert.Equal(Pairing.Paired, Accept(Invite(), "a.example.org"));
        var secret = Invite();
        Assert.Equal(Pairing.NameTaken, Accept(secret, "a.example.org"));
        Assert.Equal(Key, _friendships.Find("a.example.org")!.Key);
        Assert.Equal(Pairing.Paired, Accept(secret, "b.example.org"));
    }

    [Fact]
    public void Friends_and_invitations_are_so_many_at_most()
    {
        for (var i = 0; i < Friendships.Most; i++) Assert.Equal(Pairing.Paired, Accept(Invite(), $"f{i}.example.org"));
        Assert.Equal(Pairing.TooMany, Accept(Invite(), "one-more.example.org"));
        for (var i = 1; i < Friendships.MostInvitations; i++) Invite();
        Assert.False(_friendships.Invite(FriendInvitation.New(Own, 443, Key), "Ana", ClientOrigin.LocalSocket));
        _time.Advance(FriendInvitation.Lifetime);
        Invite();
    }

    [Fact]
    public async Task Of_ten_that_come_with_one_invitation_one_is_taken()
    {
        var secret = Invite();
        var all = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => Accept(secret, $"f{i}.example.org"))));
        Assert.Single(all, Pairing.Paired);
        Assert.Single(_friendships.All);
    }

    [Fact]
    public async Task The_secret_of_an_invitation_stands_in_no_file_and_in_no_log()
    {
        var secret = Invite();
        Assert.Equal("", new AuditLog(_database, _time).Newest(1).Single().Subject);
        await _database.DisposeAsync();
        Assert.All(Directory.GetFiles(_folder), f => Assert.DoesNotContain(secret, Encoding.Latin1.GetString(File.ReadAllBytes(f)), StringComparison.OrdinalIgnoreCase));
        (_database, _friendships) = Open();
    }

    [Fact]
    public async Task What_ended_is_ended_after_a_restart_too()
    {
        Accept(Invite(), "a.example.org");
        var friend = _friendships.Find("a.example.org")!;
        Assert.True(_friendships.End(friend, "Ana", ClientOrigin.LocalSocket));
        Assert.False(_friendships.End(friend, "Ana", ClientOrigin.LocalSocket));
        await RestartAsync();
        Assert.Empty(_friendships.All);
        Assert.Equal(["friend.ended", "friend.paired", "friend.invited"], new AuditLog(_database, _time).Newest(9).Select(e => e.What));
    }

    [Fact]
    public async Task The_key_that_signs_is_made_once_and_kept()
    {
        string first, signature;
        using (var identity = new FriendIdentity(_database)) (first, signature) = (identity.PublicKey, identity.Sign("hello"));
        await RestartAsync();
        using var again = new FriendIdentity(_database);
        Assert.Equal(first, again.PublicKey);
        Assert.True(FriendIdentity.IsSigned(first, "hello", signature));
        foreach (var (key, text, by) in new[] { (first, "hullo", signature), (Key, "hello", signature), (first, "hello", signature[..^2] + "00"), (first, "hello", ""), (first, "hello", null), ("", "hello", signature), (first, "hello", signature.ToUpperInvariant()) })
            Assert.False(FriendIdentity.IsSigned(key, text, by));
    }

    [Fact]
    public void A_fresh_value_is_good_for_a_message_once_for_half_a_minute_and_in_this_process()
    {
        var fresh = new FreshValues(_time);
        var value = fresh.New();
        Assert.True(fresh.Take(value, "one"));
        Assert.False(fresh.Take(value, "one"));
        Assert.True(fresh.Take(value, "two"));
        Assert.False(new FreshValues(_time).Take(value, "three"));
        Assert.False(fresh.Take(new string('0', value.Length), "three"));
        Assert.False(fresh.Take(null, "three"));
        Assert.False(fresh.Take("00" + value[2..^2] + "00", "three"));
        _time.Advance(FreshValues.GoodFor);
        Assert.False(fresh.Take(value, "four"));
        Assert.True(fresh.Take(fresh.New(), "one")); // what was remembered so long ago is of no use with a value of its own time
    }
}
