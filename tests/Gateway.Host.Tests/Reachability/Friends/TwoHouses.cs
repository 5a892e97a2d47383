using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Gateway.Host.Core;
using Gateway.Host.Reachability.DialBack;
using Gateway.Host.Reachability.Friends;
using Gateway.Host.Tests.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Reachability.Friends;

/// <summary>Two whole gateways, each with a public name and address that the other one's resolver knows.</summary>
internal sealed class TwoHouses : IAsyncDisposable
{
    public const string AdasName = HouseWithDoors.Name, BobsName = "friend.example.org";

    private readonly List<int> _ports = [];

    public HouseWithDoors Ada { get; private set; } = null!;

    public HouseWithDoors Bob { get; private set; } = null!;

    /// <summary>What resolvers say.</summary>
    public ConcurrentDictionary<string, IPAddress> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>The ports that are agreed.</summary>
    public IList<int> Ports => _ports;

    public static async Task<TwoHouses> OpenAsync(Dictionary<string, object>? adas = null)
    {
        var houses = new TwoHouses();
        houses.Ada = await houses.HouseAsync(AdasName, "127.0.0.1", adas);
        houses.Bob = await houses.HouseAsync(BobsName, "127.0.0.2");
        return houses;
    }

    /// <summary>Ada's gateway invites, Bob's takes it up.</summary>
    public async Task PairAsync() => Assert.Equal(HttpStatusCode.Created, (await Bob.Gateway.Local.PostAsJsonAsync("/api/friends", new { invitation = await InvitationAsync(Ada) })).StatusCode);

    public static async Task<string> InvitationAsync(HouseWithDoors house)
    {
        var reply = await house.Gateway.Local.PostAsync("/api/friends/invitations", null);
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
        return (await reply.JsonAsync()).GetProperty("invitation").GetString()!;
    }

    /// <summary>The names of a house's friends.</summary>
    public static async Task<string[]> FriendsOfAsync(HouseWithDoors house) =>
        [.. (await (await house.Gateway.Local.GetAsync("/api/friends")).JsonAsync()).EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];

    /// <summary>A program at Bob's outer door.</summary>
    public HttpClient AtBobs(IPEndPoint? door = null)
    {
        var client = Bob.Browser(door ?? Bob.Front);
        client.DefaultRequestHeaders.Host = BobsName;
        return client;
    }

    /// <summary>A value to sign, fresh from Bob.</summary>
    public static async Task<string> FreshAsync(HttpClient atBobs) => (await (await atBobs.GetAsync(FriendDoor.Path + "fresh")).JsonAsync()).GetProperty("fresh").GetString()!;

    /// <summary>A question of Ada's to Bob, as she signs it; <paramref name="change"/> comes before the signature.</summary>
    public async Task<LookRequest> QuestionAsync(HttpClient atBobs, Func<LookRequest, LookRequest>? change = null)
    {
        var question = new LookRequest(AdasName, BobsName, "v4", Ada.Front.Port, Ada.KeyFingerprint, new string('1', 32), await FreshAsync(atBobs), null);
        question = change?.Invoke(question) ?? question;
        return question with { Signature = Ada.Gateway.Get<FriendIdentity>().Sign(question.SignedText) };
    }

    public async ValueTask DisposeAsync()
    {
        await Ada.DisposeAsync();
        await Bob.DisposeAsync();
    }

    private async Task<HouseWithDoors> HouseAsync(string name, string address, Dictionary<string, object>? settings = null)
    {
        var house = await HouseWithDoors.OpenAsync(new Dictionary<string, object>(settings ?? [], StringComparer.Ordinal) { ["name.domain"] = name }, services =>
        {
            services.AddSingleton(new DialPorts(_ports));
            services.AddSingleton<ResolveName>((asked, family, _) => Task.FromResult<IReadOnlyList<IPAddress>>(family == IpFamily.V4 && Names.TryGetValue(asked, out var known) ? [known] : []));
        }, IPAddress.Parse(address));
        _ports.Add(house.Front.Port);
        Names[name] = house.Front.Address;
        house.Status.Update(s => s with
        {
            Leases = [new IngressLease("portmap", IpFamily.V4, LeaseState.Granted) { Address = house.Front.Address, Port = house.Front.Port, Local = house.Front }],
            Names = [new NameFacts("name", name, new NameAddress(IpFamily.V4, house.Front.Address, house.Front.Address, true), new NameAddress(IpFamily.V6, null, null, true))],
        });
        return house;
    }
}
