using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Host.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Host.Tests.Doctor;

public sealed class DoctorEndpointsTests
{
    private static readonly MadeUp Home = new(TimeProvider.System);

    [Fact]
    public async Task A_stranger_learns_nothing()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Http.GetAsync("/api/doctor")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Http.PostAsync("/api/doctor/look", null)).StatusCode);
    }

    [Fact]
    public async Task The_path_the_cause_and_the_cure_are_told_with_every_address()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        var doctor = await DoctorAsync(gateway, Home.Cgnat());
        Assert.Equal(("unreachable", "provider", "cgnat", MadeUp.Name), (Text(doctor, "pattern"), Text(doctor, "first_broken"), Text(doctor.GetProperty("cause"), "code"), Text(doctor, "name")));
        Assert.Equal("device,network,router,provider,name,phone", string.Join(',', doctor.GetProperty("path").EnumerateArray().Select(h => Text(h, "hop"))));
        Assert.Equal("ok,ok,ok,broken,unknown,unknown", string.Join(',', doctor.GetProperty("path").EnumerateArray().Select(h => Text(h, "state"))));
        Assert.Equal("private,link-local", string.Join(',', doctor.GetProperty("interfaces")[0].GetProperty("addresses").EnumerateArray().Select(a => Text(a, "scope"))));
        Assert.Equal(("DuckDNS", MadeUp.Outside.ToString()), (Text(doctor.GetProperty("seen")[0], "by"), Text(doctor.GetProperty("seen")[0], "address")));
        Assert.Equal(("192.168.1.20:443", "100.64.0.7:443"), (Text(doctor.GetProperty("doors")[1], "inside"), Text(doctor.GetProperty("doors")[1], "outside")));
        Assert.Contains(doctor.GetProperty("listeners").EnumerateArray(), l => l.GetProperty("port").GetInt32() == gateway.Address.Port && l.GetProperty("ours").GetBoolean() && Text(l, "who") == "this-machine");
    }

    [Fact]
    public async Task What_old_addresses_are_remembered_and_how_long_is_told()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(StillFacts.KeepFactsStill);
        var record = MadeUp.Right(IpFamily.V4, MadeUp.Outside) with { Old = MadeUp.Before, OldUntil = TimeProvider.System.GetTimestamp() + 50 * TimeProvider.System.TimestampFrequency };
        var doctor = await DoctorAsync(gateway, Home.Believed() with { Names = [new NameFacts("name", MadeUp.Name, record, MadeUp.Right(IpFamily.V6, null))] });
        var v4 = doctor.GetProperty("names")[0].GetProperty("v4");
        Assert.Equal(MadeUp.Before.ToString(), Text(v4, "old"));
        Assert.InRange(v4.GetProperty("old_for_seconds").GetDouble(), 40, 50);
    }

    [Fact]
    public async Task A_look_around_asks_resolvers_knocks_at_the_own_address_alone_and_reads_the_routers_table()
    {
        var (asked, knocked) = (new List<string>(), new List<IPEndPoint>());
        await using var gateway = await GatewayUnderTest.StartAsync(services =>
        {
            services.KeepFactsStill();
            services.AddSingleton<AskResolvers>((name, families, _) =>
            {
                lock (asked) asked.Add($"{name} {string.Join(',', families)}");
                return Task.FromResult<IReadOnlyList<ResolverAnswer>>(
                [
                    new ResolverAnswer("Cloudflare", IpFamily.V4, [MadeUp.Outside], TimeSpan.FromSeconds(41), "answers"), new ResolverAnswer("Google", IpFamily.V4, [MadeUp.Before], TimeSpan.FromSeconds(7), "answers"),
                    new ResolverAnswer("Quad9", IpFamily.V4, null, null, "does not answer"), new ResolverAnswer("Old one", IpFamily.V4, [], null, "answers"), new ResolverAnswer("Liar", IpFamily.V4, [IPAddress.Loopback], TimeSpan.FromSeconds(9), "answers"),
                ]);
            });
            services.AddSingleton<KnockFromOutside>((doors, _) =>
            {
                lock (knocked) knocked.AddRange(doors);
                return Task.FromResult<IReadOnlyList<DoorSeen>>([.. doors.Select(d => new DoorSeen(MadeUp.Relay, d, d.Port is 443 or 7547, ""))]);
            });
            services.AddSingleton<ListRouterMappings>(_ => Task.FromResult<IReadOnlyList<RouterMapping>?>(
                [new RouterMapping("TCP", 443, new IPEndPoint(MadeUp.Local4, 443), "gateway"), new RouterMapping("UDP", 3074, IPEndPoint.Parse("192.168.1.77:3074"), "Xbox")]));
        });
        var record = MadeUp.Right(IpFamily.V4, MadeUp.Outside) with { Old = MadeUp.Before, OldUntil = long.MaxValue };
        gateway.Get<StatusStore>().Update(_ => Home.Believed() with { Names = [new NameFacts("name", MadeUp.Name, record, MadeUp.Right(IpFamily.V6, null))] });

        var look = await LookAsync(gateway);
        Assert.Equal("right,old,unknown,wrong,wrong", string.Join(',', look.GetProperty("resolvers").EnumerateArray().Select(r => Text(r, "state"))));
        Assert.Equal("still gives the old address, for at most 7 s", Text(look.GetProperty("resolvers")[1], "words"));
        Assert.All(knocked, d => Assert.Equal(MadeUp.Outside, d.Address));
        Assert.Equal("80,443,8080,7547", string.Join(',', knocked.Select(d => d.Port)));
        Assert.Equal("open: this gateway's own door", Text(look.GetProperty("router_doors")[1], "words"));
        Assert.Contains("TR-069", Text(look.GetProperty("router_doors")[3], "words"), StringComparison.Ordinal);
        Assert.Equal((true, false), (look.GetProperty("router_mappings")[0].GetProperty("ours").GetBoolean(), look.GetProperty("router_mappings")[1].GetProperty("ours").GetBoolean()));

        await LookAsync(gateway);
        Assert.Equal([MadeUp.Name + " V4"], asked); // within ten seconds nobody is asked again, and of a family that no name carries never
    }

    [Fact]
    public async Task A_part_that_fails_or_that_nobody_can_tell_is_not_known()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(services =>
        {
            services.KeepFactsStill();
            services.AddSingleton<AskResolvers>((_, _, _) => throw new InvalidOperationException("broken"));
            services.AddSingleton<KnockFromOutside>((_, _) => Task.FromResult<IReadOnlyList<DoorSeen>>([]));
            services.AddSingleton<ListRouterMappings>(_ => Task.FromResult<IReadOnlyList<RouterMapping>?>(null));
        });
        gateway.Get<StatusStore>().Update(_ => Home.Believed());
        var look = await LookAsync(gateway);
        Assert.Equal(0, look.GetProperty("resolvers").GetArrayLength());
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (look.GetProperty("router_doors").ValueKind, look.GetProperty("router_mappings").ValueKind));
    }

    private static async Task<JsonElement> DoctorAsync(GatewayUnderTest gateway, GatewayStatus status)
    {
        gateway.Get<StatusStore>().Update(_ => status);
        return await gateway.Local.GetFromJsonAsync<JsonElement>("/api/doctor");
    }

    private static async Task<JsonElement> LookAsync(GatewayUnderTest gateway)
    {
        var reply = await gateway.Local.PostAsync("/api/doctor/look", null);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return await reply.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();
}
